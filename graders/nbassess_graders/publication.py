"""An assessment as one file: what is published, stored and graded from.

The archive is made from sorted, plain files only, so that the same material always has the same digest. The digest
covers paths and contents, not the compression. Unpacking trusts nothing: plain files below the target, bounded.
Two views of the same material must never be mixed up: `pack` carries everything and stays on the server,
`candidate_files` is all that a candidate's container ever receives.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from nbassess_graders.assessment import Assessment, Problem, load_assessment
from nbassess_graders.errors import PublicationError

ASSESSMENT_FILE: Final = "assessment.toml"
FILES_MAX: Final = 2_000
BYTES_MAX: Final = 64 * 2**20
SKIPPED: Final = frozenset({"__pycache__", ".ipynb_checkpoints", ".DS_Store"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Hold a packed assessment and the digest of its contents."""

    data: bytes
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFile:
    """Hold one file that a candidate may see, by its path in the work directory."""

    path: str
    content: bytes


def pack(assessment: Assessment) -> Archive:
    """Pack an assessment with all its problems, grading files included."""
    files = {ASSESSMENT_FILE: assessment.file.read_bytes()}
    for problem in assessment.problems:
        for path in _plain_files(problem.folder):
            files[f"{problem.slug}/{path.relative_to(problem.folder).as_posix()}"] = path.read_bytes()
    return Archive(data=_archive_bytes(files), digest=_digest(files))


def unpack(data: bytes, target: Path) -> Assessment:
    """Write an archive below an empty or new directory and load the assessment in it.

    Raises:
        PublicationError: the archive is damaged, too large, or names a place outside the target.
        AssessmentError: the material in it cannot be used.
    """
    for name, content in _read_archive(data).items():
        path = target / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise PublicationError(f"{path}: cannot be written ({error.strerror}); give an empty directory") from error
    return load_assessment(target / ASSESSMENT_FILE, target)


def digest_of(data: bytes) -> str:
    """Return the digest of an archive's contents.

    Raises:
        PublicationError: the archive is damaged, too large, or names a place outside the target.
    """
    return _digest(_read_archive(data))


def candidate_files(assessment: Assessment) -> tuple[CandidateFile, ...]:
    """Return what a candidate may see: one notebook per problem and its data files, never a grading file."""
    return tuple(file for problem in assessment.problems for file in problem_files(problem))


def problem_files(problem: Problem) -> tuple[CandidateFile, ...]:
    """Return a problem's candidate-visible files, the notebook first."""
    root = problem.folder / "candidate"
    others = [path for path in _plain_files(root) if path != problem.starter]
    return (
        CandidateFile(path=problem.path, content=problem.starter.read_bytes()),
        *(
            CandidateFile(path=f"{problem.slug}/{path.relative_to(root).as_posix()}", content=path.read_bytes())
            for path in others
        ),
    )


def _plain_files(root: Path) -> list[Path]:
    found = []
    for path in sorted(root.rglob("*")):
        if SKIPPED.intersection(path.relative_to(root).parts):
            continue
        if path.is_symlink():
            raise PublicationError(f"{path}: is a symbolic link; publish plain files only")
        if path.is_file():
            found.append(path)
    return found


def _digest(files: dict[str, bytes]) -> str:
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _archive_bytes(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def _read_archive(data: bytes) -> dict[str, bytes]:
    try:
        with tarfile.open(fileobj=io.BytesIO(_unzip(data)), mode="r:") as archive:
            return dict(_members(archive, archive))
    except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError) as error:
        raise PublicationError(f"the archive cannot be read ({error}); pack the assessment again") from error


def _unzip(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
        plain = stream.read(BYTES_MAX + 1)
    if len(plain) > BYTES_MAX:
        raise PublicationError(f"the archive holds more than {BYTES_MAX} bytes; publish smaller data files")
    return plain


def _members(archive: tarfile.TarFile, entries: Iterable[tarfile.TarInfo]) -> Iterable[tuple[str, bytes]]:
    for count, member in enumerate(entries, start=1):
        if count > FILES_MAX:
            raise PublicationError(f"the archive holds more than {FILES_MAX} files; publish fewer")
        stream = archive.extractfile(member) if member.isreg() else None
        if stream is None or not _is_below(member.name):
            raise PublicationError(f"the archive holds {member.name!r}, which is no plain file below it; pack it again")
        yield member.name, stream.read()


def _is_below(name: str) -> bool:
    path = PurePosixPath(name)
    plain = bool(name) and "\\" not in name and "\0" not in name
    return plain and not path.is_absolute() and ".." not in path.parts and path.as_posix() == name
