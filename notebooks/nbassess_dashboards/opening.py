"""Turn a moment of a sitting into files of the reader's own: notebooks with the outputs as they were, data beside them.

Names and contents were made by a candidate. Nothing is written outside the new folder, nothing that exists is written
over, and the notebooks start a kernel that is not handed the reader's token. No recorded text becomes a notebook: only
what is made here names a kernel. What cannot be a file is left out and told; only the wanted document must become one.
"""

import base64
import binascii
import errno
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from nbassess_events.document import Document
from nbassess_events.replay import NotebookState

from nbassess_dashboards.api import BundleFile
from nbassess_dashboards.errors import OpeningError
from nbassess_dashboards.notebook_file import notebook_bytes

MOST_FOLDERS = 1000
UNWRITABLE = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG})


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was written: the notebook to open and its folder, relative to the server's root, and how many data files.

    `left_out` names what could not be a file here.
    """

    path: str
    folder: str
    files: int
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """Where moments of one candidate are laid out: `folder` on a server whose files begin at `root`."""

    root: Path
    folder: str
    candidate: str

    def lay_out(
        self, state: NotebookState, path: str, files: Sequence[BundleFile], *, sitting: str, at_ms: int
    ) -> Made:
        """Write every document of a state and the candidate's data files into a new folder. Raises: OpeningError."""
        if path not in state.documents:
            raise OpeningError(f"{path!r:.200} was not open at this moment; move to a later one, then open it")
        source = {"sitting": sitting, "position": state.position, "time_ms": at_ms}
        try:
            target = self._new_folder(at_ms)
            left_out = _write_documents(target, state, path, source)
            recorded = state.documents.keys() - set(left_out)
            given = [item for item in files if item["path"] not in recorded]
            refused = [item["path"] for item in given if not _write(_inside(target, item["path"]), _decoded(item))]
        except OSError as error:
            raise OpeningError(
                f"The notebook could not be written ({error}); free some space or check rights"
            ) from error
        main = _inside(target, path)
        if main is None or path in left_out:
            raise OpeningError(f"{path!r:.200} cannot be a file here; the other documents are in {target.name}")
        return Made(
            path=self._relative(main),
            folder=self._relative(target),
            files=len(given) - len(refused),
            left_out=(*left_out, *refused),
        )

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _new_folder(self, at_ms: int) -> Path:
        """Make a folder that was not there: opening a moment twice gives two."""
        parent = self.root / self.folder / "replays"
        parent.mkdir(parents=True, exist_ok=True)
        minutes, seconds = divmod(at_ms // 1000, 60)
        name = f"{_plain_name(self.candidate)}-{minutes // 60}h{minutes % 60:02}m{seconds:02}s"
        for number in range(1, MOST_FOLDERS):
            folder = parent / (name if number == 1 else f"{name}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
        raise OpeningError(f"{parent} has {MOST_FOLDERS} folders of this moment; delete some")


def _plain_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "candidate"


def _write_documents(folder: Path, state: NotebookState, wanted: str, source: Mapping[str, Any]) -> list[str]:
    """Write the documents and return the names of those that cannot be files.

    The wanted one comes first, then notebooks, then texts: where two names are in each other's way, the first stays.
    """
    ordered = sorted(state.documents.items(), key=lambda item: (item[0] != wanted, item[1].is_text_file))
    return [
        name
        for name, document in ordered
        if not _write(_inside(folder, name), _document_bytes(name, document, state, source))
    ]


def _inside(folder: Path, name: str) -> Path | None:
    """Return the place of a recorded name in a folder; None for a name that leads out of it, is none, or hides one.

    A name that is not its own normal form ("a.ipynb/.") would take the place of another document.
    """
    if name != PurePosixPath(name).as_posix():
        return None
    parts = PurePosixPath(name).parts
    is_plain = parts and not any(part in ("..", "/") or len(part.encode("utf-8", "replace")) > 200 for part in parts)
    if not is_plain or any(ord(letter) < 32 or letter == "\\" or "\ud800" <= letter <= "\udfff" for letter in name):
        return None
    return folder.joinpath(*parts)


def _write(path: Path | None, content: bytes | None) -> bool:
    """Write a new file; return False where none can be or is to be. Raises OSError when it is the disk's fault."""
    if path is None or content is None:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        if error.errno in UNWRITABLE:
            return False
        raise
    return True


def _decoded(item: BundleFile) -> bytes | None:
    try:
        return base64.b64decode(item["content_b64"], validate=True)
    except (binascii.Error, ValueError):
        return None


def _document_bytes(name: str, document: Document, state: NotebookState, source: Mapping[str, Any]) -> bytes | None:
    """Return a document as a file; None for a text that would be a notebook with metadata and kernel of its own."""
    if not document.is_text_file:
        return notebook_bytes(document, state.shown, source)
    if name.lower().endswith(".ipynb"):
        return None
    return document.cells[0].source.encode("utf-8", "replace")
