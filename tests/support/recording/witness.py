"""An independent witness between the browser and the Jupyter server: what was run and what was saved, off the wire.

It knows nothing of the recorder. It reads the kernel's WebSocket protocol and the contents API as their own
specifications describe them.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from nbassess_events.document import Cell, Document, text_document


@dataclass(frozen=True, slots=True)
class Ran:
    """A cell's text as it was sent to a kernel."""

    cell: str
    code: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """A document as it was sent to be saved."""

    document: Document


@dataclass
class Witness:
    """Collects what passes. Written by the proxy's thread, read by the test."""

    ran: list[Ran] = field(default_factory=list)
    wrote: list[Wrote] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def see_kernel_message(self, message: bytes | str) -> None:
        """Look at a message from the browser to a kernel."""
        content = _execute_request(message)
        if content is not None:
            with self._lock:
                self.ran.append(content)

    def see_save(self, path: str, body: bytes) -> None:
        """Look at a save that the server accepted."""
        model = json.loads(body or b"{}")
        document = _document(path, model)
        if document is not None:
            with self._lock:
                self.wrote.append(Wrote(document))

    def ran_since(self, mark: int) -> list[Ran]:
        """Return the runs after the first `mark` ones, in order."""
        with self._lock:
            return self.ran[mark:]

    def wrote_of(self, path: str) -> list[Document]:
        """Return what was saved under a path, in order."""
        with self._lock:
            return [wrote.document for wrote in self.wrote if wrote.document.path == path]


def _execute_request(message: bytes | str) -> Ran | None:
    header, metadata, content = _parts(message)
    if header.get("msg_type") != "execute_request" or "cellId" not in metadata:
        return None
    return Ran(cell=str(metadata["cellId"]), code=str(content["code"]))


def _parts(message: bytes | str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Read header, metadata and content of a message, in the newer binary form or the older text one."""
    if isinstance(message, str):
        whole = json.loads(message)
        return whole["header"], whole["metadata"], whole["content"]
    count = int.from_bytes(message[:8], "little")
    offsets = [int.from_bytes(message[8 * (index + 1) : 8 * (index + 2)], "little") for index in range(count)]
    parts = [message[begin:end] for begin, end in pairwise(offsets)]
    return json.loads(parts[1]), json.loads(parts[3]), json.loads(parts[4])


def _document(path: str, model: dict[str, Any]) -> Document | None:
    content = model.get("content")
    if model.get("type") == "notebook" and content is not None:
        return Document(path=path, cells=tuple(map(_cell, content["cells"])))
    if model.get("type") == "file" and isinstance(content, str):
        return text_document(path, content)
    return None


def _cell(cell: dict[str, Any]) -> Cell:
    return Cell(id=cell["id"], cell_type=cell["cell_type"], source=_text(cell["source"]))


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
