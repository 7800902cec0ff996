"""Process: the time that a candidate spent on each problem, by the recording. It is shown, and scores nothing.

Between two events of one page the notebook of the first was at hand; a pause of more than a minute is reading,
thinking or a break, nobody knows which, and counts as idle. Two pages open at once are counted once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Final

from nbassess_events.model import Recorded

IDLE_MS: Final = 60_000

Span = tuple[int, int]


def seconds_by_path(records: Iterable[Recorded]) -> dict[str, float]:
    """Return the seconds during which each notebook was worked on."""
    pages: dict[str, list[Recorded]] = {}
    for record in records:
        pages.setdefault(record.client, []).append(record)
    spans: dict[str, list[Span]] = {}
    for page in pages.values():
        for path, span in _page_spans(sorted(page, key=lambda record: record.event.seq)):
            spans.setdefault(path, []).append(span)
    return {path: _covered_ms(found) / 1000 for path, found in sorted(spans.items())}


def _page_spans(page: Sequence[Recorded]) -> Iterable[tuple[str, Span]]:
    """Return the spans of one page on the server's clock; the smallest delay seen tells the clocks apart."""
    offset_ms = min(record.received_ms - record.event.t_ms for record in page)
    path = ""
    for one, other in itertools.pairwise(page):
        path = getattr(one.event, "path", path)
        start_ms, end_ms = one.event.t_ms + offset_ms, other.event.t_ms + offset_ms
        if path and 0 < end_ms - start_ms <= IDLE_MS:
            yield path, (start_ms, end_ms)


def _covered_ms(spans: list[Span]) -> int:
    covered, reached = 0, 0
    for start_ms, end_ms in sorted(spans):
        covered += max(0, end_ms - max(start_ms, reached))
        reached = max(reached, end_ms)
    return covered
