"""Cases of spend-difference. All users and amounts are made up."""

from collections.abc import Callable
from functools import partial

import numpy as np
from nbassess_graders.assessment import Case, Compare

case = partial(Case, compare=Compare(rtol=1e-9, atol=1e-9), mutates_ok=True)

NAN = float("nan")

Visits = tuple[np.ndarray, np.ndarray, np.ndarray]


def visits(*rows: tuple[int, bool, float]) -> Callable[[], Visits]:
    """Return a maker of the three arguments from (user, saw the variant, spend) rows."""

    def make() -> Visits:
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        return np.array(columns[0], dtype=np.int64), np.array(columns[1], dtype=bool), np.array(columns[2], dtype=float)

    return make


def spend_too_short() -> Visits:
    """Three arguments, the last of which lacks a value."""
    users, in_variant, spend = visits((1, False, 5.0), (2, False, 1.0), (3, True, 2.0), (4, True, 3.0))()
    return users, in_variant, spend[:-1]


def experiment(users: int, visit_count: int, seed: int) -> Callable[[], Visits]:
    """Return a maker of an experiment: few visits end in a purchase, a few users saw both pages."""

    def make() -> Visits:
        rng = np.random.default_rng(seed)
        ids = rng.choice(10**12, users, replace=False)
        group = rng.random(users) < 0.5
        who = rng.integers(0, users, visit_count)
        in_variant = group[who] ^ (rng.random(visit_count) < 0.005)
        spend = np.where(rng.random(visit_count) < 0.2, rng.lognormal(3.0, 0.8, visit_count).round(2), 0.0)
        spend[rng.random(visit_count) < 0.03] = np.nan
        return ids[who], in_variant, spend

    return make


CASES: list[Case] = [
    case(
        name="example-in-the-prompt",
        tag="basic",
        args=visits(
            (7, False, 10.0), (8, False, 4.0), (7, False, 2.0), (3, True, 9.0), (5, True, NAN), (5, True, 15.0)
        ),
    ),
    case(
        name="one-visit-per-user",
        tag="basic",
        args=visits((1, False, 5.0), (2, False, 7.0), (3, False, 9.0), (4, True, 6.0), (5, True, 8.0), (6, True, 13.0)),
    ),
    case(
        name="many-visits-per-user",
        tag="basic",
        args=visits(
            *[(1, False, 2.0), (2, True, 3.0)] * 5,
            (3, False, 4.0),
            (4, True, 1.0),
            (4, True, 1.5),
            (5, False, 0.0),
        ),
    ),
    case(
        name="groups-of-different-size",
        tag="basic",
        args=visits(
            (1, False, 5.0),
            (2, False, 0.0),
            (3, False, 9.5),
            (4, False, 1.0),
            (5, False, 2.5),
            (6, True, 30.0),
            (7, True, 2.0),
        ),
    ),
    case(
        name="user-who-saw-both-pages",
        tag="edge",
        args=visits(
            (1, False, 5.0),
            (2, False, 7.0),
            (3, False, 50.0),
            (3, True, 60.0),
            (4, True, 6.0),
            (5, True, 8.0),
            (3, False, 70.0),
        ),
    ),
    case(
        name="user-with-only-missing-spend",
        tag="edge",
        args=visits((1, False, NAN), (1, False, NAN), (2, False, 7.0), (3, False, 2.0), (4, True, 6.0), (5, True, NAN)),
    ),
    case(
        name="missing-spend-in-the-other-group",
        tag="edge",
        args=visits((1, False, 5.0), (2, False, 7.0), (3, False, 3.0), (3, True, NAN), (4, True, 6.0), (5, True, 8.0)),
    ),
    case(
        name="very-large-user-numbers",
        tag="edge",
        args=visits(
            (10**15, False, 5.0), (10**15 + 1, False, 7.0), (3, True, 6.0), (10**17, True, 8.0), (3, True, 1.0)
        ),
    ),
    case(
        name="nobody-spent-anything",
        tag="edge",
        args=visits((1, False, 0.0), (2, False, NAN), (3, True, 0.0), (4, True, 0.0)),
    ),
    case(
        name="refund-makes-a-total-negative",
        tag="edge",
        args=visits((1, False, 5.0), (2, False, -7.0), (2, False, 2.0), (3, True, 6.0), (4, True, -1.0)),
    ),
    Case(
        name="the-arrays-are-left-as-they-were",
        tag="edge",
        args=visits((2, False, 4.0), (1, False, 7.0), (2, False, NAN), (5, True, 6.0), (4, True, 0.0)),
        compare=Compare(rtol=1e-9, atol=1e-9),
    ),
    case(name="arrays-of-different-length", tag="error", args=spend_too_short, raises="ValueError"),
    case(
        name="one-user-left-in-a-group",
        tag="error",
        args=visits((1, False, 5.0), (2, False, 7.0), (2, True, 1.0), (3, True, 6.0), (4, True, 8.0)),
        raises="ValueError",
    ),
    case(name="no-visits", tag="error", args=visits(), raises="ValueError"),
    case(name="2-thousand-visits", tag="large", args=experiment(500, 2_000, seed=41)),
    case(name="half-a-million-visits", tag="large", args=experiment(200_000, 500_000, seed=42)),
]
