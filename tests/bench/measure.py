"""What a benchmark gives: a median, how far values lie apart, and where there is one, the same of a peer."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One line of the table. `spread` is the interquartile range in `unit`, None below three values.

    `ratio` says how many times better than the peer this is, measured in the same run; None without a peer.
    """

    name: str
    value: float
    unit: str
    n: int
    spread: float | None
    peer: str | None = None
    ratio: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the line of build/bench.json."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "peer": self.peer,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "n": self.n,
            "spread": None if self.spread is None else round(self.spread, 4),
        }


def measured(
    name: str, values: Sequence[float], unit: str, *, peer: str | None = None, ratio: float | None = None
) -> Measurement:
    """Make a measurement of single values."""
    spread = None
    if len(values) > 2:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        spread = high - low
    return Measurement(
        name=name, value=statistics.median(values), unit=unit, n=len(values), spread=spread, peer=peer, ratio=ratio
    )
