"""Documents on the disk in the words of the recording: what was written can be compared with the replay."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from stat import S_ISREG

from nbassess_events.document import Cell, Document, text_document

MAX_BYTES = 32 * 2**20

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A named pipe must not make us wait, a link must not lead us elsewhere: the kernel's user owns this directory too.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

Stamp = tuple[int, int, int]


def notebook_digest(path: str, content: object) -> str | None:
    """Return the digest of a notebook in nbformat's form, None when it cannot be compared (cells without ids)."""
    cells = content.get("cells") if isinstance(content, Mapping) else None
    if not isinstance(cells, list):
        return None
    try:
        document = Document(path=path, cells=tuple(_cell(cell) for cell in cells))
    except (KeyError, TypeError):
        return None
    return document.digest()


def _cell(cell: Mapping[str, object]) -> Cell:
    source = cell["source"]
    text = "".join(source) if isinstance(source, list) else source
    if not isinstance(text, str):
        raise TypeError("source")
    return Cell(id=str(cell["id"]), cell_type=str(cell["cell_type"]), source=text)


def text_digest(path: str, text: str) -> str:
    """Return the digest of a text file. Line endings do not count: JupyterLab shows LF and writes what was there."""
    return text_document(path, text.replace("\r\n", "\n").replace("\r", "\n")).digest()


def digest_of(path: str, raw: bytes) -> str | None:
    """Return the digest of a file's bytes, None when they are no document."""
    try:
        text = raw.decode("utf-8")
        return notebook_digest(path, json.loads(text)) if path.endswith(".ipynb") else text_digest(path, text)
    except (ValueError, RecursionError):
        return None


def stamp(root: Path, path: str) -> Stamp | None:
    """Return what changes whenever a file does, None when there is no such regular file."""
    try:
        found = (root / path).lstat()
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if S_ISREG(found.st_mode) else None


def read(root: Path, path: str) -> bytes | None:
    """Return a file's bytes without following any link, None when it is not there, no file, or too large."""
    parts = PurePosixPath(path).parts
    directory = -1
    try:
        directory = os.open(root, _DIRECTORY)
        for part in parts[:-1]:
            inner = os.open(part, _DIRECTORY, dir_fd=directory)
            os.close(directory)
            directory = inner
        with os.fdopen(os.open(parts[-1], _FILE, dir_fd=directory), "rb") as file:
            is_plain = S_ISREG(os.fstat(file.fileno()).st_mode)
            raw = file.read(MAX_BYTES + 1) if is_plain else b""
            return raw if is_plain and len(raw) <= MAX_BYTES else None
    except (OSError, ValueError, IndexError):
        return None
    finally:
        if directory >= 0:
            os.close(directory)
