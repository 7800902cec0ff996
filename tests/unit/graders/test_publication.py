"""The archive of an assessment: the same for the same material, and unpacked without trust."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from nbassess_graders.assessment import Assessment, load_assessment
from nbassess_graders.errors import PublicationError
from nbassess_graders.publication import candidate_files, digest_of, pack, unpack


@pytest.fixture
def assessment(make_assessment: Callable[..., Path]) -> Assessment:
    return load_assessment(make_assessment())


def archive(*members: tuple[str, bytes, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(content), "/etc/passwd"
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(packed.getvalue())


def test_what_was_packed_is_unpacked(assessment: Assessment, tmp_path: Path) -> None:
    packed = pack(assessment)
    again = unpack(packed.data, tmp_path / "unpacked")
    assert (again.id, again.problems[0].points) == (assessment.id, 5)
    assert pack(again) == packed
    assert digest_of(packed.data) == packed.digest


def test_times_and_leftovers_do_not_change_the_archive(assessment: Assessment) -> None:
    before = pack(assessment)
    folder = assessment.problems[0].folder
    (folder / "grading" / "__pycache__").mkdir()
    (folder / "grading" / "__pycache__" / "x.pyc").write_bytes(b"x")
    (folder / "problem.toml").touch()
    assert pack(assessment) == before


def test_another_text_has_another_digest(assessment: Assessment) -> None:
    before = pack(assessment).digest
    (assessment.problems[0].folder / "grading" / "cases.py").write_text("CASES = []", "utf-8")
    assert pack(assessment).digest != before


def test_a_candidate_gets_notebook_and_data_and_no_grading_file(assessment: Assessment) -> None:
    """Promise: no hidden test leaves the server."""
    assert [file.path for file in candidate_files(assessment)] == ["double-it/double-it.ipynb", "double-it/numbers.csv"]


def test_a_symbolic_link_is_not_published(assessment: Assessment) -> None:
    (assessment.problems[0].folder / "candidate" / "link.csv").symlink_to("/etc/passwd")
    with pytest.raises(PublicationError, match="symbolic link"):
        candidate_files(assessment)


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "a/../../evil", "a//b", "./a", "a\\b"])
def test_a_path_that_leaves_the_target_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(PublicationError):
        unpack(archive((name, tarfile.REGTYPE, b"x")), tmp_path / "target")
    assert not (tmp_path / "evil.py").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_anything_but_a_plain_file_is_refused(kind: bytes, tmp_path: Path) -> None:
    """Catalogue I10."""
    with pytest.raises(PublicationError):
        unpack(archive(("assessment.toml", kind, b"")), tmp_path / "target")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """Catalogue I10."""
    with pytest.raises(PublicationError, match="more than"):
        unpack(gzip.compress(bytes(70 * 2**20)), tmp_path / "target")


@pytest.mark.parametrize("data", [b"", b"no archive", gzip.compress(b"no tar")[:-4]])
def test_damage_is_told_as_such(data: bytes) -> None:
    with pytest.raises(PublicationError, match="pack the assessment again"):
        digest_of(data)
