"""A dataset as one zip file."""

from __future__ import annotations

import zipfile
from pathlib import Path

_DATE = (2020, 1, 1, 0, 0, 0)  # the same dataset is the same file


def pack(folder: Path, archive: Path) -> None:
    """Write the files below `folder` into a new zip, below a directory named like the zip."""
    with zipfile.ZipFile(archive, "x", compression=zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                entry = zipfile.ZipInfo(f"{archive.stem}/{file.relative_to(folder).as_posix()}", _DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with file.open("rb") as source, target.open(entry, "w", force_zip64=True) as sink:
                    while block := source.read(1 << 20):
                        sink.write(block)
