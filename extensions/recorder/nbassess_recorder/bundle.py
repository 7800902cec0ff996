"""Lay out the candidate's files in the work directory, once: what is already there is the candidate's.

The kernel's uid can write into the work directory and could plant links there, so no link is ever followed: every step
down is an `openat` with O_NOFOLLOW relative to a descriptor that is held.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from nbassess_recorder.errors import BundleError

FILE_MODE = 0o660
DIRECTORY_MODE = (
    0o3770  # setgid: files belong to the kernel's group; sticky: the kernel cannot replace the server's files
)

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def lay_out(bundle: dict[str, Any], work_dir: Path) -> list[str]:
    """Write the files of a bundle that do not exist yet; returns their paths. Raises BundleError."""
    written = []
    for item in bundle.get("files", []):
        path, content = _checked(item)
        try:
            if _write_new(work_dir, path, content):
                written.append(str(path))
        except OSError as error:
            raise BundleError(f"{path}: cannot be written into {work_dir} ({error}); nothing was replaced") from error
    return written


def _checked(item: dict[str, Any]) -> tuple[PurePosixPath, bytes]:
    path = PurePosixPath(str(item.get("path", "")))
    if not path.name or path.is_absolute() or ".." in path.parts or "\0" in str(path):
        raise BundleError(f"{str(path)!r:.200} is not a path inside the work directory; publish the assessment again")
    try:
        return path, base64.b64decode(str(item["content_b64"]), validate=True)
    except (KeyError, binascii.Error) as error:
        raise BundleError(f"{path}: content is missing or not base64 ({error}); publish the assessment again") from None


def _write_new(work_dir: Path, path: PurePosixPath, content: bytes) -> bool:
    with _descend(work_dir, path.parts[:-1]) as directory:
        try:
            file = os.open(path.name, _NEW_FILE, FILE_MODE, dir_fd=directory)
        except FileExistsError:
            return False
        with os.fdopen(file, "wb") as stream:
            os.fchmod(file, FILE_MODE)
            stream.write(content)
    return True


@contextmanager
def _descend(root: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """Yield a descriptor of a directory below `root`, making what is missing and following no link."""
    current = os.open(root, _DIRECTORY)
    try:
        for part in parts:
            following = _enter(part, current)
            os.close(current)
            current = following
        yield current
    finally:
        os.close(current)


def _enter(name: str, parent: int) -> int:
    try:
        os.mkdir(name, 0o770, dir_fd=parent)
    except FileExistsError:
        return os.open(name, _DIRECTORY, dir_fd=parent)
    made = os.open(name, _DIRECTORY, dir_fd=parent)
    os.fchmod(made, DIRECTORY_MODE)
    return made
