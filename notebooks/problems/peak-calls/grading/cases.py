"""Cases of peak-calls. All calls are made up."""

import random
from collections.abc import Callable
from functools import partial

from nbassess_graders.assessment import Case

case = partial(Case, mutates_ok=True)

DAY_S = 86_400

Arguments = tuple[list[tuple[int, int]]]


def calls(*rows: tuple[int, int]) -> Callable[[], Arguments]:
    """Return a maker of the argument."""
    return lambda: (list(rows),)


def centre(count: int, span_s: int, longest_s: int, seed: int) -> Callable[[], Arguments]:
    """Return a maker of the calls of a centre, in no order."""

    def make() -> Arguments:
        rng = random.Random(seed)
        starts = [1_760_000_000 + rng.randrange(span_s) for _ in range(count)]
        return ([(start, start + rng.randrange(longest_s)) for start in starts],)

    return make


CASES: list[Case] = [
    case(name="example-in-the-prompt", tag="basic", args=calls((100, 160), (130, 200), (160, 220), (150, 155))),
    case(name="one-call", tag="basic", args=calls((40, 70))),
    case(name="calls-one-after-the-other", tag="basic", args=calls((10, 20), (25, 30), (31, 40))),
    case(name="calls-inside-a-long-call", tag="basic", args=calls((0, 1000), (100, 200), (150, 300), (160, 170))),
    case(name="no-calls", tag="edge", args=calls()),
    case(
        name="hang-up-frees-the-line-for-the-next-call", tag="edge", args=calls((10, 20), (20, 30), (30, 40), (5, 10))
    ),
    case(name="calls-without-length", tag="edge", args=calls((10, 10), (10, 10), (15, 20), (17, 17))),
    case(name="only-calls-without-length", tag="edge", args=calls((10, 10), (12, 12))),
    case(name="peak-reached-twice", tag="edge", args=calls((50, 60), (55, 58), (10, 20), (15, 18), (80, 90), (85, 86))),
    case(name="equal-calls", tag="edge", args=calls((5, 9), (5, 9), (5, 9), (6, 7))),
    case(name="times-before-zero", tag="edge", args=calls((-20, -5), (-10, 3), (-6, 0), (1, 2))),
    case(name="a-year-between-calls", tag="edge", args=calls((0, 60), (365 * DAY_S, 365 * DAY_S + 60), (30, 45))),
    Case(name="the-list-is-left-as-it-was", tag="edge", args=calls((30, 50), (10, 40), (20, 20), (0, 15))),
    case(name="call-ends-before-it-starts", tag="error", args=calls((10, 20), (30, 25)), raises="ValueError"),
    case(name="only-an-impossible-call", tag="error", args=calls((7, 3)), raises="ValueError"),
    case(name="2-thousand-calls", tag="large", args=centre(2_000, DAY_S, 900, seed=51)),
    case(name="60-thousand-long-calls", tag="large", args=centre(60_000, DAY_S, 40_000, seed=52)),
    case(name="120-thousand-calls", tag="large", args=centre(120_000, 4 * DAY_S, 1_800, seed=53)),
]
