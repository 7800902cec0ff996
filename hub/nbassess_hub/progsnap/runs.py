"""Runs of cells: what they gave, and their outputs (and what else is too large for a field) as files of Resources."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbassess_events.kinds import Json
from nbassess_events.model import ExecutionFinished

RESOURCES = "Resources"
MAX_DATA = 100_000


def result_of(event: ExecutionFinished) -> str:
    """Return the ExecutionResult of a run: an interrupted one timed out, in the standard's words."""
    if event.ok:
        return "Success"
    was_interrupted = any(output.get("ename") == "KeyboardInterrupt" for output in event.outputs)
    return "Timeout" if was_interrupted else "Error"


@dataclass(frozen=True, slots=True)
class Resources:
    """Write outputs below a dataset. File names are made of our own ids, never of what a recording says."""

    dataset: Path
    sitting: str

    def keep(self, position: int, outputs: tuple[Json, ...]) -> dict[str, object]:
        """Write the outputs of a run, as the notebook's JSON and as text; return the columns that name the files."""
        if not outputs:
            return {}
        named: dict[str, object] = {"X-Outputs": self._write(f"{position}.json", json.dumps(list(outputs)))}
        for column, name, texts in (
            ("ProgramOutput", "output", _printed(outputs)),
            ("ProgramErrorOutput", "error", _errors(outputs)),
        ):
            text = "".join(texts)
            if text:
                named[column] = self._write(f"{position}-{name}.txt", text)
        return named

    def keep_data(self, position: int, data: str) -> str:
        """Return JSON that fits a field: the data, or the name of a file that it was written to."""
        if len(data) <= MAX_DATA:
            return data
        return json.dumps({"file": self._write(f"{position}-data.json", data)})

    def _write(self, name: str, text: str) -> str:
        file = self.dataset / RESOURCES / self.sitting / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "backslashreplace"))
        return file.relative_to(self.dataset).as_posix()


def _printed(outputs: Iterable[Json]) -> Iterable[str]:
    for output in outputs:
        if output.get("output_type") == "stream" and output.get("name") != "stderr":
            yield _text(output.get("text"))
        elif isinstance(output.get("data"), dict):
            yield _text(output["data"].get("text/plain")) + "\n"


def _errors(outputs: Iterable[Json]) -> Iterable[str]:
    for output in outputs:
        if output.get("output_type") == "stream" and output.get("name") == "stderr":
            yield _text(output.get("text"))
        elif output.get("output_type") == "error":
            yield _text(output.get("traceback"), between="\n") + "\n"


def _text(value: object, *, between: str = "") -> str:
    """Return a text that a notebook may hold in one piece or in a list of pieces."""
    return between.join(map(str, value)) if isinstance(value, list) else str(value if value is not None else "")
