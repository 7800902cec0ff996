"""Cases of clean-expenses. All people and amounts are made up."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from nbassess_graders.assessment import Case, Compare

case = partial(Case, compare=Compare(rtol=1e-9), mutates_ok=True)

COLUMNS = ["expense_id", "employee", "category", "amount", "spent_on"]

Row = tuple[str | None, ...]


def export(*rows: Row) -> Callable[[], tuple[pd.DataFrame]]:
    """Return a maker of the argument: an export in which every column is text."""
    return lambda: (pd.DataFrame(list(rows), columns=COLUMNS, dtype="str"),)


def other_layout() -> tuple[pd.DataFrame]:
    """An export with its columns in another order and two that are not asked for."""
    (raw,) = export(
        ("E-71", "Ida Holm", "Travel", "18.40", "2026-02-11"),
        ("E-72", "Ravi Nair", "meals", "7.10", "12/02/2026"),
    )()
    return (raw[COLUMNS[::-1]].assign(approved_by="M. Diaz", note=["", "team lunch"]),)


def without(*columns: str) -> Callable[[], tuple[pd.DataFrame]]:
    """Return a maker of an export that lacks the columns."""
    complete = export(("E-80", "Ida Holm", "travel", "5.00", "2026-02-01"))
    return lambda: (complete()[0].drop(columns=list(columns)),)


def long_export(rows: int, seed: int) -> Callable[[], tuple[pd.DataFrame]]:
    """Return a maker of a long export with every kind of trouble in it."""

    def make() -> tuple[pd.DataFrame]:
        rng = np.random.default_rng(seed)
        days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, rows), unit="D")
        value = rng.integers(100, 400_000, rows) / 100
        plain, grouped = pd.Series(value).map("{:.2f}".format), pd.Series(value).map("{:,.2f}".format)
        kind = rng.integers(0, 5, rows)
        amount = np.select(
            [kind == 0, kind == 1, kind == 2, kind == 3],
            [plain, "EUR " + grouped, "(" + grouped + ")", grouped + " EUR"],
            default="tbc",
        )
        spent_on = np.where(rng.random(rows) < 0.5, days.strftime("%Y-%m-%d"), days.strftime("%d/%m/%Y"))
        number = pd.Series(rng.integers(0, rows // 2, rows)).astype("str")
        padding = np.where(rng.random(rows) < 0.2, " ", "")
        raw = pd.DataFrame(
            {
                "expense_id": "E-" + number + padding,
                "employee": rng.choice(["Ida Holm", " Ravi Nair", "Lena Moss "], rows),
                "category": rng.choice(["Travel", "MEALS ", " office", ""], rows),
                "amount": amount,
                "spent_on": spent_on,
            },
            dtype="str",
        )
        raw.loc[rng.random(rows) < 0.01, "expense_id"] = None
        raw.loc[rng.random(rows) < 0.02, "category"] = None
        return (raw,)

    return make


CASES: list[Case] = [
    case(
        name="example-in-the-prompt",
        tag="basic",
        args=export(
            ("E-01", "Ida Holm", "Travel", "1,250.00", "2026-03-05"),
            ("E-02", " Ravi Nair", "meals ", "EUR 40", "05/03/2026"),
            ("E-03", "Lena Moss", "", "tbc", "2026-03-07"),
            ("E-01 ", "Ida Holm", "Travel", "1,350.00", "2026-03-05"),
        ),
    ),
    case(
        name="tidy-text-becomes-numbers-and-dates",
        tag="basic",
        args=export(
            ("E-11", "Ida Holm", "travel", "18.40", "2026-01-31"),
            ("E-12", "Ravi Nair", "meals", "7", "2026-02-01"),
            ("E-13", "Lena Moss", "office", "0.99", "2026-02-28"),
        ),
    ),
    case(
        name="currency-and-thousands",
        tag="basic",
        args=export(
            ("E-21", "Ida Holm", "travel", "EUR 1,250.00", "2026-01-05"),
            ("E-22", "Ida Holm", "travel", "2,000,000.5 EUR", "2026-01-06"),
            ("E-23", "Ida Holm", "travel", " 40EUR ", "2026-01-07"),
            ("E-24", "Ida Holm", "travel", "-3.20", "2026-01-08"),
        ),
    ),
    case(
        name="both-kinds-of-date",
        tag="basic",
        args=export(
            ("E-31", "Ida Holm", "travel", "10", "2026-01-25"),
            ("E-32", "Ida Holm", "travel", "11", "25/01/2026"),
            ("E-33", "Ida Holm", "travel", "12", " 31/12/2025 "),
        ),
    ),
    case(
        name="day-comes-before-month",
        tag="edge",
        args=export(
            ("E-41", "Ida Holm", "travel", "10", "03/04/2026"),
            ("E-42", "Ida Holm", "travel", "11", "12/01/2026"),
            ("E-43", "Ida Holm", "travel", "12", "2026-04-03"),
        ),
    ),
    case(
        name="refunds-in-parentheses",
        tag="edge",
        args=export(
            ("E-51", "Ravi Nair", "meals", "(12.50)", "2026-01-05"),
            ("E-52", "Ravi Nair", "meals", "(EUR 1,200.00)", "2026-01-06"),
            ("E-53", "Ravi Nair", "meals", " (3) ", "2026-01-07"),
        ),
    ),
    case(
        name="same-id-behind-spaces",
        tag="edge",
        args=export(
            (" E-61", "Ida Holm", "travel", "10", "2026-01-05"),
            ("E-62", "Ravi Nair", "meals", "20", "2026-01-06"),
            ("E-61  ", "Ida Holm", "office", "11", "2026-01-07"),
            ("E-61", "Ida Holm", "meals", "tbc", "2026-01-08"),
        ),
    ),
    case(
        name="rows-without-an-id-go",
        tag="edge",
        args=export(
            (None, "Ida Holm", "travel", "10", "2026-01-05"),
            ("", "Ravi Nair", "meals", "20", "2026-01-06"),
            ("   ", "Lena Moss", "meals", "30", "2026-01-07"),
            ("E-65", "Lena Moss", "meals", "30", "2026-01-07"),
        ),
    ),
    case(
        name="unreadable-values-stay-as-missing",
        tag="edge",
        args=export(
            ("E-66", "Ida Holm", None, None, None),
            ("E-67", "Ravi Nair", "  ", "?", "soon"),
            ("E-68", "Lena Moss", "MEALS", "n/a", "31/02/2026"),
            ("E-69", "Lena Moss", "Office ", "", ""),
        ),
    ),
    case(name="other-column-order-and-extra-columns", tag="edge", args=other_layout),
    case(name="no-rows", tag="edge", args=export()),
    Case(
        name="the-export-is-left-as-it-was",
        tag="edge",
        args=export(
            ("E-76", " Ida Holm", "Travel ", "1,250.00", "2026-03-05"), ("E-75", "Lena Moss", "", "4", "2026-03-06")
        ),
        compare=Compare(rtol=1e-9),
    ),
    case(name="one-column-missing", tag="error", args=without("amount"), raises="ValueError"),
    case(name="two-columns-missing", tag="error", args=without("expense_id", "spent_on"), raises="ValueError"),
    case(name="20-thousand-rows", tag="large", args=long_export(20_000, seed=11)),
    case(name="100-thousand-rows", tag="large", args=long_export(100_000, seed=12)),
]
