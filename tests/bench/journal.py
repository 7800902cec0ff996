"""How long the Jupyter server's disk takes for one batch of keystrokes: accepted, written, and waited for (fsync)."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from nbassess_events.codec import parse_batch
from nbassess_recorder.journal import Journal

from tests.bench.keystrokes import batches, keystrokes
from tests.bench.measure import Measurement, measured
from tests.bench.priority import ahead_of_others

_KEYSTROKES = 5_000
_ROUNDS = 5


def journal_append(count: int = _KEYSTROKES, rounds: int = _ROUNDS) -> list[Measurement]:
    """Append the batches that a page would send, one after the other."""
    texts = [batch.text for batch in batches(keystrokes(count), client="00112233445566aa")]
    with tempfile.TemporaryDirectory(prefix="nbassess-bench-") as folder, ahead_of_others():
        taken_ms = asyncio.run(_append(Journal(Path(folder)), texts))
    size = len(taken_ms) // rounds
    parts = [taken_ms[number * size : (number + 1) * size] for number in range(rounds)]
    p95s = [statistics.quantiles(part, n=20, method="inclusive")[18] for part in parts]
    return [measured("journal_append_ms", taken_ms, "ms"), measured("journal_append_p95_ms", p95s, "ms")]


async def _append(journal: Journal, texts: list[str]) -> list[float]:
    taken_ms = []
    for text in texts:
        batch = parse_batch(text)
        begun = time.perf_counter()
        journal.accept(batch)
        await journal.commit()
        taken_ms.append((time.perf_counter() - begun) * 1000)
    journal.close()
    return taken_ms
