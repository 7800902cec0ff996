"""Size budgets: what hurts is never the average file but the giant one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.tree import ROOT, python_files, typescript_files

FILE_LINES = 400
FUNCTION_LINES = 60


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [*python_files(), *typescript_files()], ids=_name)
def test_file_stays_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_LINES, f"{_name(path)}: split it by concept"


@pytest.mark.parametrize("path", python_files(), ids=_name)
def test_functions_stay_small(path: Path) -> None:
    giants = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= FUNCTION_LINES
    ]

    assert giants == [], f"{_name(path)}: at most {FUNCTION_LINES} lines"
