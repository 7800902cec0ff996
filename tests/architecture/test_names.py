"""Names say what a thing is; a drawer for everything has no name, and an `__init__` holds nothing but a version."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.tree import ROOT, package_files, python_files

DRAWERS = frozenset({"base", "common", "core", "helper", "helpers", "manager", "misc", "util", "utils"})


def test_no_module_or_folder_is_a_drawer() -> None:
    names = {part for path in python_files() for part in path.relative_to(ROOT).with_suffix("").parts[1:]}

    assert names & DRAWERS == set()


@pytest.mark.parametrize(
    "path", [path for path in package_files() if path.name == "__init__.py"], ids=lambda p: str(p.relative_to(ROOT))
)
def test_init_holds_only_a_version(path: Path) -> None:
    """Every large import cycle measured in the field came from an `__init__` that exported its children again."""
    statements = ast.parse(path.read_text()).body
    extra = [ast.unparse(statement) for statement in statements if not _is_docstring_or_version(statement)]

    assert extra == []


def _is_docstring_or_version(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0]) == "__version__"
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in python_files() if path.name.startswith("test_") and "tests" in path.parts]

    assert sorted(names) == sorted(set(names))
