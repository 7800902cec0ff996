"""Which Docker client is used, and what it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from images.engine import build_arguments, can_build, find_engine
from images.errors import ImageError


@pytest.mark.parametrize(
    ("version", "has_buildx", "expected"),
    [("20.10.24+dfsg1", False, True), ("28.2.2", False, False), ("28.2.2", True, True), ("dev", False, False)],
)
def test_a_client_builds_when_buildkit_is_built_in_or_plugged_in(
    version: str, has_buildx: bool, expected: bool
) -> None:
    assert can_build(version, has_buildx) is expected


def client(folder: Path, name: str, *, version: str, answers: bool = True, has_buildx: bool = False) -> str:
    """Write a program that behaves like a Docker client of this version."""
    program = folder / name
    answer = json.dumps({"Client": {"Version": version}})
    lines = [
        "#!/bin/sh",
        f"if [ $1 = version ]; then echo '{answer}'; exit {0 if answers else 1}; fi",
        f"if [ $1 = buildx ]; then exit {0 if has_buildx else 1}; fi",
    ]
    program.write_text("\n".join(lines) + "\n")
    program.chmod(0o755)
    return str(program)


def test_a_client_without_buildkit_is_passed_over(tmp_path: Path) -> None:
    crippled = client(tmp_path, "first", version="28.2.2")
    able = client(tmp_path, "second", version="20.10.24")

    assert find_engine([crippled, able]).program == able


def test_every_client_that_was_tried_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    crippled = client(tmp_path, "first", version="28.2.2")
    lonely = client(tmp_path, "second", version="20.10.24", answers=False)

    with pytest.raises(ImageError) as refusal:
        find_engine([crippled, lonely])

    assert f"{crippled} (28.2.2) has no BuildKit" in str(refusal.value)
    assert f"{lonely} reaches no engine" in str(refusal.value)


def test_no_client_at_all_says_what_to_install() -> None:
    with pytest.raises(ImageError, match=r"no docker program on PATH; run `make setup` as root"):
        find_engine([])


def test_secrets_are_named_by_file_and_never_by_value() -> None:
    arguments = build_arguments(
        Path("/context"), tag="t", args={"BASE": "b"}, secrets={"ca": Path("/ca.crt"), "index": Path("/index")}
    )

    assert arguments == [
        *("build", "--tag", "t", "--build-arg", "BASE=b"),
        *("--secret", "id=ca,src=/ca.crt", "--secret", "id=index,src=/index", "/context"),
    ]
