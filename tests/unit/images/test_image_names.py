"""How the hub learns what its images are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbassess_hub.errors import HostError
from nbassess_hub.images import ImageTags, ensure_images, image_tag


def checkout(folder: Path, script: str) -> Path:
    """Make a checkout whose build script is this one."""
    (folder / "images").mkdir()
    (folder / "images/build.py").write_text(script)
    return folder


def test_a_configured_name_wins_without_asking_anybody(tmp_path: Path) -> None:
    assert image_tag("candidate", configured="registry.example/c:1", checkout=tmp_path) == "registry.example/c:1"


def test_outside_a_checkout_the_settings_to_make_are_named(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"set candidate_image and analyst_image in \[spawn\]"):
        image_tag("candidate", checkout=tmp_path)


def test_a_checkout_is_asked_for_its_tags(tmp_path: Path) -> None:
    script = (
        """import sys; print('{"candidate": "c:1", "analyst": "a:1"}' if sys.argv[1:] == ["--print-tags"] else "")"""
    )

    assert image_tag("analyst", checkout=checkout(tmp_path, script)) == "a:1"


def test_a_build_tells_its_progress_line_by_line(tmp_path: Path) -> None:
    script = 'import sys; sys.stderr.write("one\\ntwo\\n"); print(\'{"candidate": "c:1", "analyst": "a:1"}\')'
    lines: list[str] = []

    tags = ensure_images(lines.append, checkout=checkout(tmp_path, script))

    assert (tags, lines) == (ImageTags(candidate="c:1", analyst="a:1"), ["one", "two"])


def test_a_failed_build_passes_on_its_last_line(tmp_path: Path) -> None:
    script = 'import sys; sys.stderr.write("images: uv is missing\\n"); sys.exit(1)'

    with pytest.raises(HostError, match="could not be built: images: uv is missing"):
        ensure_images(lambda line: None, checkout=checkout(tmp_path, script))


def test_an_answer_that_is_none_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="did not say what the images are called"):
        image_tag("candidate", checkout=checkout(tmp_path, "print('hello')"))
