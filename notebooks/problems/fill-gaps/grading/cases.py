"""Cases of fill-gaps. All meters and readings are made up."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from nbassess_graders.assessment import Case, Compare

case = partial(Case, compare=Compare(rtol=1e-9, atol=1e-12), mutates_ok=True)

NAN = float("nan")
TYPES = {"meter": "str", "time": "datetime64[us]", "kwh": "float64"}

Arguments = tuple[pd.DataFrame, int]


def table(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    """Return readings; a time is written as day and hour of March 2026, such as '05 13'."""
    readings = pd.DataFrame(rows, columns=list(TYPES))
    stamps = pd.to_datetime("2026-03-" + readings["time"].astype("str") + ":00", format="%Y-%m-%d %H:%M")
    return readings.assign(time=stamps).astype(TYPES)


def readings(max_hours: int, *rows: tuple[str, str, float]) -> Callable[[], Arguments]:
    """Return a maker of the arguments."""
    return lambda: (table(list(rows)), max_hours)


def without_kwh() -> Arguments:
    """Readings that lack the measured value."""
    return table([("M-1", "05 10", 1.0)]).drop(columns="kwh"), 2


def extra_column() -> Arguments:
    """Readings with a column that is not asked for and is mostly empty."""
    complete = table([("M-1", "05 10", 1.0), ("M-1", "05 12", 2.0), ("M-1", "05 13", 2.5)])
    return complete.assign(note=["replaced", None, None]), 1


def district(meters: int, hours: int, seed: int) -> Callable[[], Arguments]:
    """Return a maker of a district's readings: shuffled, with repeats and gaps of every length."""

    def make() -> Arguments:
        rng = np.random.default_rng(seed)
        first = pd.Timestamp("2026-01-01")
        frame = pd.DataFrame(
            {
                "meter": np.repeat([f"M-{number:04d}" for number in range(meters)], hours),
                "time": np.tile(pd.date_range(first, periods=hours, freq="h"), meters),
                "kwh": rng.gamma(2.0, 0.4, meters * hours).round(3),
            }
        )
        gone = rng.random(len(frame)) < 0.02
        for offset in range(1, 7):
            gone |= np.roll(gone, 1) & (rng.random(len(frame)) < 0.75 - 0.1 * offset)
        frame = frame[~gone].copy()
        frame.loc[rng.random(len(frame)) < 0.02, "kwh"] = np.nan
        repeated = frame.sample(frac=0.02, random_state=seed).assign(kwh=lambda rows: rows["kwh"] + 0.5)
        shuffled = pd.concat([frame, repeated]).sample(frac=1, random_state=seed)
        return shuffled.astype(TYPES).reset_index(drop=True), 3

    return make


CASES: list[Case] = [
    case(
        name="example-in-the-prompt",
        tag="basic",
        args=readings(1, ("M-1", "05 10", 1.0), ("M-1", "05 12", 2.0), ("M-1", "05 15", 5.0), ("M-2", "05 11", 0.4)),
    ),
    case(
        name="no-gaps",
        tag="basic",
        args=readings(2, ("M-1", "05 10", 1.0), ("M-1", "05 11", 1.5), ("M-1", "05 12", 0.0)),
    ),
    case(
        name="straight-line-over-two-hours",
        tag="basic",
        args=readings(3, ("M-1", "05 22", 1.0), ("M-1", "06 01", 4.0), ("M-1", "06 02", 3.0)),
    ),
    case(
        name="two-meters",
        tag="basic",
        args=readings(
            2,
            ("M-1", "05 10", 1.0),
            ("M-1", "05 12", 3.0),
            ("M-2", "05 10", 10.0),
            ("M-2", "05 13", 40.0),
            ("M-2", "05 14", 5.0),
        ),
    ),
    case(
        name="long-gap-stays-whole",
        tag="edge",
        args=readings(2, ("M-1", "05 10", 1.0), ("M-1", "05 16", 7.0), ("M-1", "05 18", 9.0)),
    ),
    case(
        name="gap-of-exactly-the-limit",
        tag="edge",
        args=readings(3, ("M-1", "05 10", 0.0), ("M-1", "05 14", 8.0), ("M-1", "05 19", 0.0)),
    ),
    case(
        name="same-hour-twice",
        tag="edge",
        args=readings(
            1,
            ("M-1", "05 10", 1.0),
            ("M-1", "05 10", 2.0),
            ("M-1", "05 11", NAN),
            ("M-1", "05 11", 6.0),
            ("M-1", "05 12", 3.0),
        ),
    ),
    case(
        name="rows-without-a-value",
        tag="edge",
        args=readings(
            1,
            ("M-1", "05 08", NAN),
            ("M-1", "05 10", 1.0),
            ("M-1", "05 11", NAN),
            ("M-1", "05 12", 2.0),
            ("M-1", "05 13", NAN),
            ("M-1", "05 14", NAN),
            ("M-1", "05 15", 5.0),
            ("M-1", "05 16", NAN),
        ),
    ),
    case(
        name="rows-in-any-order",
        tag="edge",
        args=readings(
            1,
            ("M-2", "05 12", 4.0),
            ("M-1", "05 13", 4.0),
            ("M-2", "05 10", 2.0),
            ("M-1", "05 10", 1.0),
            ("M-1", "05 11", 2.0),
        ),
    ),
    case(
        name="meters-with-different-days",
        tag="edge",
        args=readings(4, ("M-1", "05 10", 1.0), ("M-1", "05 12", 2.0), ("M-2", "05 15", 8.0), ("M-2", "05 16", 9.0)),
    ),
    case(
        name="meter-without-any-value",
        tag="edge",
        args=readings(2, ("M-1", "05 10", 1.0), ("M-2", "05 10", NAN), ("M-2", "05 12", NAN)),
    ),
    case(
        name="limit-of-zero-fills-nothing",
        tag="edge",
        args=readings(0, ("M-1", "05 10", 1.0), ("M-1", "05 12", 2.0), ("M-1", "05 15", 5.0)),
    ),
    case(name="extra-column", tag="edge", args=extra_column),
    case(name="no-readings", tag="edge", args=readings(2)),
    Case(
        name="the-readings-are-left-as-they-were",
        tag="edge",
        args=readings(2, ("M-1", "05 12", 3.0), ("M-1", "05 11", 1.0), ("M-1", "05 13", 2.0)),
        compare=Compare(rtol=1e-9, atol=1e-12),
    ),
    case(name="negative-limit", tag="error", args=readings(-1, ("M-1", "05 10", 1.0)), raises="ValueError"),
    case(name="column-missing", tag="error", args=without_kwh, raises="ValueError"),
    case(name="20-meters-over-a-month", tag="large", args=district(20, 720, seed=31)),
    case(name="300-meters-over-a-month", tag="large", args=district(300, 720, seed=32)),
]
