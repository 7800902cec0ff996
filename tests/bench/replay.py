"""How long it takes to jump to any moment of a one-hour recording."""

from __future__ import annotations

import time
from random import Random

from nbassess_events.replay import Replay

from tests.bench.measure import Measurement, measured
from tests.bench.recordings import performances, recorded

_HOUR_MS = 3_600_000
_SEEKS = 300


def replay_seek_ms() -> list[Measurement]:
    """Seek to random positions; building the replay is not part of it."""
    longest = max((recorded(each) for each in performances(6)), key=lambda records: records[-1].event.t_ms)
    started_ms = longest[0].event.t_ms
    hour = [record for record in longest if record.event.t_ms <= started_ms + _HOUR_MS]
    replay, random, taken = Replay(hour), Random(1), []
    for _ in range(_SEEKS):
        position = random.randint(1, len(hour))
        begun = time.perf_counter()
        replay.state_at(position)
        taken.append((time.perf_counter() - begun) * 1000)
    return [measured("replay_seek_ms", taken, "ms")]
