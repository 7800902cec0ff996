"""What scripted candidates work with: a problem's starter notebook and the solutions its author wrote.

The solutions are the same files that `nbassess assessment check` runs: the reference, the brute-force one and the
plausible wrong ones. A scripted candidate types one of them, so the graders decide its score, not this package.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbassess_graders.assessment import Problem

from nbassess_hub.demo.desk import Cell, bmp_only
from nbassess_hub.errors import HubError


class DemoError(HubError):
    """The demo cannot be set up or played."""

    code = "demo_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One problem as a scripted candidate meets it."""

    slug: str
    path: str  # of the notebook, relative to the candidate's work directory
    folder: Path  # of the candidate-visible files
    minutes: float
    difficulty: str
    cells: tuple[Cell, ...]
    answer: str  # id of the answer cell
    roles: dict[str, str]  # cell id -> prompt, setup, answer, scratch
    reference: str
    brute_force: str | None
    wrong: tuple[str, ...]

    def cells_with_role(self, role: str) -> list[str]:
        """Return the ids of all cells with a role, in order."""
        return [cell["id"] for cell in self.cells if self.roles.get(cell["id"]) == role]


def load_material(problem: Problem) -> Material:
    """Read a problem's files. Raises: `DemoError` when they lack what a scripted candidate needs."""
    grading = problem.folder / "grading"
    brute_force = grading / "brute_force.py"
    try:
        notebook = json.loads(problem.starter.read_text("utf-8"))
        return Material(
            slug=problem.slug,
            path=problem.path,
            folder=problem.folder / "candidate",
            minutes=problem.minutes,
            difficulty=problem.difficulty,
            cells=tuple(_cell(cell) for cell in notebook["cells"]),
            answer=_answer_cell(notebook["cells"]),
            roles={cell["id"]: _role(cell) for cell in notebook["cells"]},
            reference=read_solution(grading / "reference.py"),
            brute_force=read_solution(brute_force) if brute_force.exists() else None,
            wrong=tuple(read_solution(grading / wrong.file) for wrong in problem.wrong),
        )
    except (OSError, ValueError, KeyError, StopIteration) as error:
        raise DemoError(
            f"{problem.folder}: cannot be played ({error!r}); run nbassess assessment check on it"
        ) from error


def _role(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbassess", {}).get("role", ""))


def _answer_cell(cells: list[dict[str, Any]]) -> str:
    return next(str(cell["id"]) for cell in cells if _role(cell) == "answer")


def _cell(cell: dict[str, Any]) -> Cell:
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    return {"id": str(cell["id"]), "cell_type": str(cell["cell_type"]), "source": bmp_only(text)}


def read_solution(file: Path) -> str:
    """Read a solution without its module docstring: that one is the author's remark, not the candidate's code."""
    text = bmp_only(file.read_text("utf-8"))
    body = ast.parse(text).body
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        text = "".join(text.splitlines(keepends=True)[first.end_lineno :])
    return text.strip("\n")
