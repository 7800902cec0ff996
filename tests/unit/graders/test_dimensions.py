"""Points by case, quality by remarks, seconds by the recording."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from nbassess_events.model import ActiveCell, Focus, Recorded, Saved
from nbassess_graders.assessment import Case, Tag, load_problem
from nbassess_graders.checker.verdict import Judgement, Verdict
from nbassess_graders.dimensions import quality
from nbassess_graders.dimensions.correctness import earned, score_cases
from nbassess_graders.dimensions.process import seconds_by_path
from nbassess_graders.dimensions.quality import assess, listing
from nbassess_graders.report import rounded
from nbassess_graders.submission import CodeCell

OK = Judgement(verdict=Verdict.OK, finding=None)
BAD = Judgement(verdict=Verdict.WRONG, finding=None)


def case(name: str, tag: Tag) -> Case:
    return Case(name=name, tag=tag, args=())


def test_points_of_a_tag_are_shared_equally_and_exactly(make_problem: Callable[..., Path]) -> None:
    problem = load_problem(make_problem())
    cases = [case("a", "basic"), case("b", "basic"), case("c", "basic"), case("d", "edge")]
    scores = score_cases(problem, cases, {"a": OK, "b": OK, "c": BAD, "d": OK}, {"a": 0.5})
    assert [score.points for score in scores] == [Fraction(4, 3), Fraction(4, 3), Fraction(0), Fraction(1)]
    assert earned(scores) == Fraction(11, 3)
    assert earned(score_cases(problem, cases, dict.fromkeys("abcd", OK), {})) == problem.points


@pytest.mark.parametrize(("value", "shown"), [(Fraction(11, 3), 3.67), (Fraction(1, 200), 0.01), (Fraction(7), 7.0)])
def test_only_what_is_shown_is_rounded(value: Fraction, shown: float) -> None:
    assert rounded(value, 2) == shown


def cells(answer: str, setup: str = "import pandas as pd", added: str = "") -> list[CodeCell]:
    made = [CodeCell(id="s", source=setup, role="setup"), CodeCell(id="a", source=answer, role="answer")]
    return [*made, CodeCell(id="n", source=added, role="added"), CodeCell(id="t", source="a=0;b=0", role="scratch")]


CLEAN = "def total(values):\n    return sum(value for value in values if value > 0)\n"
CARELESS = """
def total(values, seen=[]):
    unused = 3
    try:
        l = sum(values)
    except:
        pass
    return l
"""


def test_clean_code_has_no_remark_and_careless_code_has_several_with_their_place() -> None:
    found = assess({"clean": cells(CLEAN), "careless": cells(CARELESS), "added": cells(CLEAN, added="x = undefined")})
    assert (found["clean"].score, found["clean"].findings) == (Fraction(1), ())
    places = {
        (finding.message.split()[1].rstrip(":"), finding.cell, finding.line) for finding in found["careless"].findings
    }
    assert {("dangerous-default-value", "a", 2), ("unused-variable", "a", 3), ("bare-except", "a", 6)} <= places
    assert found["careless"].score < Fraction(8, 10)
    assert [(finding.cell, finding.line) for finding in found["added"].findings] == [("n", 1)]


def test_each_category_is_capped() -> None:
    many = "\n".join(f"def f{n}(a=[]):\n    return a\n" for n in range(40))
    assert assess({"x": cells(many)})["x"].score == Fraction(7, 10)


def test_comments_that_switch_tools_off_are_not_honoured() -> None:
    silenced = "# pylint: disable=all\n# ruff: noqa\n# pylint: skip-file\ndef f(seen=[]):  # noqa\n    return seen\n"
    assert assess({"x": cells(silenced)})["x"].score < 1


def test_lines_for_ipython_are_not_read_as_python() -> None:
    code = "%matplotlib inline\n!ls\n" + CLEAN
    assert assess({"x": cells(code)})["x"].score == 1
    assert "%%bash" not in listing([CodeCell(id="b", source="%%bash\nls", role="added")]).text


@pytest.mark.parametrize("code", ["def total(:\n", "x = '\0'", "\ud800 = 1", "(" * 500, "x = 1\n" * 3000])
def test_no_text_breaks_the_tools(code: str) -> None:
    assert 0 <= assess({"x": cells(code), "clean": cells(CLEAN)})["x"].score <= 1


def test_a_tool_that_fails_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise: our own failure is never a zero."""

    def fail(*_: Any, **__: Any) -> Any:
        raise subprocess.TimeoutExpired("tool", 60)

    monkeypatch.setattr(quality, "_tool", fail)
    found = assess({"x": cells(CARELESS)})["x"]
    assert found.score == 1
    assert [finding.code for finding in found.findings] == ["lint_failed", "lint_failed"]


def at(t_ms: int, path: str, seq: int, client: str = "a" * 16, delay_ms: int = 100) -> Recorded:
    event = ActiveCell(seq=seq, t_ms=t_ms, path=path, cell="")
    return Recorded(position=seq, client=client, received_ms=t_ms + delay_ms, event=event)


def test_time_is_counted_for_the_notebook_at_hand_and_long_pauses_are_not() -> None:
    records = [at(0, "a", 0), at(30_000, "a", 1), at(40_000, "b", 2), at(200_000, "b", 3), at(210_000, "a", 4)]
    assert seconds_by_path(records) == {"a": 40.0, "b": 10.0}


def test_events_without_a_notebook_belong_to_the_one_before() -> None:
    blur = Focus(seq=1, t_ms=10_000, state="blur")
    saved = Saved(seq=2, t_ms=20_000, path="a")
    records = [at(0, "a", 0)] + [
        Recorded(position=event.seq, client="a" * 16, received_ms=event.t_ms + 100, event=event)
        for event in (blur, saved)
    ]
    assert seconds_by_path(records) == {"a": 20.0}


def test_two_pages_at_once_are_counted_once_whatever_their_clocks() -> None:
    one = [at(0, "a", 0), at(20_000, "a", 1)]
    other = [at(10_000 + 10**9, "a", 0, "b" * 16, 100 - 10**9), at(30_000 + 10**9, "a", 1, "b" * 16, 100 - 10**9)]
    assert seconds_by_path([*one, *other]) == {"a": 30.0}


def test_an_empty_recording_has_no_time() -> None:
    assert seconds_by_path([]) == {}
