"""Quality: what ruff and pylint remark on the text of an answer, by category and capped.

A score by number of remarks per line is useless on short answers, so each category costs a little per remark up to a
cap of its own: one careless habit cannot take everything, and length earns nothing. The tools read text in processes of
their own; nothing is imported. Remarks are told about answer and added cells only, comments that switch the tools off
are not honoured, and a tool that fails costs the candidate nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

from ruff import find_ruff_bin  # type: ignore[import-untyped] # ruff ships no types

from nbassess_graders.messages import Finding
from nbassess_graders.submission import CodeCell

Category = Literal["error", "warning", "refactor", "convention"]

COSTS: Final[dict[Category, tuple[Fraction, Fraction]]] = {  # per remark, at most
    "error": (Fraction(25, 100), Fraction(50, 100)),
    "warning": (Fraction(8, 100), Fraction(30, 100)),
    "refactor": (Fraction(4, 100), Fraction(20, 100)),
    "convention": (Fraction(2, 100), Fraction(10, 100)),
}
RUFF_RULES: Final[dict[str, Category]] = {  # what pylint does not say itself
    "B007": "refactor",
    "B023": "warning",
    "B904": "warning",
    "C4": "refactor",
    "C901": "refactor",
    "E741": "convention",
    "PERF": "refactor",
    "SIM": "refactor",
}
PYLINT_DRIVER: Final = Path(__file__).with_name("pylint_run.py")
TOOL_WITHIN_S: Final = 60
LINES_MAX: Final = 1_000  # pylint takes time by the square of it
FINDINGS_MAX: Final = 50
SILENCER: Final = re.compile(r"#(\s*)pylint(\s*):")
MAGIC: Final = re.compile(r"^(\s*)([%!?])")
CELL_MAGIC: Final = re.compile(r"\A\s*%%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Hold one remark of a tool about one line of a text."""

    name: str
    line: int
    tool: str
    rule: str
    category: Category
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Hold the quality score of one problem, 0 to 1, with its findings."""

    score: Fraction
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Hold a problem's code as one text, and for each line the cell it is of (None: not the candidate's)."""

    text: str
    places: tuple[tuple[str, int] | None, ...]


def listing(cells: Sequence[CodeCell]) -> Listing:
    """Join cells to one text whose lines can be traced back; lines for IPython become comments,
    and what lies beyond LINES_MAX is left out."""
    lines: list[str] = []
    places: list[tuple[str, int] | None] = []
    for cell in cells:
        if cell.role == "scratch" or CELL_MAGIC.match(cell.source):
            continue
        for number, line in enumerate(cell.source.split("\n"), start=1):
            plain = SILENCER.sub(r"#\1pylint\2;", MAGIC.sub(_as_comment, line))
            lines.append(plain.encode("utf-8", "replace").decode("utf-8").replace("\0", " "))
            places.append((cell.id, number) if cell.role in ("answer", "added") else None)
    return Listing(text="\n".join(lines[:LINES_MAX]) + "\n", places=tuple(places[:LINES_MAX]))


def _as_comment(magic: re.Match[str]) -> str:
    """Keep an indented line a statement: it may be all there is in a block."""
    return f"{magic[1]}None  # {magic[2]}" if magic[1] else f"# {magic[2]}"


def assess(problems: Mapping[str, Sequence[CodeCell]]) -> dict[str, Quality]:
    """Return the quality of each problem's cells; both tools are started once for all of them."""
    listings = {name: listing(cells) for name, cells in problems.items()}
    if not listings:
        return {}
    remarks: list[Remark] = []
    failures: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="nbassess-quality-") as folder:
        for place, code in enumerate(listings.values()):
            Path(folder, f"n{place}.py").write_text(code.text, "utf-8", newline="\n")
        names = dict(zip((f"n{place}" for place in range(len(listings))), listings, strict=True))
        for tool, read in (("ruff", _ruff), ("pylint", _pylint)):
            try:
                remarks += read(Path(folder), names)
            except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
                failures.append(Finding.of("lint_failed", tool=tool, why=type(error).__name__))
    return {name: _quality(name, code, remarks, failures) for name, code in listings.items()}


def _quality(name: str, code: Listing, remarks: Sequence[Remark], failures: Sequence[Finding]) -> Quality:
    counts: Counter[Category] = Counter()
    findings = list(failures)
    for remark in sorted(remarks, key=lambda one: (one.line, one.rule)):
        place = code.places[remark.line - 1] if 0 < remark.line <= len(code.places) else None
        if remark.name != name or place is None:
            continue
        counts[remark.category] += 1
        cell, line = place
        findings.append(Finding.of("lint", cell, line, tool=remark.tool, rule=remark.rule, text=remark.text))
    cost = sum((min(counts[kind] * each, most) for kind, (each, most) in COSTS.items()), Fraction(0))
    return Quality(score=max(Fraction(0), 1 - cost), findings=tuple(findings[:FINDINGS_MAX]))


def _ruff(folder: Path, names: Mapping[str, str]) -> list[Remark]:
    options = ["check", "--isolated", "--no-cache", "--ignore-noqa", "--exit-zero", "--output-format", "json"]
    output = _tool([find_ruff_bin(), *options, "--select", ",".join(RUFF_RULES), "."], folder)
    return [
        Remark(
            name=names[Path(item["filename"]).stem],
            line=item["location"]["row"],
            tool="ruff",
            rule=item["code"],
            category=_ruff_category(item["code"]),
            text=item["message"][:200],
        )
        for item in output
        if item["code"] and not item["code"].startswith("invalid")
    ]


def _ruff_category(code: str) -> Category:
    return next((category for prefix, category in RUFF_RULES.items() if code.startswith(prefix)), "convention")


def _pylint(folder: Path, names: Mapping[str, str]) -> list[Remark]:
    files = [f"{stem}.py" for stem in names]
    output = _tool([sys.executable, "-I", str(PYLINT_DRIVER), *files], folder)["messages"]
    return [
        Remark(
            name=names[Path(item["path"]).stem],
            line=item["line"],
            tool="pylint",
            rule=item["symbol"],
            category=item["type"],
            text=item["message"][:200],
        )
        for item in output
        if item["type"] in COSTS
    ]


def _tool(command: list[str], folder: Path) -> Any:
    """Run a tool in an empty environment and read its JSON."""
    home = {"HOME": str(folder), "PYLINTHOME": str(folder), "LANG": "C.UTF-8"}
    done = subprocess.run(command, cwd=folder, env=home, capture_output=True, timeout=TOOL_WITHIN_S, check=True)
    return json.loads(done.stdout)
