"""The candidate's files are written once, and never through a link."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from nbassess_recorder.bundle import lay_out
from nbassess_recorder.errors import BundleError


def bundle(**files: str) -> dict[str, Any]:
    """Return a bundle; `__` in a name stands for a slash."""
    encoded = {name.replace("__", "/"): base64.b64encode(text.encode()).decode() for name, text in files.items()}
    return {"files": [{"path": path, "content_b64": content} for path, content in encoded.items()]}


def test_files_are_written_for_owner_and_group_and_for_nobody_else(tmp_path: Path) -> None:
    assert lay_out(bundle(join__join="notebook", join__data__a="1"), tmp_path) == ["join/join", "join/data/a"]
    assert (tmp_path / "join/join").read_text() == "notebook"
    assert (tmp_path / "join/join").stat().st_mode & 0o7777 == 0o660
    assert (tmp_path / "join/data").stat().st_mode & 0o7777 == 0o3770


def test_what_the_candidate_has_changed_is_left_alone(tmp_path: Path) -> None:
    lay_out(bundle(join__join="starter"), tmp_path)
    (tmp_path / "join/join").write_text("an hour of work")
    assert lay_out(bundle(join__join="starter", join__more="new"), tmp_path) == ["join/more"]
    assert (tmp_path / "join/join").read_text() == "an hour of work"


def test_a_planted_directory_link_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    work = tmp_path / "work"
    work.mkdir()
    (work / "join").symlink_to(elsewhere)
    with pytest.raises(BundleError, match="join/join: cannot be written"):
        lay_out(bundle(join__join="starter"), work)
    assert list(elsewhere.iterdir()) == []


def test_a_planted_file_link_is_left_alone_even_when_it_dangles(tmp_path: Path) -> None:
    (tmp_path / "join").symlink_to(tmp_path / "target")
    assert lay_out(bundle(join="starter"), tmp_path) == []
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b", "", "a\0b"])
def test_a_path_that_leaves_the_work_directory_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(BundleError, match="not a path inside"):
        lay_out({"files": [{"path": path, "content_b64": ""}]}, tmp_path)


def test_content_that_is_not_base64_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="a: content"):
        lay_out({"files": [{"path": "a", "content_b64": "***"}]}, tmp_path)
