"""The documents of a sitting on the server's disk: every save is noted, and every change that was no save.

A document is known from the moment a page opened it (or, for the notebooks of the bundle, from the start). A look
compares the file's time, size and inode, and reads it only when one of them changed; a file that is being saved at that
moment is left for the next look. What is written by code in a cell, or by anything else than a save, becomes a
`server_file` note: it says that the file changed, not why.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbassess_recorder import documents
from nbassess_recorder.documents import Stamp
from nbassess_recorder.witness import Witness

LOOK_EVERY_S = 5.0
MAX_DOCUMENTS = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a document was like when it was last seen; without a stamp it was written since and not yet looked at."""

    digest: str
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    path: str
    before: _Known
    stamp: Stamp | None
    digest: str


class Watch:
    """Knows the documents. `run` is a task."""

    def __init__(self, witness: Witness, root: Path) -> None:
        self._witness = witness
        self._root = root
        self._known: dict[str, _Known] = {}
        self._saving: Counter[str] = Counter()
        self._odd: dict[str, Stamp | None] = {}

    def learn(self, path: str) -> None:
        """Know a document as it stands on the disk now."""
        raw = documents.read(self._root, path)
        digest = documents.digest_of(path, raw) if raw is not None else None
        if digest is not None and len(self._known) < MAX_DOCUMENTS:
            self._known.setdefault(path, _Known(digest))

    def opened(self, path: str, model: Mapping[str, Any]) -> None:
        """Know a document from what a page was given; note it when it is not what was there before."""
        digest = _model_digest(path, model)
        if digest is None:
            return
        before = self._known.get(path)
        if before is None:
            if len(self._known) < MAX_DOCUMENTS:
                self._known[path] = _Known(digest)
        elif before.digest != digest and not self._saving[path]:
            self._changed(path, _Known(digest))

    def save_begun(self, path: str) -> None:
        """Leave a document alone while it is written."""
        self._saving[path] += 1

    def save_ended(self, path: str, written: Mapping[str, Any] | None) -> None:
        """Note what was written; None when the save failed."""
        self._saving[path] -= 1
        if self._saving[path] <= 0:
            del self._saving[path]
        if written is not None:
            self._saved(path, _model_digest(path, written), is_as_written=not _has_twins(written))

    def _saved(self, path: str, digest: str | None, *, is_as_written: bool = True) -> None:
        """Note a save. The disk is asked where it may differ: Jupyter renames cells that share an id."""
        if path not in self._known:
            if digest is not None and path.endswith(".ipynb") and len(self._known) < MAX_DOCUMENTS:
                self._known[path] = _Known(digest)  # after "Save As", or when this server is not the first
            return
        if digest is not None and is_as_written:
            on_disk: str | None = digest
        else:
            raw = documents.read(self._root, path)
            on_disk = documents.digest_of(path, raw) if raw is not None else None
        self._known[path] = _Known(on_disk or digest or "")
        if digest is not None:
            self._witness.note("server_save", path=path, digest=digest)

    def restored(self, path: str) -> None:
        """Note that a checkpoint was written over a document: a save too."""
        raw = documents.read(self._root, path)
        self._saved(path, documents.digest_of(path, raw) if raw is not None else None)

    def renamed(self, old: str, new: str) -> None:
        """Follow a document, or a folder of documents, to its new name."""
        for path in [each for each in self._known if each == old or each.startswith(f"{old}/")]:
            self._known.pop(path)
            self.learn(new + path[len(old) :])

    def deleted(self, path: str) -> None:
        """Forget what was deleted by its owner."""
        for each in [each for each in self._known if each == path or each.startswith(f"{path}/")]:
            self._known.pop(each)

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look every few seconds until cancelled."""
        while True:
            await sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except Exception:
                log.exception("nbassess: the files could not be looked at")

    async def look(self) -> None:
        """Look at every known document once."""
        known = {path: before for path, before in self._known.items() if not self._saving[path]}
        for seen in await asyncio.to_thread(lambda: [*self._looks(known)]):
            if self._known.get(seen.path) is not seen.before or self._saving[seen.path]:
                continue  # saved or opened meanwhile; the next look sees it
            if seen.digest == seen.before.digest:
                self._known[seen.path] = _Known(seen.digest, seen.stamp)
            elif seen.digest or self._is_odd_again(seen):
                self._changed(seen.path, _Known(seen.digest, seen.stamp))

    def _looks(self, known: Mapping[str, _Known]) -> Iterator[_Look]:
        """Read what changed; runs in a thread."""
        for path, before in known.items():
            now = documents.stamp(self._root, path)
            if now is None or now != before.stamp:
                raw = documents.read(self._root, path)
                digest = documents.digest_of(path, raw) if raw is not None else None
                yield _Look(path, before, now, digest or "")

    def _is_odd_again(self, seen: _Look) -> bool:
        """Tell whether a file without readable content is so for the second time: the first may be half a write."""
        was_odd = seen.path in self._odd and self._odd[seen.path] == seen.stamp
        self._odd[seen.path] = seen.stamp
        return was_odd

    def _changed(self, path: str, now: _Known) -> None:
        self._odd.pop(path, None)
        self._known[path] = now
        self._witness.note("server_file", path=path, digest=now.digest)


def _model_digest(path: str, model: Mapping[str, Any]) -> str | None:
    """Return the digest of a document in the form of Jupyter's contents API; None for anything else.

    A notebook's file that is downloaded, or shown as text, is not the notebook.
    """
    content = model.get("content")
    if path.endswith(".ipynb") and model.get("type") != "notebook":
        return None
    if model.get("type") == "notebook":
        return documents.notebook_digest(path, content)
    if model.get("type") == "file" and isinstance(content, str) and model.get("format") in ("text", None):
        return documents.text_digest(path, content) if model.get("chunk") is None else None
    return None


def _has_twins(model: Mapping[str, Any]) -> bool:
    """Tell whether two cells share an id: they do after a cell was cut, brought back by undo, and pasted."""
    content = model.get("content")
    cells = content.get("cells") if isinstance(content, Mapping) else None
    ids = [str(cell.get("id")) for cell in cells if isinstance(cell, Mapping)] if isinstance(cells, list) else []
    return len(set(ids)) != len(ids)
