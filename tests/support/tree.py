"""The files of the workspace, as the architecture tests see them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

PACKAGES: Mapping[str, Path] = {
    "nbassess-events": ROOT / "extensions/events/nbassess_events",
    "nbassess-recorder": ROOT / "extensions/recorder/nbassess_recorder",
    "nbassess-graders": ROOT / "graders/nbassess_graders",
    "nbassess-hub": ROOT / "hub/nbassess_hub",
    "nbassess-dashboards": ROOT / "notebooks/nbassess_dashboards",
}
"""The import package of each distribution."""

_SOURCES = ("extensions/events", "extensions/recorder", "graders", "hub", "notebooks", "images", "tests")
# `corpus` holds what hostile candidates hand in: not ours to shorten.
_SKIPPED = frozenset(
    {"corpus", "node_modules", "__pycache__", "labextension", "lib", "build", "wrong", ".ipynb_checkpoints"}
)


def python_files() -> list[Path]:
    """List every Python file that a person of this project wrote."""
    return _files("*.py")


def typescript_files() -> list[Path]:
    """List every TypeScript file of the recorder."""
    return [path for path in _files("*.ts*") if path.suffix in (".ts", ".tsx")]


def package_files() -> list[Path]:
    """List the Python files of the five distributions."""
    return [path for path in python_files() if any(package in path.parents for package in PACKAGES.values())]


def project(distribution: str) -> dict[str, Any]:
    """Read the [project] table of a distribution."""
    text = (PACKAGES[distribution].parent / "pyproject.toml").read_text()
    table: dict[str, Any] = tomllib.loads(text)["project"]
    return table


def _files(pattern: str) -> list[Path]:
    found = [path for source in _SOURCES for path in (ROOT / source).rglob(pattern)]
    return sorted(path for path in found if not _SKIPPED.intersection(path.relative_to(ROOT).parts))
