"""Cases of the practice problem. All temperatures are made up."""

import random

from nbassess_graders.assessment import Case, Compare

CLOSE = Compare(rtol=1e-9, atol=1e-9)


def half_a_year() -> tuple[list[float | None]]:
    """Two hundred thousand readings, a few of them missing."""
    rng = random.Random(71)
    return ([None if rng.random() < 0.01 else round(rng.gauss(9.0, 8.0), 1) for _ in range(200_000)],)


def month_of_minutes() -> tuple[list[float | None]]:
    """Forty thousand readings, half of them missing."""
    rng = random.Random(72)
    return ([None if rng.random() < 0.5 else round(rng.gauss(-4.0, 3.0), 1) for _ in range(40_000)],)


CASES: list[Case] = [
    Case(name="example-in-the-prompt", tag="basic", args=([18.0, None, 21.0, 24.0],), compare=CLOSE),
    Case(name="one-reading", tag="basic", args=([20.5],), compare=CLOSE),
    Case(name="nothing-missing", tag="basic", args=([1.5, 2.5, 3.5, 4.5],), compare=CLOSE),
    Case(name="several-missing", tag="basic", args=([None, 10.0, None, None, 14.0],), compare=CLOSE),
    Case(name="zero-degrees-is-a-reading", tag="edge", args=([0.0, 10.0, None],), compare=CLOSE),
    Case(name="below-zero", tag="edge", args=([-3.0, -5.0, 2.0],), compare=CLOSE),
    Case(name="average-is-zero", tag="edge", args=([-4.0, None, 4.0],), compare=CLOSE),
    Case(name="one-reading-among-missing", tag="edge", args=([None, None, 7.25, None],), compare=CLOSE),
    Case(name="no-readings", tag="error", args=([],), raises="ValueError"),
    Case(name="only-missing", tag="error", args=([None, None],), raises="ValueError"),
    Case(name="month-of-minutes", tag="large", args=month_of_minutes, compare=CLOSE),
    Case(name="two-hundred-thousand-readings", tag="large", args=half_a_year, compare=CLOSE),
]
