"""How many submissions a CPU second grades, next to nbgrader's autograde on the same answers in the same run.

Ours runs every case of the problem (some of them large) in the real sandbox, one call at a time, and both dimensions;
nbgrader runs the five test cells of its assignment. Both count the CPU time of every process they start.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbassess_graders.assessment import Assessment
from nbassess_graders.material import Material
from nbassess_graders.pipeline import grade
from nbassess_graders.sandbox.bubblewrap import BubblewrapSandbox
from nbassess_graders.submission import Submission
from nbassess_hub.demo import material as demo

from tests.bench.measure import Measurement, measured
from tests.bench.metered import MeteredSandbox, children_cpu_s
from tests.bench.nbgrader_peer import autograde_cpu_s
from tests.bench.recordings import assessment

_PROBLEM = "join-duplicates"


def grading_submissions_per_cpu_s() -> list[Measurement]:
    """Grade the same answers both ways."""
    one = _one_problem()
    problem = demo.load_material(one.problems[0])
    answers = [problem.reference, *problem.wrong[:3]]
    ours_s = _graded_cpu_s(one, [_documents(problem, answer) for answer in answers])
    with tempfile.TemporaryDirectory(prefix="nbassess-bench-nbgrader-") as folder:
        peer_s = autograde_cpu_s(one.problems[0], answers, Path(folder))
    return [
        measured(
            "grading_submissions_per_cpu_s",
            [1 / each for each in ours_s],
            "submissions/CPU s",
            peer="nbgrader autograde",
            ratio=peer_s / statistics.mean(ours_s),
        )
    ]


def _one_problem() -> Assessment:
    whole = assessment()
    return replace(whole, problems=tuple(each for each in whole.problems if each.slug == _PROBLEM))


def _documents(problem: demo.Material, answer: str) -> dict[str, Any]:
    cells = [{**cell, "source": answer} if cell["id"] == problem.answer else dict(cell) for cell in problem.cells]
    return {problem.path: {"path": problem.path, "cells": cells}}


def _graded_cpu_s(one: Assessment, submissions: list[dict[str, Any]]) -> list[float]:
    sandbox, material, spent = MeteredSandbox(BubblewrapSandbox()), Material(), []
    for documents in submissions:
        before_s = _cpu_s(sandbox)
        grade(Submission(documents=documents), one, sandbox, sitting="bench", graded_ms=0, material=material)
        spent.append(_cpu_s(sandbox) - before_s)
    return spent


def _cpu_s(sandbox: MeteredSandbox) -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + children_cpu_s() + sandbox.cpu_s
