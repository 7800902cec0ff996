"""The checker: equal or not, why not, and what a forged reply gets."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nbassess_graders.assessment import Case, Compare
from nbassess_graders.checker.values import difference
from nbassess_graders.checker.verdict import Context, Verdict, judge
from nbassess_graders.execution import Answered, NotRun
from nbassess_graders.inside import plain
from nbassess_graders.material import Expectation
from nbassess_graders.sandbox.port import Ended, Limits, Status

EXACT = Compare()
NAN = float("nan")
SALES = pd.DataFrame({"region": ["n", "s", None], "total": [1.5, 2.0, NAN]})


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1, 1.0), (1, np.int8(1)), (0.1, np.float64(0.1)), (NAN, NAN), (True, np.bool_(True)), ("a", "a"),
        ([1, [2.0]], [1.0, [2]]), ({"a": NAN}, {"a": NAN}), ({1, 2}, {2, 1}), (2**100, 2**100), (None, None),
        (pd.Timestamp("2026-01-01"), datetime.datetime(2026, 1, 1)), (pd.NaT, pd.NaT), (pd.NA, pd.NA),
        (pd.Timestamp("2026-01-01").as_unit("s"), np.datetime64("2026-01-01")), (np.arange(3), np.arange(3.0)),
        (pd.Timedelta("1h"), datetime.timedelta(hours=1)), (SALES, SALES.copy()),
        (SALES, SALES.set_index(pd.Index([7, 8, 9]))), (SALES, SALES.astype({"region": "category"})),
        (pd.Series([1, None]), pd.Series([1, None], dtype="Int64")), (pd.Series([1, 2]), pd.Series([1.0, 2.0])),
        (pd.Series(["a", None], dtype=object), pd.Series(["a", NAN], dtype="str")),
        (pd.Index([1, 2]), pd.RangeIndex(1, 3)), (np.array([NAN, 1.0]), np.array([NAN, 1.0])),
        (pd.Series(pd.to_datetime(["2026-01-01"])), pd.Series(pd.to_datetime(["2026-01-01"])).astype("M8[s]")),
    ],
)  # fmt: skip
def test_equal_values_are_equal_whatever_their_width(expected: object, got: object) -> None:
    assert difference(expected, got, EXACT) is None


@pytest.mark.parametrize(
    ("expected", "got", "reason"),
    [
        (7, 8, "expected 7, got 8"),
        (1, True, "expected int 1, got bool True"),
        ([1], (1,), "expected list [1], got tuple (1,)"),
        (None, NAN, "expected None None, got float nan"),
        (0.3, 0.1 + 0.2, "expected 0.3, got 0.30000000000000004"),
        ([1, 2], [1], "expected 2 items, got 1: [1]"),
        ([1, {"a": 2}], [1, {"a": 3}], "item 1: key 'a': expected 2, got 3"),
        ({"a": 1}, {"b": 1}, "missing keys ['a'], keys too many ['b']"),
        ({1}, {2}, "missing {1}, too many {2}"),
        (np.zeros(2), np.zeros((1, 2)), "expected array array of shape (2,): [0.0, 0.0], got array"),
        (np.zeros((2, 1)), np.zeros((1, 2)), "expected an array of shape (2, 1), got (1, 2)"),
        (SALES, SALES.head(2), "expected 3 rows, got 2"),
        (SALES, SALES.rename(columns={"total": "sum"}), "columns missing ['total'], columns too many ['sum']"),
        (SALES, SALES[["total", "region"]], "expected the columns in the order ['region', 'total']"),
        (SALES, SALES.assign(total=[1.5, 9.0, NAN]), "column 'total': 1 of 3 rows differ; the first is row 1"),
        (SALES, SALES.set_index("region"), "columns missing ['region'], columns too many []; a missing one is in the"),
        (SALES, SALES["total"], "expected table (DataFrame), got series"),
        (pd.Series([1.0, NAN]), pd.Series([1.0, 2.0]), "1 of 2 rows differ; the first is row 1: expected nan, got 2.0"),
        (pd.Series([1]), pd.Series(["1"]), "1 of 1 rows differ"),
        (pd.Series([1]), pd.Series([True]), "1 of 1 rows differ"),
        (pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-01", tz="UTC"), "expected Timestamp"),
        (
            pd.Series(pd.to_datetime(["2026-01-01"])),
            pd.Series(pd.to_datetime(["2026-01-01"], utc=True)),
            "expected times without a time zone",
        ),
        (decimal.Decimal("1.1"), decimal.Decimal("1.2"), "expected Decimal('1.1'), got Decimal('1.2')"),
    ],
)
def test_a_difference_is_told_with_its_place(expected: object, got: object, reason: str) -> None:
    found = difference(expected, got, EXACT)
    assert found is not None
    assert found.startswith(reason)


@pytest.mark.parametrize(
    ("expected", "got", "rules"),
    [
        (0.3, 0.1 + 0.2, Compare(rtol=1e-9)),
        (0.0, 1e-12, Compare(atol=1e-9)),
        ([0.3], [0.1 + 0.2], Compare(rtol=1e-9)),
        ([3, 1, None, "a"], ["a", None, 1, 3], Compare(ignore_row_order=True)),
        (SALES, SALES.iloc[::-1], Compare(ignore_row_order=True)),
        (SALES, SALES[["total", "region"]], Compare(ignore_column_order=True)),
        (SALES, SALES.assign(total=[1.5 + 1e-12, 2.0, NAN]).iloc[::-1], Compare(ignore_row_order=True, atol=1e-9)),
        (SALES.set_index("region"), SALES.set_index("region"), Compare(ignore_index=False)),
    ],
)
def test_rules_forgive_what_they_name(expected: object, got: object, rules: Compare) -> None:
    assert difference(expected, got, rules) is None


@pytest.mark.parametrize(
    ("expected", "got", "rules"),
    [
        (float("inf"), 1e308, Compare(rtol=1.0)),
        (10**400, 1.0, Compare(rtol=1e-9)),
        (100, 101, Compare(rtol=0.5)),
        (1, 1.0, Compare(check_dtype=True)),
        (pd.Series([1]), pd.Series([1.0]), Compare(check_dtype=True)),
        (SALES, SALES.set_index(pd.Index([7, 8, 9])), Compare(ignore_index=False)),
        (SALES, SALES.assign(total=[2.0, 1.5, NAN]), Compare(ignore_row_order=True)),
    ],
)
def test_rules_forgive_nothing_else(expected: object, got: object, rules: Compare) -> None:
    assert difference(expected, got, rules) is not None


def test_a_message_is_bounded_whatever_the_answer() -> None:
    for got in ("x" * 10**6, list(range(10**6)), 10**5000, {"k" * 10**5: 1}, pd.DataFrame({"c" * 10**5: [1]})):
        assert len(difference(0, got, EXACT) or "") < 1000


CONTEXT = Context(entry="f", limits=Limits(), case_wall_s=4.0, cell_cause="The cell failed.")


def expectation(value: object = 7, *, raises: tuple[str, ...] = (), mutates_ok: bool = False) -> Expectation:
    case = Case(name="one", tag="basic", args=(1,), mutates_ok=mutates_ok)
    return Expectation(case=case, args=plain.encode((1,)), input="1", value=value, exceptions=raises)


def reply(**fields: Any) -> Answered:
    return Answered(reply={"id": 1, "cpu_s": 0.0, **fields}, cpu_s=0.0)


def raised(*names: str, errno: int | None = None) -> Answered:
    error = {"type": names[0], "names": list(names), "message": "no", "errno": errno, "cell": "c", "line": 3}
    return reply(kind="raised", error=error, mutated=[])


def returned(value: object, mutated: object = ()) -> Answered:
    return reply(kind="returned", value=plain.encode(value), mutated=list(mutated) if mutated == () else mutated)


@pytest.mark.parametrize(
    ("outcome", "verdict", "code"),
    [
        (returned(7), Verdict.OK, None),
        (returned(8), Verdict.WRONG, "wrong_value"),
        (returned(7, [0]), Verdict.WRONG, "argument_changed"),
        (raised("KeyError", "LookupError"), Verdict.RUNTIME, "raised"),
        (raised("MemoryError"), Verdict.MEMORY, "memory"),
        (raised("OSError", errno=28), Verdict.DISK, "disk"),
        (raised("OSError", errno=24), Verdict.RUNTIME, "raised"),
        (reply(kind="unsupported", type="Thing"), Verdict.WRONG, "unsupported_type"),
        (reply(kind="too_large"), Verdict.OUTPUT, "too_large"),
        (reply(kind="missing"), Verdict.RUNTIME, "missing_function"),
        (NotRun(times=9), Verdict.RUNTIME, "not_run"),
        (Ended(status=Status.TIMED_OUT, cpu_s=4.0), Verdict.TIMEOUT, "timeout"),
        (Ended(status=Status.OUT_OF_MEMORY, cpu_s=1.0), Verdict.MEMORY, "memory"),
        (Ended(status=Status.OUTPUT_FLOOD, cpu_s=1.0), Verdict.OUTPUT, "output"),
        (Ended(status=Status.DIED, cpu_s=1.0, exit_code=0), Verdict.RUNTIME, "process_ended"),
        (Ended(status=Status.TAMPERED, cpu_s=1.0), Verdict.TAMPER, "answer_forged"),
    ],
)
def test_every_outcome_has_its_verdict(outcome: Any, verdict: Verdict, code: str | None) -> None:
    found = judge(outcome, expectation(), CONTEXT)
    assert (found.verdict, found.finding.code if found.finding else None) == (verdict, code)


@pytest.mark.parametrize(
    "forged",
    [
        reply(kind="returned"),
        reply(kind="returned", value=["array", [1, 2, 3]], mutated=[]),
        reply(kind="returned", value=["unknown", 7], mutated=[]),
        reply(kind="returned", value=7),
        reply(kind="returned", value=7, mutated="no"),
        reply(kind="returned", value=7, mutated=[True]),
        reply(kind="passed"),
        reply(kind="raised"),
        reply(kind="raised", error=7, mutated=[]),
        reply(kind="raised", error={"names": 7}, mutated=[]),
        reply(kind="raised", error={"names": ["KeyError"], "type": 1, "message": "", "errno": None}, mutated=[]),
        reply(kind="unsupported", type=7),
    ],
)
def test_a_malformed_reply_is_never_a_pass(forged: Answered) -> None:
    assert judge(forged, expectation(), CONTEXT).verdict is Verdict.TAMPER


def test_the_named_exception_or_one_derived_from_it_is_right() -> None:
    wanted = expectation(raises=("LookupError", "ValueError"))
    assert judge(raised("KeyError", "LookupError", "Exception"), wanted, CONTEXT).verdict is Verdict.OK
    assert judge(raised("TypeError", "Exception"), wanted, CONTEXT).verdict is Verdict.WRONG
    assert judge(returned(7), wanted, CONTEXT).verdict is Verdict.WRONG


def test_a_changed_argument_is_forgiven_where_the_case_says_so() -> None:
    assert judge(returned(7, [0]), expectation(mutates_ok=True), CONTEXT).verdict is Verdict.OK


def test_a_failure_of_our_comparison_is_for_a_person_and_no_zero() -> None:
    """Promise: our own failure is never a zero."""
    assert judge(returned([7]), expectation([Broken()]), CONTEXT).verdict is Verdict.INFRA


class Broken:
    """An expected value that cannot be compared, as no reference gives it."""

    __class__ = property(lambda _: 1 / 0)
