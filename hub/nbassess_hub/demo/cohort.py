"""Make the demo cohort: scripted candidates, sent through the real collector and graded by the real graders.

Only the clock is not real: a synthetic sitting is allowed to have happened in the past, so that the dashboards have a
few days to show. Everything else takes the way of a person's sitting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from nbassess_graders.assessment import Assessment

from nbassess_hub.api_client import AdminClient
from nbassess_hub.demo.candidates import Performance, Plan, drafts_by_problem, plan, play
from nbassess_hub.demo.material import Material, load_material
from nbassess_hub.demo.outputs import OutputBook, prepare_outputs
from nbassess_hub.demo.personas import cohort

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_FIRST_HOUR, _LAST_HOUR = 8, 17

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Everything a cohort needs before its first event is sent."""

    assessment: Assessment
    materials: tuple[Material, ...]
    plans: tuple[Plan, ...]
    outputs: OutputBook
    seed: int

    def perform(self, sitting_plan: Plan, *, started_ms: int) -> Performance:
        """Play one sitting."""
        return play(
            sitting_plan,
            self.materials,
            self.outputs,
            started_ms=started_ms,
            deadline_ms=started_ms + self.assessment.minutes * 60_000,
            monitoring=self.assessment.monitoring,
            seed=self.seed,
        )


def rehearse(assessment: Assessment, *, size: int, seed: int, progress: Progress) -> Rehearsal:
    """Invent the people, decide what they write, and run the author's solutions for the outputs they will see."""
    materials = tuple(load_material(problem) for problem in assessment.problems)
    plans = tuple(plan(persona, materials, seed) for persona in cohort(seed, size))
    drafts = drafts_by_problem(plans)
    results = {}
    for material in materials:
        progress(f"preparing outputs of {material.slug}")
        results.update(prepare_outputs(material, drafts[material.slug]))
    return Rehearsal(assessment=assessment, materials=materials, plans=plans, outputs=OutputBook(results), seed=seed)


def send_cohort(service: AdminClient, rehearsal: Rehearsal, *, now_ms: int, progress: Progress) -> list[str]:
    """Send every sitting through the collector; returns their ids. Grading has been asked for when this returns.

    May be repeated: what is there stays, and a sitting that was cut short is sent to its end.
    """
    present = {each["candidate"]: each for each in _synthetic_sittings(service, rehearsal)}
    starts = start_times(len(rehearsal.plans), rehearsal.seed, now_ms=now_ms)
    sittings = []
    for sitting_plan, started_ms in zip(rehearsal.plans, starts, strict=True):
        name = sitting_plan.persona.name
        progress(name)
        found = present.get(name) or _create(service, rehearsal, name, started_ms)
        sittings.append(str(found["id"]))
        if found["status"] == "running":
            performance = rehearsal.perform(sitting_plan, started_ms=found["started_ms"])
            _send(service, str(found["id"]), performance)
    return sittings


def start_times(size: int, seed: int, *, now_ms: int, days: int = 9) -> Sequence[int]:
    """Spread starts over the working hours of past days, earliest first."""
    random = Random(f"{seed}/starts")  # noqa: S311 -- play
    today_ms = now_ms - now_ms % _DAY_MS
    starts = (
        today_ms - random.randint(1, days) * _DAY_MS + random.randint(_FIRST_HOUR * _HOUR_MS, _LAST_HOUR * _HOUR_MS)
        for _ in range(size)
    )
    return sorted(starts)


def _synthetic_sittings(service: AdminClient, rehearsal: Rehearsal) -> list[dict[str, Any]]:
    assessment = rehearsal.assessment
    found = service.get("sittings", assessment=assessment.id, version=assessment.version)["sittings"]
    return [each for each in found if each["is_synthetic"]]


def _create(service: AdminClient, rehearsal: Rehearsal, name: str, started_ms: int) -> dict[str, Any]:
    body = {"assessment": rehearsal.assessment.id, "candidate_name": name, "started_ms": started_ms}
    made = service.post("synthetic", "sittings", json=body)
    return {"id": made["id"], "status": "running", "started_ms": started_ms}


def _send(service: AdminClient, sitting: str, performance: Performance) -> None:
    for batch in performance.tape.batches(window_s=60.0):  # fewer requests: nobody watches these live
        service.post("sittings", sitting, "events", json=batch.body, received_ms=batch.received_ms)
    if performance.submitted_ms is not None:
        end = {"ended_ms": performance.submitted_ms, "end_reason": "submitted"}
    else:
        end = {"ended_ms": performance.tape.deadline_ms, "end_reason": "deadline"}
    service.post("synthetic", "sittings", sitting, "finish", json=end)
