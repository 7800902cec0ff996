"""Which fault each test names, and which tests the page about faults names."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.support.tree import ROOT

PAGE = ROOT / "docs" / "reference" / "recording-faults.md"
IDS = (*(f"R{number:02}" for number in range(1, 18)), *(f"F{number:02}" for number in range(7, 20)))

_ID = re.compile(r"\b[RF]\d\d\b")
_RANGE = re.compile(r"\b([RF])(\d\d)-\1(\d\d)\b")
_SCRIPT_TEST = re.compile(r"\btest\(\s*(['\"`])(.+?)\1", re.DOTALL)
_NEVER_RUN = ("skip", "xfail")

Tests = dict[str, set[str]]
"""By id of a fault: the tests, as `file::name`."""


def named_by_tests(root: Path = ROOT) -> Tests:
    """Return the tests that say in their name or docstring which fault they are about, of every suite that CI runs."""
    found: Tests = defaultdict(set)
    for file in sorted((root / "tests").rglob("test_*.py")):
        for name, words in _python_tests(ast.parse(file.read_text(encoding="utf-8"))):
            for fault in _ids(words):
                found[fault].add(f"{file.relative_to(root).as_posix()}::{name}")
    for file in sorted((root / "extensions" / "recorder" / "tests").glob("*.test.ts")):
        for match in _SCRIPT_TEST.finditer(file.read_text(encoding="utf-8")):
            for fault in _ids(match[2]):
                found[fault].add(f"{file.relative_to(root).as_posix()}::{match[2]}")
    return dict(found)


def named_on_page(text: str) -> Tests:
    """Return the tests that the rows of the page name; a row begins with the id of its fault."""
    rows = re.findall(r"^\| ([RF]\d\d) \|(.*)\|$", text, flags=re.MULTILINE)
    twice = {fault for fault, _ in rows if [each for each, _ in rows].count(fault) > 1}
    assert not twice, f"{twice}: two rows"
    return {fault: {each for each in re.findall(r"`([^`]+)`", row) if "::" in each} for fault, row in rows}


def _python_tests(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            marks = " ".join(ast.unparse(mark) for mark in node.decorator_list)
            if not any(re.search(rf"\bmark\.{word}\b(?!if)", marks) for word in _NEVER_RUN):
                yield node.name, f"{node.name} {ast.get_docstring(node) or ''}"


def _ids(words: str) -> set[str]:
    ranges = {f"{kind}{number:02}" for kind, a, b in _RANGE.findall(words) for number in range(int(a), int(b) + 1)}
    return set(_ID.findall(words)) | ranges
