"""Arrows that import-linter cannot see: code that is loaded inside the sandbox, and code that only stands on Python."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.support.tree import PACKAGES, ROOT

INSIDE = PACKAGES["nbassess-graders"] / "inside"
IN_THE_SANDBOX = frozenset({"IPython", "numpy", "pandas", "pyarrow", "traitlets"})
"""What the runner may find in the candidate's environment besides the standard library."""


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


@pytest.mark.parametrize("path", sorted(INSIDE.rglob("*.py")), ids=lambda p: p.name)
def test_code_in_the_sandbox_stands_on_nothing_of_ours_outside_it(path: Path) -> None:
    """promise: scores come from code that the candidate's code cannot reach; nothing that decides may be in there."""
    known = sys.stdlib_module_names | IN_THE_SANDBOX
    foreign = {name for name in imported(path) if name.split(".")[0] not in known and not _is_sibling(name)}

    assert foreign == set()


def _is_sibling(name: str) -> bool:
    one_dot, two_dots = name.startswith("."), name.startswith("..")
    return (one_dot and not two_dots) or name.startswith("nbassess_graders.inside.")


@pytest.mark.parametrize("path", sorted(PACKAGES["nbassess-events"].rglob("*.py")), ids=lambda p: p.name)
def test_events_stand_on_the_standard_library_alone(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported(path)}

    assert tops - sys.stdlib_module_names == tops & {"nbassess_events"}


def test_the_packages_of_the_workspace_are_where_the_design_says() -> None:
    assert {path.relative_to(ROOT).as_posix() for path in PACKAGES.values() if path.is_dir()} == {
        "extensions/events/nbassess_events",
        "extensions/recorder/nbassess_recorder",
        "graders/nbassess_graders",
        "hub/nbassess_hub",
        "notebooks/nbassess_dashboards",
    }
