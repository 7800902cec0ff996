"""Documentation is complete where completeness can be counted, and says nothing about the machine it was written on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.tree import PACKAGES, ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text()) if "://" not in link and not link.startswith("mailto:")]

    assert [link for link in targets if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("distribution", PACKAGES)
def test_the_architecture_page_names_every_distribution(distribution: str) -> None:
    assert f"`{distribution}`" in (ROOT / "ARCHITECTURE.md").read_text()


@pytest.mark.parametrize(
    "folder", sorted(path.name for path in (ROOT / "images").iterdir() if (path / "Dockerfile").exists())
)
def test_the_architecture_page_names_every_image(folder: str) -> None:
    assert f"`{folder}`" in (ROOT / "ARCHITECTURE.md").read_text()


def test_the_install_page_names_every_target_of_make() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    page = (ROOT / "docs/howto/install.md").read_text()

    assert [target for target in targets if f"`make {target}`" not in page] == []


@pytest.mark.parametrize(
    "name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE"]
)
def test_the_pages_that_every_project_has_are_there(name: str) -> None:
    assert (ROOT / name).read_text().strip()


def test_ci_runs_what_a_person_runs_and_nothing_else() -> None:
    """promise: `.ci/run` is `make test` with the variable set that turns a skip into a failure."""
    lines = (ROOT / ".ci/run").read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]

    assert commands == [
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        "NBASSESS_REQUIRE_ALL=1 make test",
    ]
