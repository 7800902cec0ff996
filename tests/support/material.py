"""A small published assessment for tests that need one but do not care which."""

import json
from pathlib import Path
from typing import Any

from nbassess_graders.assessment import load_assessment
from nbassess_graders.publication import Archive, pack

SLUG = "double-it"
PATH = f"{SLUG}/{SLUG}.ipynb"


def cells(slug: str = SLUG) -> list[dict[str, str]]:
    """Return the starter's cells as a recording names them."""
    return [
        {"id": f"{slug}-prompt", "cell_type": "markdown", "source": "# Double it"},
        {"id": f"{slug}-setup", "cell_type": "code", "source": "FACTOR = 2"},
        {"id": f"{slug}-answer", "cell_type": "code", "source": "def double(x):\n    ..."},
        {"id": f"{slug}-try", "cell_type": "code", "source": ""},
    ]


def write_assessment(
    folder: Path, *, id: str = "small", version: int = 1, monitoring: str = "basic", practice: bool = False
) -> Path:
    """Write an assessment with one problem below a folder and return its file."""
    _write_problem(folder / "problems" / SLUG)
    file = folder / f"{id}.toml"
    file.write_text(
        f'id = "{id}"\nversion = {version}\ntitle = "Small assessment {id}"\nminutes = 30\n'
        f'monitoring = "{monitoring}"\n'
        f'ai_policy = "No AI tools in this one."\nproblems = ["{SLUG}"]\npractice = {str(practice).lower()}\n'
        "[rubric]\ncorrectness = 0.8\nquality = 0.2\n"
    )
    return file


def packed(folder: Path, **options: Any) -> Archive:
    """Write and pack an assessment."""
    return pack(load_assessment(write_assessment(folder, **options), folder / "problems"))


def _write_problem(folder: Path) -> None:
    (folder / "candidate").mkdir(parents=True, exist_ok=True)
    (folder / "grading").mkdir(exist_ok=True)
    (folder / "problem.toml").write_text(
        f'id = "{SLUG}"\nversion = 1\ntitle = "Double it"\ndifficulty = "easy"\n'
        'topics = ["arithmetic"]\nskills = ["functions"]\n'
        'minutes = 10\npoints = 10\n[entry]\nname = "double"\nsignature = "double(x)"\n'
        "[points_by_tag]\nbasic = 4\nedge = 3\nerror = 2\nlarge = 1\n"
    )
    (folder / "candidate" / "starter.ipynb").write_text(json.dumps(_notebook()))
    (folder / "candidate" / "numbers.csv").write_text("a\n1\n")
    (folder / "grading" / "reference.py").write_text("def double(x):\n    return 2 * x\n")
    (folder / "grading" / "cases.py").write_text("CASES = []\n")


def _notebook() -> dict[str, Any]:
    roles = ("prompt", "setup", "answer", "scratch")
    made = []
    for cell, role in zip(cells(), roles, strict=True):
        one: dict[str, Any] = {**cell, "metadata": {"nbassess": {"role": role}}}
        if cell["cell_type"] == "code":
            one |= {"outputs": [], "execution_count": None}
        made.append(one)
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
