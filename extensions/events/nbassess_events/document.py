"""A notebook as the recording knows it: an ordered list of cells with their text, and its canonical bytes.

Positions count UTF-16 code units because that is what the browser counts; Python counts code points. `splice` is the
one place where the two meet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from nbassess_events.errors import EventError

# The one cell of a text file: its id, and its type.
FILE_CELL = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: its id, its type (code, markdown or raw; file for the one of a text file) and its text."""

    id: str
    cell_type: str
    source: str


def splice(text: str, position: int, delete_count: int, insert: str) -> str:
    """Replace `delete_count` UTF-16 units at `position` by `insert`.

    Raises EventError when the range is outside the text.
    """
    if text.isascii() and insert.isascii():
        check_range(position, delete_count, len(text))
        return text[:position] + insert + text[position + delete_count :]
    units = text.encode("utf-16-le", "surrogatepass")
    check_range(position, delete_count, len(units) // 2)
    added = insert.encode("utf-16-le", "surrogatepass")
    joined = units[: 2 * position] + added + units[2 * (position + delete_count) :]
    return joined.decode("utf-16-le", "surrogatepass")


def check_range(position: int, delete_count: int, length: int) -> None:
    """Raise EventError when a range is outside a text of this length."""
    if position + delete_count > length:
        raise EventError(f"cannot replace {delete_count} units at {position}: the text has {length}")


def canonical_bytes(value: object) -> bytes:
    """Write JSON in the one form that is hashed: sorted keys, no spaces, ASCII with \\u escapes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def text_sha256(text: str) -> str:
    """Return the fingerprint of a text in hex: SHA-256 over UTF-8, half surrogate pairs kept as they are."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def text_document(path: str, text: str) -> Document:
    """Return a text file as a document."""
    return Document(path=path, cells=(Cell(id=FILE_CELL, cell_type=FILE_CELL, source=text),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A notebook at one moment. `is_complete` is false after a change that could not be applied."""

    path: str
    cells: tuple[Cell, ...]
    is_complete: bool = True

    def edited(self, cell_id: str, ops: Iterable[tuple[int, int, str]]) -> Document:
        """Return the document after text operations on one cell, applied one after the other."""
        index = self.index_of(cell_id)
        source = self.cells[index].source
        for position, delete_count, insert in ops:
            source = splice(source, position, delete_count, insert)
        cell = replace(self.cells[index], source=source)
        return replace(self, cells=(*self.cells[:index], cell, *self.cells[index + 1 :]))

    def respliced(self, ops: Iterable[tuple[int, int, tuple[Cell, ...]]]) -> Document:
        """Return the document after cells were taken out and put in, one operation after the other."""
        cells = list(self.cells)
        for index, delete_count, inserted in ops:
            if index + delete_count > len(cells):
                raise EventError(f"cannot replace {delete_count} cells at {index}: the notebook has {len(cells)}")
            cells[index : index + delete_count] = inserted
        return replace(self, cells=tuple(cells))

    @property
    def is_text_file(self) -> bool:
        """Whether this is a text file and no notebook."""
        return [(cell.id, cell.cell_type) for cell in self.cells] == [(FILE_CELL, FILE_CELL)]

    def index_of(self, cell_id: str) -> int:
        """Return the place of a cell, or raise EventError."""
        for index, cell in enumerate(self.cells):
            if cell.id == cell_id:
                return index
        raise EventError(f"{self.path}: no cell {cell_id!r:.80}")

    def to_json(self) -> dict[str, Any]:
        """Return the plain form: path, and per cell id, cell_type and source."""
        cells = [{"cell_type": cell.cell_type, "id": cell.id, "source": cell.source} for cell in self.cells]
        return {"cells": cells, "path": self.path}

    def to_bytes(self) -> bytes:
        """Return the document bytes: what a submission is compared by."""
        return canonical_bytes(self.to_json())

    def digest(self) -> str:
        """Return the SHA-256 of the document bytes, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()
