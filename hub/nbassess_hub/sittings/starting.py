"""From consent to a running clock.

created -> starting: a server is asked for. starting -> running: the server answered, and only now does the clock start.
A failed start goes back to created, with the reason. Every step may be repeated: two clicks make one sitting.
"""

from collections.abc import Callable
from dataclasses import dataclass

from nbassess_events.chain import genesis
from sqlalchemy import select
from sqlalchemy.orm import Session

from nbassess_hub.clock import Clock
from nbassess_hub.credentials import Randomness, new_id
from nbassess_hub.errors import Conflict
from nbassess_hub.scopes import CANDIDATE_GROUP
from nbassess_hub.sittings.boots import Boot, Boots
from nbassess_hub.sittings.consent import consent_row
from nbassess_hub.sittings.published import payload_of
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Assessment, Sitting

ENDED = ("submitted", "collected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """Create sittings and bring them to life."""

    store: Store
    clock: Clock
    randomness: Randomness
    boots: Boots
    refusal: Callable[[], str | None]
    """Why no new sitting may start now, or None."""

    def create(self, *, candidate_id: str, assessment_id: str, version: int) -> str:
        """Record the candidate's consent and return the sitting's id; a repeated consent returns the same sitting."""
        now_ms = self.clock.now_ms()
        with self.store.write() as session:
            lookup.candidate(session, candidate_id, lock=True)
            assessment = lookup.assessment(session, assessment_id, version)
            existing = latest_sitting(session, candidate_id, is_practice=assessment.is_practice)
            if existing is not None and not (existing.is_practice and existing.status in ENDED):
                return existing.id
            consent = consent_row(candidate_id, payload_of(assessment), now_ms)
            session.add(consent)
            session.flush()
            sitting = new_sitting(assessment, candidate_id=candidate_id, randomness=self.randomness, now_ms=now_ms)
            sitting.consent_id = consent.id
            session.add(sitting)
            subject = f"sitting:{sitting.id}"
            audit(session, at_ms=now_ms, actor=f"candidate:{candidate_id}", action="consent", subject=subject)
            return sitting.id

    def boot(self, sitting_id: str) -> Boot:
        """Have the sitting's server started (again) and return how far it is. Raises Conflict after the end."""
        return self._refused(sitting_id) or self.boots.begin(
            self._ask_for_server(sitting_id), CANDIDATE_GROUP, self.mark_ready
        )

    def ensure(self, sitting_id: str) -> Boot:
        """Return how far the sitting's server is; start it when it is not there, also after it has died.

        Raises Conflict after the end, Unavailable when the hub does not answer.
        """
        with self.store.read() as session:
            sitting = lookup.sitting(session, sitting_id)
            if sitting.status == "created" and sitting.failure is not None:
                return Boot(state="failed", percent=100, message=sitting.failure)
        return self._refused(sitting_id) or self.boots.ensure(
            self._ask_for_server(sitting_id), CANDIDATE_GROUP, self.mark_ready
        )

    def _refused(self, sitting_id: str) -> Boot | None:
        """Keep a sitting from its first start while nobody new may start; one that has begun is never refused."""
        refusal = self.refusal()
        if refusal is None:
            return None
        with self.store.write() as session:
            sitting = lookup.sitting(session, sitting_id, lock=True)
            if sitting.status != "created":
                return None
            sitting.failure = refusal
        return Boot(state="failed", percent=100, message=refusal)

    def _ask_for_server(self, sitting_id: str) -> str:
        with self.store.write() as session:
            sitting = lookup.sitting(session, sitting_id, lock=True)
            if sitting.status in ENDED:
                raise Conflict(f"Sitting {sitting_id} has ended; it cannot start again.", code="sitting_ended")
            if sitting.status == "created":
                sitting.status, sitting.failure = "starting", None
                sitting.starting_ms = self.clock.now_ms()
            return sitting.hub_user

    def progress(self, sitting_id: str) -> Boot:
        """Return how far the start is, and take note of a failed one. Raises NotFound, Conflict, Unavailable."""
        with self.store.read() as session:
            sitting = lookup.sitting(session, sitting_id)
            known = self.boots.get(sitting.hub_user)
        if known is None or sitting.status == "created":
            return self.ensure(sitting_id)
        if known.state == "failed" and sitting.status == "starting":
            self._mark_failed(sitting_id, known.message)
        return known

    def mark_ready(self, hub_user: str) -> None:
        """Start the clock of the sitting whose server has just answered; a clock that runs is left alone."""
        now_ms = self.clock.now_ms()
        with self.store.write() as session:
            sitting = lookup.sitting_of_hub_user(session, hub_user, lock=True)
            if sitting.status not in ("created", "starting"):
                return
            sitting.status, sitting.failure = "running", None
            sitting.started_ms, sitting.deadline_ms = now_ms, now_ms + sitting.limit_ms
            after = {"started_ms": now_ms, "deadline_ms": sitting.deadline_ms}
            audit(session, at_ms=now_ms, actor="service", action="start", subject=f"sitting:{sitting.id}", after=after)

    def _mark_failed(self, sitting_id: str, message: str) -> None:
        with self.store.write() as session:
            sitting = lookup.sitting(session, sitting_id, lock=True)
            if sitting.status == "starting":
                sitting.status, sitting.failure = "created", message

    def starting_sittings(self) -> list[str]:
        """Return the sittings that wait for their server."""
        with self.store.read() as session:
            return list(session.scalars(select(Sitting.id).where(Sitting.status == "starting")))


def latest_sitting(session: Session, candidate_id: str, *, is_practice: bool) -> Sitting | None:
    """Return the candidate's newest sitting of this kind."""
    mine = (Sitting.candidate_id == candidate_id) & (Sitting.is_practice == is_practice)
    return session.scalar(select(Sitting).where(mine).order_by(Sitting.created_ms.desc()).limit(1))


def new_sitting(
    assessment: Assessment, *, candidate_id: str, randomness: Randomness, now_ms: int, is_synthetic: bool = False
) -> Sitting:
    """Return a sitting that has not started."""
    sitting_id = new_id(randomness)
    return Sitting(
        id=sitting_id,
        hub_user=f"s-{sitting_id}",
        candidate_id=candidate_id,
        assessment_id=assessment.id,
        assessment_version=assessment.version,
        status="created",
        is_practice=assessment.is_practice,
        is_synthetic=is_synthetic,
        limit_ms=payload_of(assessment)["minutes"] * 60_000,
        created_ms=now_ms,
        head=genesis(sitting_id),
        position=0,
        recorded_bytes=0,
        stop_attempts=0,
    )
