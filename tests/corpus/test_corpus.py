"""Every folder here is a behaviour: what a candidate typed, and the verdicts it must get.

Add a folder with `answer.py` and `expected.toml` and it is run. After each of them nothing is left on the machine and
the benign job grades as before.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from nbassess_graders.assessment import Assessment, Problem, load_problem
from nbassess_graders.material import Material
from nbassess_graders.pipeline import grade, grade_problem
from nbassess_graders.sandbox.bubblewrap import BubblewrapSandbox
from nbassess_graders.sandbox.port import MIB, Limits
from nbassess_graders.submission import Submission, assemble

HERE = Path(__file__).parent
BEHAVIOURS = sorted(path.parent.name for path in HERE.glob("*/answer.py"))
LIMITS = Limits(
    memory_bytes=256 * MIB, disk_bytes=8 * MIB, file_bytes=32 * MIB, output_bytes=MIB, answer_bytes=MIB, processes=32
)
ALL_OK = {"small": "OK", "empty": "OK", "not-a-list": "OK", "many": "OK"}

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What a job may leave behind: processes, mounts, control groups, files."""

    processes: frozenset[int]
    mounts: int
    groups: frozenset[str]
    files: frozenset[str]


def traces() -> Traces:
    groups = (path.name for path in Path("/sys/fs/cgroup").glob("**/nbassess-*"))
    return Traces(
        processes=frozenset(child.pid for child in psutil.Process().children(recursive=True)),
        mounts=sum("newroot" in line for line in Path("/proc/self/mountinfo").read_text().splitlines()),
        groups=frozenset(name for name in groups if f"-{os.getpid()}-" in name),
        files=frozenset(path.name for path in Path(tempfile.gettempdir()).iterdir()),
    )


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


@pytest.fixture(scope="module")
def sandbox() -> BubblewrapSandbox:
    """Use this machine as the root, or the exported image that NBASSESS_TEST_ROOTFS names."""
    rootfs = os.environ.get("NBASSESS_TEST_ROOTFS")
    return BubblewrapSandbox(Path(rootfs) if rootfs else None)


@pytest.fixture(scope="module")
def problem() -> Problem:
    return load_problem(HERE / "problems" / "sum-positive")


@pytest.fixture(scope="module")
def material() -> Material:
    return Material()


def document(problem: Problem, answer: str) -> dict[str, Any]:
    cells = [{"id": f"{problem.slug}-answer", "cell_type": "code", "source": answer}]
    return {"path": problem.path, "cells": cells}


def verdicts(problem: Problem, answer: str, sandbox: BubblewrapSandbox, material: Material) -> dict[str, str]:
    cells = assemble(problem, document(problem, answer))
    graded = grade_problem(problem, cells, sandbox, LIMITS, material)
    return {name: judgement.verdict.value for name, judgement in graded.judgements.items()}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_behaviour_gets_its_verdicts_and_leaves_no_trace(
    behaviour: str, problem: Problem, sandbox: BubblewrapSandbox, material: Material
) -> None:
    expected = tomllib.loads((HERE / behaviour / "expected.toml").read_text("utf-8"))["verdicts"]
    answer = (HERE / behaviour / "answer.py").read_text("utf-8")
    benign = (HERE / "correct" / "answer.py").read_text("utf-8")
    before = traces()

    found = verdicts(problem, answer, sandbox, material)

    assert {name: verdict in expected[name].split("|") for name, verdict in found.items()} == dict.fromkeys(
        expected, True
    ), found
    assert traces() == before
    assert verdicts(problem, benign, sandbox, material) == ALL_OK


def test_a_kernel_that_dies_in_one_question_leaves_the_next_one_graded(
    tmp_path: Path, problem: Problem, sandbox: BubblewrapSandbox
) -> None:
    """Catalogue G24."""
    twin = renamed_copy(problem, tmp_path / "sum-again")
    assessment = Assessment(
        id="two",
        version=1,
        title="Two questions",
        minutes=10,
        monitoring="none",
        ai_policy="none",
        rubric={"correctness": 1.0},
        problems=(problem, twin),
        is_practice=False,
        file=tmp_path / "two.toml",
    )
    died = (HERE / "os-exit" / "answer.py").read_text("utf-8")
    right = (HERE / "correct" / "answer.py").read_text("utf-8")
    documents = {problem.path: document(problem, died), twin.path: document(twin, right)}

    report = grade(Submission(documents=documents), assessment, sandbox, sitting="x", graded_ms=0, limits=LIMITS)

    assert [float(one.points) for one in report.problems] == [0.0, 10.0]
    assert report.to_json()["points"] == 10.0


def renamed_copy(problem: Problem, folder: Path) -> Problem:
    shutil.copytree(problem.folder, folder)
    for path in (folder / "problem.toml", folder / "candidate" / "starter.ipynb"):
        path.write_text(path.read_text("utf-8").replace(problem.slug, folder.name), "utf-8")
    return load_problem(folder)
