"""The peer of the grading benchmark: nbgrader's autograde on the same problem and the same answers.

The assignment is our starter notebook with five test cells, as a teacher would write them. CPU time is that of all
processes nbgrader starts (the command itself, a kernel per submission).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from nbassess_graders.assessment import Problem

from tests.bench.metered import children_cpu_s

ASSIGNMENT = "ps1"
_TESTS = (
    "assert list(revenue_by_region(orders, customers).columns) == ['region', 'orders', 'revenue_cents']",
    "assert len(revenue_by_region(orders, customers)) > 0",
    "assert revenue_by_region(orders.head(0), customers)['orders'].sum() == 0",
    "assert revenue_by_region(orders, customers)['orders'].sum() == orders['order_id'].nunique()",
    "try:\n    revenue_by_region(orders[['order_id']], customers)\n    assert False\nexcept ValueError:\n    pass",
)


def autograde_cpu_s(problem: Problem, answers: list[str], folder: Path) -> float:
    """Grade the answers in one batch; returns the mean CPU seconds of a submission."""
    source = folder / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    _copy_data(problem, source)
    notebook = json.loads(problem.starter.read_text("utf-8"))
    notebook["cells"] += [_test_cell(number, test) for number, test in enumerate(_TESTS)]
    (source / "p.ipynb").write_text(json.dumps(notebook), "utf-8")
    _nbgrader(folder, "generate_assignment", ASSIGNMENT)
    for number, answer in enumerate(answers):
        _submit(folder, f"student{number}", answer)
    before = children_cpu_s()
    _nbgrader(folder, "autograde", ASSIGNMENT)
    spent = children_cpu_s() - before
    graded = list((folder / "autograded").glob("*/*/p.ipynb"))
    if len(graded) != len(answers):
        raise RuntimeError(f"nbgrader graded {len(graded)} of {len(answers)} submissions in {folder}")
    return spent / len(answers)


def _test_cell(number: int, source: str) -> dict[str, Any]:
    name = f"test-{number}"
    marks = {"schema_version": 3, "grade": True, "grade_id": name, "locked": True, "points": 1}
    metadata = {"nbgrader": {**marks, "solution": False, "task": False, "cell_type": "code"}}
    return {
        "cell_type": "code",
        "id": name,
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _copy_data(problem: Problem, target: Path) -> None:
    for file in problem.starter.parent.iterdir():
        if file != problem.starter and file.is_file():
            shutil.copy(file, target / file.name)


def _submit(folder: Path, student: str, answer: str) -> None:
    target = folder / "submitted" / student / ASSIGNMENT
    shutil.copytree(folder / "release" / ASSIGNMENT, target)
    notebook = json.loads((target / "p.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = answer
    (target / "p.ipynb").write_text(json.dumps(notebook), "utf-8")


def _nbgrader(folder: Path, *words: str) -> None:
    programs = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words, f"--course-dir={folder}"],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode != 0:
        raise RuntimeError(f"nbgrader {words[0]} failed: {done.stderr[-2000:]}")
