"""Write the recording of a scripted (synthetic) sitting, one event after the other, as a browser would have sent it."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from nbassess_events.codec import parse_record
from nbassess_events.model import Recorded

Cell = dict[str, str]
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAACgAAAAoCAIAAAADnC86AAAAMklEQVR42u3NMQ0AAAgDsPk3DRY4eZokvTOZ1u3bv3"
    "///v379+/fv3///v379+/fv3/fAw8dAAEDRhvAAAAAAElFTkSuQmCC"
)


def utf16_length(text: str) -> int:
    """Count the way browsers count."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(slots=True, kw_only=True)
class Scribe:
    """One sitting: a clock, a page load, and what has been recorded so far."""

    random: Random
    now_ms: int
    client: str = ""
    seq: int = field(init=False, default=0)
    records: list[dict[str, Any]] = field(default_factory=list)

    def load_page(self) -> None:
        self.client = f"{self.random.getrandbits(64):016x}"
        self.seq = 0
        self.add("client_started", recorder="0.1.0", lab="4.6.6")
        self.add("focus", state="focus")

    def wait(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)

    def add(self, kind: str, **fields: Any) -> None:
        event = {"type": kind, "seq": self.seq, "t_ms": self.now_ms, **fields}
        self.seq += 1
        position = len(self.records) + 1
        received = self.now_ms + 80 + self.random.randrange(40)
        self.records.append({"position": position, "client": self.client, "received_ms": received, "event": event})

    def open(self, path: str, cells: list[Cell]) -> None:
        self.add("notebook_opened", path=path, cells=cells)

    def type(self, path: str, cell: str, text: str, *, at: int = 0, per_minute: float = 260) -> int:
        """Type a text in pieces of a few characters; return where it ends."""
        self.add("active_cell", path=path, cell=cell)
        while text:
            piece, text = text[: (size := self.random.randint(1, 4))], text[size:]
            self.add("edit", path=path, cell=cell, source="type", ops=[[at, 0, piece]])
            at += utf16_length(piece)
            self.wait(60 / per_minute * size * self.random.uniform(0.5, 1.6))
        return at

    def paste(self, path: str, cell: str, text: str, *, at: int = 0) -> int:
        """Paste a text; return where it ends."""
        self.add("edit", path=path, cell=cell, source="paste", ops=[[at, 0, text]])
        self.wait(1)
        return at + utf16_length(text)

    def run(self, path: str, cell: str, *outputs: dict[str, Any], ok: bool = True, count: int = 1) -> None:
        self.add("execution_started", path=path, cell=cell)
        self.wait(0.4)
        self.add(
            "execution_finished",
            path=path,
            cell=cell,
            ok=ok,
            execution_count=count,
            duration_ms=400,
            outputs=list(outputs),
            truncated=False,
        )

    def leave(self, seconds: float) -> None:
        """Be in another window for a while."""
        self.add("focus", state="blur")
        self.wait(seconds)
        self.add("focus", state="focus")

    def recorded(self) -> tuple[Recorded, ...]:
        return tuple(parse_record(record) for record in self.records)


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data: str) -> dict[str, Any]:
    bundle = {name.replace("__", "/"): value for name, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": {}}


def failed(name: str, message: str) -> dict[str, Any]:
    traceback = ["\x1b[31m" + "-" * 40 + "\x1b[39m", f"\x1b[31m{name}\x1b[39m: {message}"]
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": traceback}
