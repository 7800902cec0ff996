"""Where sealed files lie: a folder, an S3-compatible bucket, or whatever else fsspec knows, named by one URL.

S3 is spoken by Arrow, so that nothing has to be installed for it; the place and the way to it stand in the URL
(`s3://bucket/folder?endpoint_override=host:port&scheme=https&region=...`), the credentials in the environment
(`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`). A file appears under its name wholly or not at all.
"""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import fsspec
import pyarrow as pa
from fsspec.implementations.arrow import ArrowFSWrapper
from fsspec.implementations.local import LocalFileSystem
from pyarrow.fs import FileSystem

from nbassess_hub.errors import SealError, SettingsError

_COPY_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A place for files. `shown` is its URL without what may be secret."""

    shown: str
    _files: Any
    _root: str

    @classmethod
    def of(cls, url: str, *, setting: str = "recordings.url") -> "Storage":
        """Open a place. Raises SettingsError for a URL that names none."""
        try:
            if url.startswith("s3://"):
                files, root = FileSystem.from_uri(url)
                files = ArrowFSWrapper(files)
            else:
                files, root = fsspec.url_to_fs(url)
        except (ValueError, ImportError, OSError, pa.ArrowException) as error:
            raise SettingsError(f"{setting} is {_without_secrets(url)!r}, which names no place ({error})") from error
        return cls(shown=_without_secrets(url), _files=files, _root=str(root).rstrip("/"))

    def url_of(self, name: str) -> str:
        """Return what a person needs to find a file."""
        return f"{self.shown}/{name}"

    def put(self, file: Path, name: str) -> None:
        """Store a copy of a local file; on return it is on the disk, or the object store has it. Raises SealError."""
        try:
            if isinstance(self._files, LocalFileSystem):
                _put_durably(file, Path(self._path(name)))
                return
            with file.open("rb") as source, self._files.open(self._path(name), "wb") as target:
                shutil.copyfileobj(source, target, _COPY_BYTES)
        except (OSError, pa.ArrowException) as error:
            raise SealError(f"{self.url_of(name)}: cannot be written ({error}); see [recordings] url") from error

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading. Raises FileNotFoundError, OSError."""
        opened: IO[bytes] = self._files.open(self._path(name), "rb")
        return opened

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file. Raises OSError where nobody can tell."""
        return bool(self._files.exists(self._path(name)))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


def _put_durably(file: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    try:
        with file.open("rb") as source, draft.open("wb") as copy:
            shutil.copyfileobj(source, copy, _COPY_BYTES)
            copy.flush()
            os.fsync(copy.fileno())
        draft.rename(target)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _without_secrets(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url.rstrip("/")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2].rstrip('/')}"
