"""Where the base comes from, what a build may know about its host, and what an analyst finds at home."""

from __future__ import annotations

from pathlib import Path

import pytest

from images import build
from images.analyst.entry import lay_out
from images.debian import DEFAULT_MIRROR, debian_mirror
from images.errors import ImageError


def test_the_base_is_what_the_environment_says(tmp_path: Path) -> None:
    assert build.choose_variant(tmp_path, {"NBASSESS_IMAGE_BASE": "debootstrap"}) == "debootstrap"


def test_an_unknown_base_is_refused_with_the_choices(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="'alpine'; it can be 'registry' or 'debootstrap'"):
        build.choose_variant(tmp_path, {"NBASSESS_IMAGE_BASE": "alpine"})


@pytest.mark.parametrize(("answers", "expected"), [(True, "registry"), (False, "debootstrap")])
def test_the_registry_is_asked_once_and_the_answer_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: bool, expected: str
) -> None:
    """A network that comes and goes must not rename every image."""
    monkeypatch.setattr(build, "registry_answers", lambda: answers)
    first = build.choose_variant(tmp_path, {})
    monkeypatch.setattr(build, "registry_answers", lambda: not answers)

    assert (first, build.choose_variant(tmp_path, {})) == (expected, expected)


@pytest.mark.parametrize(
    ("source", "mirror"),
    [
        ("deb http://mirror.example/debian bookworm main\n", "http://mirror.example/debian"),
        ("deb [signed-by=/k.gpg] https://mirror.example/debian/ bookworm main", "https://mirror.example/debian"),
        ("Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n", "http://mirror.example/debian"),
        ("# deb http://old.example/debian x main\ndeb http://mirror.example/debian-security x main", DEFAULT_MIRROR),
        ("Types: deb\nURIs: http://archive.example/ubuntu\n", DEFAULT_MIRROR),
    ],
)
def test_the_mirror_of_the_host_is_used(source: str, mirror: str) -> None:
    assert debian_mirror([source]) == mirror


def test_a_build_gets_the_authorities_and_the_index_of_its_host_as_secrets(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.crt"
    bundle.write_text("certificate")
    environment = {"SSL_CERT_FILE": str(bundle), "UV_DEFAULT_INDEX": "https://u:p@index.example/simple"}

    with build.build_secrets(environment) as secrets:
        assert {name: path.read_text() for name, path in secrets.items()} == {
            "ca": "certificate",
            "index": "https://u:p@index.example/simple",
        }
        index = secrets["index"]

    assert not index.exists()


def test_a_plain_host_has_no_secrets() -> None:
    with build.build_secrets({"SSL_CERT_FILE": "/no/such/file"}) as secrets:
        assert secrets == {}


def test_an_analyst_finds_fresh_dashboards_and_keeps_changed_ones(tmp_path: Path) -> None:
    shipped, home = tmp_path / "shipped", tmp_path / "home"
    shipped.mkdir()
    (shipped / "cohort.ipynb").write_text("shipped")
    (shipped / "candidate.ipynb").write_text("shipped")
    (home / "dashboards").mkdir(parents=True)
    (home / "dashboards/cohort.ipynb").write_text("mine")

    folder = lay_out(shipped, home)

    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "cohort.ipynb": "mine",
        "candidate.ipynb": "shipped",
    }
