"""The notebooks a scripted candidate has open, as its browser sees them.

Every change goes through here, so that the recorded operations and the text they were made on cannot drift apart: the
same call changes the text and puts the event on the tape.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from nbassess_hub.demo.tape import Tape

EditSource = Literal["type", "paste", "cut", "undo", "redo", "complete"]
Cell = dict[str, str]


@dataclass(slots=True, kw_only=True)
class Desk:
    """Open notebooks by path, each a list of cells, and the tape that hears of every change."""

    tape: Tape
    notebooks: dict[str, list[Cell]] = field(default_factory=dict)

    def open(self, path: str, cells: list[Cell]) -> None:
        """Record a full snapshot of a notebook; the first time it comes with the starter's cells."""
        present = self.notebooks.setdefault(path, [dict(cell) for cell in cells])
        self.tape.add("notebook_opened", path=path, cells=[dict(cell) for cell in present])

    def source(self, path: str, cell: str) -> str:
        """Return the present text of a cell."""
        return self._cell(path, cell)["source"]

    def edit(self, path: str, cell: str, *, at: int, delete: int, insert: str, how: EditSource) -> None:
        """Replace `delete` characters at `at` by `insert`. Texts hold no character beyond U+FFFF (see `bmp_only`)."""
        target = self._cell(path, cell)
        text = target["source"]
        target["source"] = text[:at] + insert + text[at + delete :]
        self.tape.add("edit", path=path, cell=cell, source=how, ops=[[at, delete, insert]])

    def paste(self, path: str, cell: str, *, at: int, text: str) -> None:
        """Insert text that came from elsewhere: where it was seen before, how long it is, and its fingerprint."""
        seen = ["cell"] if any(text in each["source"] for cells in self.notebooks.values() for each in cells) else []
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.tape.add("pasted", path=path, cell=cell, via="paste", length=len(text), sha256=digest, seen=seen)
        self.edit(path, cell, at=at, delete=0, insert=text, how="paste")

    def save(self, path: str) -> None:
        """Write the notebook, which the server sees as well."""
        self.tape.add("save_started", path=path)
        self.tape.add_seen("server_save", path=path, digest=self.digests()[path])
        self.tape.wait(0.05)
        self.tape.add("saved", path=path)

    def insert_cell(self, path: str, index: int, cell: Cell) -> None:
        """Add a cell at `index`."""
        self.notebooks[path].insert(index, dict(cell))
        self.tape.add("cells_changed", path=path, action="insert", ops=[[index, 0, [dict(cell)]]])

    def delete_cell(self, path: str, cell: str) -> None:
        """Remove a cell."""
        index = self.index(path, cell)
        del self.notebooks[path][index]
        self.tape.add("cells_changed", path=path, action="delete", ops=[[index, 1, []]])

    def index(self, path: str, cell: str) -> int:
        """Return the place of a cell in its notebook."""
        return [each["id"] for each in self.notebooks[path]].index(cell)

    def above(self, path: str, cell: str) -> str:
        """Return the cell before a cell, or the first one itself."""
        return self.notebooks[path][max(0, self.index(path, cell) - 1)]["id"]

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every document, as the submitting browser would compute it."""
        return {
            path: hashlib.sha256(_document_bytes(path, cells)).hexdigest() for path, cells in self.notebooks.items()
        }

    def _cell(self, path: str, cell: str) -> Cell:
        return self.notebooks[path][self.index(path, cell)]


def _document_bytes(path: str, cells: list[Cell]) -> bytes:
    """Build the bytes of a document independently of the replay, so that agreement means something."""
    document: dict[str, Any] = {"cells": cells, "path": path}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def bmp_only(text: str) -> str:
    """Replace characters that take two UTF-16 units, so that a Python index is an editor position."""
    return "".join(character if ord(character) <= 0xFFFF else "?" for character in text)
