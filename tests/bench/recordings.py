"""Recordings for benchmarks: scripted candidates on the real problems."""

from __future__ import annotations

from pathlib import Path

from nbassess_events.codec import parse_batch
from nbassess_events.model import Recorded
from nbassess_graders.assessment import Assessment, load_assessment
from nbassess_hub.demo.candidates import Performance
from nbassess_hub.demo.cohort import Rehearsal, rehearse

REPO = Path(__file__).resolve().parents[2]
STARTED_MS = 1_790_000_000_000


def assessment(name: str = "data-analyst") -> Assessment:
    """Load an assessment of the library."""
    return load_assessment(REPO / "notebooks" / "assessments" / f"{name}.toml")


def rehearsed(size: int) -> Rehearsal:
    """Prepare scripted candidates."""
    return rehearse(assessment(), size=size, seed=3, progress=lambda _detail: None)


def performances(size: int) -> list[Performance]:
    """Play scripted candidates."""
    rehearsal = rehearsed(size)
    return [rehearsal.perform(plan, started_ms=STARTED_MS) for plan in rehearsal.plans]


def recorded(performance: Performance) -> list[Recorded]:
    """Return a played sitting as the collector would have stored it."""
    records: list[Recorded] = []
    for batch in performance.tape.batches():
        parsed = parse_batch(batch.body)
        for event in parsed.events:
            position = len(records) + 1
            records.append(
                Recorded(position=position, client=parsed.client, received_ms=batch.received_ms, event=event)
            )
    return records
