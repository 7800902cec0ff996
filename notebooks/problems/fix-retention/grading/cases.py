"""Cases of fix-retention. All customers and visits are made up."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from nbassess_graders.assessment import Case, Compare

case = partial(Case, compare=Compare(rtol=1e-9), mutates_ok=True)

TYPES = {"user": "str", "day": "datetime64[us]"}

Arguments = tuple[pd.DataFrame]


def visits(*rows: tuple[str | None, str | None]) -> Callable[[], Arguments]:
    """Return a maker of the argument from (user, day) rows."""
    return lambda: (pd.DataFrame(list(rows), columns=list(TYPES)).astype(TYPES),)


def with_campaign() -> Arguments:
    """Visits with a campaign code, which most visits do not have."""
    (table,) = visits(
        ("ana", "2026-01-04"),
        ("ben", "2026-01-09"),
        ("ana", "2026-02-11"),
        ("ben", "2026-03-02"),
        ("cem", "2026-02-20"),
    )()
    return (table.assign(campaign=[None, "winter", None, None, "winter"]),)


def without(column: str) -> Callable[[], Arguments]:
    """Return a maker of visits that lack the column."""
    complete = visits(("ana", "2026-01-04"), ("ana", "2026-02-04"))
    return lambda: (complete()[0].drop(columns=column),)


def years(users: int, rows: int, seed: int) -> Callable[[], Arguments]:
    """Return a maker of three years of visits in no order, some of them incomplete."""

    def make() -> Arguments:
        rng = np.random.default_rng(seed)
        joined = rng.integers(0, 800, users)
        who = rng.integers(0, users, rows)
        days = joined[who] + rng.exponential(120.0, rows).astype(int)
        table = pd.DataFrame(
            {
                "user": pd.Series([f"u{number:06d}" for number in range(users)], dtype="str").iloc[who].array,
                "day": pd.Timestamp("2023-07-01") + pd.to_timedelta(days, unit="D"),
                "campaign": np.where(rng.random(rows) < 0.1, "winter", None),
            }
        )
        table.loc[rng.random(rows) < 0.01, "day"] = pd.NaT
        table.loc[rng.random(rows) < 0.01, "user"] = None
        return (table.astype({**TYPES, "campaign": "str"}),)

    return make


CASES: list[Case] = [
    case(
        name="example-in-the-prompt",
        tag="basic",
        args=visits(
            ("ana", "2025-12-03"),
            ("ben", "2025-12-20"),
            ("ana", "2025-12-24"),
            ("ana", "2026-01-05"),
            ("cem", "2026-01-30"),
        ),
    ),
    case(
        name="several-visits-in-a-month",
        tag="basic",
        args=visits(
            ("ana", "2026-01-04"),
            ("ana", "2026-01-05"),
            ("ben", "2026-01-09"),
            ("ben", "2026-02-10"),
            ("ben", "2026-02-12"),
        ),
    ),
    case(
        name="december-to-january",
        tag="basic",
        args=visits(("ana", "2025-12-31"), ("ana", "2026-01-01"), ("ben", "2025-11-15"), ("ben", "2026-02-15")),
    ),
    case(
        name="rows-in-any-order",
        tag="basic",
        args=visits(
            ("ana", "2026-03-04"),
            ("ben", "2026-02-09"),
            ("ana", "2026-01-15"),
            ("ben", "2026-03-01"),
            ("cem", "2026-01-02"),
        ),
    ),
    case(name="mostly-empty-extra-column", tag="edge", args=with_campaign),
    case(
        name="back-after-two-years",
        tag="edge",
        args=visits(("ana", "2024-03-10"), ("ana", "2026-03-10"), ("ana", "2026-05-01"), ("ben", "2024-03-31")),
    ),
    case(
        name="same-day-twice",
        tag="edge",
        args=visits(("ana", "2026-01-04"), ("ana", "2026-01-04"), ("ben", "2026-01-04"), ("ben", "2026-02-04")),
    ),
    case(
        name="last-row-is-the-first-visit",
        tag="edge",
        args=visits(("ana", "2026-02-02"), ("ana", "2026-02-28"), ("ben", "2026-02-03"), ("ana", "2025-12-30")),
    ),
    case(
        name="rows-without-user-or-day",
        tag="edge",
        args=visits(
            (None, "2025-11-01"),
            ("ana", None),
            ("ana", "2026-01-20"),
            ("ana", "2025-12-20"),
            ("ben", None),
            (None, None),
        ),
    ),
    case(
        name="month-with-few-days-between",
        tag="edge",
        args=visits(("ana", "2025-12-31"), ("ana", "2026-01-31"), ("ana", "2026-02-01"), ("ben", "2025-12-01")),
    ),
    Case(
        name="the-visits-are-left-as-they-were",
        tag="edge",
        args=visits(("ben", "2026-02-10"), ("ana", "2026-01-05"), ("ana", "2026-01-04")),
        compare=Compare(rtol=1e-9),
    ),
    case(name="user-column-missing", tag="error", args=without("user"), raises="ValueError"),
    case(name="day-column-missing", tag="error", args=without("day"), raises="ValueError"),
    case(name="10-thousand-visits", tag="large", args=years(800, 10_000, seed=61)),
    case(name="300-thousand-visits", tag="large", args=years(20_000, 300_000, seed=62)),
]
