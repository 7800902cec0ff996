"""When things happened, by the server's clock, told from two clocks of which one cannot be trusted.

The client's clock `t_ms` never runs backwards, but starts anywhere (a laptop's clock can be hours off) and stands still
while a computer sleeps. The server's `received_ms` is right but late, by an hour when the network was away for one. The
difference of the two is the client's offset plus the delay on the way; the smallest difference seen is the best guess
of the offset (the clock filter of NTP, RFC 5905 section 10). After a sleep the offset has grown for good: that is
believed as far as the heartbeats' wall clock says so and every later receipt allows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from nbassess_events.model import Heartbeat, Recorded, ServerEvent, ServerHeartbeat


@dataclass(slots=True)
class _Clock:
    """What is known of one client's clock: the smallest delay of all, and its wall clock's lead at the beginning."""

    base: int
    first_lead: int | None = None
    slept: int = 0
    latest: int = 0


def moments(records: Sequence[Recorded]) -> list[int]:
    """Return the time of each record in server milliseconds, never running backwards."""
    return in_order(records, own_times(records))


def in_order(records: Sequence[Recorded], own: Sequence[int]) -> list[int]:
    """Return times that never run backwards, from those that each record's own client says.

    What a page did while its line was cut arrives after what the Jupyter server saw later, and keeps its time: the
    server's notes, which change no notebook, are told no later than the page's record that comes next.
    """
    times, latest = list(own), 0
    for index, record in enumerate(records):
        if not isinstance(record.event, ServerEvent):
            latest = times[index] = max(latest, times[index])
    following = None
    for index in reversed(range(len(records))):
        if not isinstance(records[index].event, ServerEvent):
            following = times[index]
        elif following is not None:
            times[index] = min(times[index], following)
    return [*accumulate(times, max)]


def own_times(records: Sequence[Recorded]) -> list[int]:
    """Return when each record's own client says it was, in server milliseconds; backwards only between clients."""
    allowed = _smallest_later_delays(records)
    clocks: dict[str, _Clock] = {}
    for record, smallest in zip(records, allowed, strict=True):
        # The first record of a client sees all later ones: its smallest delay is the smallest of all.
        clocks.setdefault(record.client, _Clock(base=smallest))
    times = []
    for record, smallest in zip(records, allowed, strict=True):
        clock = clocks[record.client]
        _look_at_wall_clock(clock, record)
        offset = clock.base + min(clock.slept, smallest - clock.base)
        clock.latest = max(clock.latest, record.event.t_ms + offset)
        times.append(clock.latest)
    return times


def _smallest_later_delays(records: Sequence[Recorded]) -> list[int]:
    """Return per record the smallest delay of this and every later record of the same client."""
    smallest: dict[str, int] = {}
    found = []
    for record in reversed(records):
        delay = record.received_ms - record.event.t_ms
        smallest[record.client] = min(delay, smallest.get(record.client, delay))
        found.append(smallest[record.client])
    return found[::-1]


def _look_at_wall_clock(clock: _Clock, record: Recorded) -> None:
    event = record.event
    if isinstance(event, Heartbeat | ServerHeartbeat):
        lead = event.wall_ms - event.t_ms
        clock.first_lead = lead if clock.first_lead is None else clock.first_lead
        clock.slept = max(0, lead - clock.first_lead)
