"""From what was recorded to what is run: the template decides what is locked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbassess_graders.assessment import Problem, load_problem
from nbassess_graders.errors import AssessmentError, SubmissionError
from nbassess_graders.submission import CodeCell, Submission, assemble, has_answer
from nbassess_graders.template import load_template

SETUP = CodeCell(id="double-it-setup", source="import math", role="setup")
TRY = CodeCell(id="double-it-try", source="double(1)", role="scratch")


@pytest.fixture
def problem(make_problem: Callable[..., Path]) -> Problem:
    return load_problem(make_problem())


def recorded(*cells: tuple[str, str] | tuple[str, str, str]) -> dict[str, Any]:
    made = [{"id": cell[0], "source": cell[1], "cell_type": cell[2] if len(cell) == 3 else "code"} for cell in cells]
    return {"path": "double-it/double-it.ipynb", "cells": made}


def answer(source: str) -> CodeCell:
    return CodeCell(id="double-it-answer", source=source, role="answer")


def test_a_notebook_that_was_never_opened_is_the_template(problem: Problem) -> None:
    cells = assemble(problem, None)
    assert cells == [SETUP, answer("def double(value):\n    ..."), TRY]
    assert not has_answer(problem, cells)


def test_a_locked_cell_keeps_the_published_text(problem: Problem) -> None:
    cells = assemble(problem, recorded(("double-it-setup", "import os"), ("double-it-answer", "x = 1")))
    assert cells == [SETUP, answer("x = 1")]
    assert has_answer(problem, cells)


def test_a_deleted_answer_is_empty(problem: Problem) -> None:
    cells = assemble(problem, recorded(("double-it-try", "double(1)")))
    assert cells == [SETUP, answer(""), TRY]
    assert not has_answer(problem, cells)


@pytest.mark.parametrize(
    ("source", "is_answer"),
    [
        ("def double(value):\n    return 2 * value", True),
        ("import math\n\ndouble = abs", True),
        ("double(3) == 6", False),
        ("def double(value):\n    ...\n", False),
    ],
)
def test_an_answer_that_a_merge_gave_a_new_id_is_an_answer(problem: Problem, source: str, *, is_answer: bool) -> None:
    cells = assemble(problem, recorded(("double-it-setup", ""), ("merged", source)))
    assert has_answer(problem, cells) is is_answer


def test_a_retyped_answer_is_run_as_code(problem: Problem) -> None:
    assert assemble(problem, recorded(("double-it-answer", "x = 1", "markdown"))) == [SETUP, answer("x = 1")]


def test_added_cells_come_along_after_the_cell_they_followed(problem: Problem) -> None:
    document = recorded(
        ("new-0", "a"), ("double-it-setup", ""), ("new-1", "b"), ("text", "c", "markdown"), ("new-2", "d"),
        ("double-it-answer", "x"), ("new-3", "e"),
    )  # fmt: skip
    ids = [cell.id for cell in assemble(problem, document)]
    assert ids == ["new-0", "double-it-setup", "new-1", "new-2", "double-it-answer", "new-3"]


def test_template_cells_are_run_in_the_published_order(problem: Problem) -> None:
    document = recorded(("double-it-try", "t"), ("double-it-answer", "x"), ("after", "y"), ("double-it-setup", ""))
    ids = [cell.id for cell in assemble(problem, document)]
    assert ids == ["double-it-setup", "double-it-answer", "after", "double-it-try"]


def test_the_first_of_two_cells_with_one_id_is_the_answer_and_the_other_was_added(problem: Problem) -> None:
    """Catalogue G02."""
    cells = assemble(problem, recorded(("double-it-answer", "first"), ("double-it-answer", "second")))
    assert cells == [SETUP, answer("first"), CodeCell(id="double-it-answer#1", source="second", role="added")]


@pytest.mark.parametrize("cells", [None, "x", [1], [{"id": "x"}], [{}] * 3001])
def test_a_document_that_no_recording_gives_is_our_fault(problem: Problem, cells: object) -> None:
    with pytest.raises(SubmissionError, match="double-it"):
        assemble(problem, {"cells": cells})


def test_the_digest_of_a_submission_does_not_depend_on_the_order_of_keys() -> None:
    one = Submission(documents={"a": {"path": "a", "cells": []}, "b": {}})
    other = Submission(documents={"b": {}, "a": {"cells": [], "path": "a"}})
    assert one.digest() == other.digest()


def broken(problem: Problem, change: Callable[[dict[str, Any]], object]) -> None:
    notebook = json.loads(problem.starter.read_text("utf-8"))
    change(notebook)
    problem.starter.write_text(json.dumps(notebook), "utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda notebook: notebook.update(cells="none"),
        lambda notebook: notebook["cells"][1]["metadata"]["nbgrader"].pop("grade"),
        lambda notebook: notebook["cells"][1]["metadata"]["nbgrader"].update(schema_version=1),
        lambda notebook: notebook["cells"][1]["metadata"]["nbgrader"].update(grade_id="double-it-answer"),
        lambda notebook: notebook["cells"][1]["metadata"]["nbassess"].update(role="answer"),
        lambda notebook: notebook["cells"][1]["metadata"]["nbassess"].update(role="cheat"),
        lambda notebook: notebook["cells"].pop(2),
        lambda notebook: notebook.update(nbformat_minor=4),
    ],
)
def test_a_template_that_nbgrader_or_we_cannot_read_is_refused(
    problem: Problem, change: Callable[[dict[str, Any]], object]
) -> None:
    broken(problem, change)
    with pytest.raises(AssessmentError, match=r"starter\.ipynb"):
        load_template(problem)
