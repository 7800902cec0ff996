"""Sittings of scripted candidates, for demonstrations and tests: marked as synthetic for ever.

They pass through the same collector and the same end as everybody's. Only their clock is the caller's: start, receipt
times and end lie where the caller says, in the past.
"""

from dataclasses import dataclass

from nbassess_hub.collector.signing import Signer
from nbassess_hub.credentials import Randomness, new_id
from nbassess_hub.errors import BadInput, Forbidden
from nbassess_hub.sittings.ending import Ended, Receipt, end_sitting
from nbassess_hub.sittings.invitations import clean_name
from nbassess_hub.sittings.starting import new_sitting
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Candidate, Sitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the caller says about a scripted sitting."""

    assessment_id: str
    candidate_name: str
    started_ms: int
    limit_ms: int | None


def create_synthetic(store: Store, script: Script, *, now_ms: int, randomness: Randomness, actor: str) -> Sitting:
    """Create a running synthetic sitting whose clock started when the caller says. Raises BadInput, NotFound."""
    if script.started_ms > now_ms:
        raise BadInput(f"started_ms {script.started_ms} lies in the future; a synthetic sitting is past.")
    with store.write() as session:
        assessment = lookup.assessment(session, script.assessment_id)
        candidate = Candidate(
            id=new_id(randomness),
            name=clean_name(script.candidate_name),
            email=None,
            is_synthetic=True,
            created_ms=now_ms,
        )
        session.add(candidate)
        session.flush()
        sitting = new_sitting(
            assessment, candidate_id=candidate.id, randomness=randomness, now_ms=now_ms, is_synthetic=True
        )
        sitting.limit_ms = script.limit_ms or sitting.limit_ms
        sitting.status, sitting.started_ms = "running", script.started_ms
        sitting.deadline_ms = script.started_ms + sitting.limit_ms
        session.add(sitting)
        audit(session, at_ms=now_ms, actor=actor, action="synthetic-start", subject=f"sitting:{sitting.id}")
        session.flush()
        session.expunge(sitting)
        return sitting


def check_synthetic(sitting: Sitting) -> None:
    """Raise Forbidden unless times given by the caller may be believed for this sitting."""
    if not sitting.is_synthetic:
        raise Forbidden(
            f"Sitting {sitting.id} is a person's: its times come from this server's clock only. Leave received_ms out.",
            code="not_synthetic",
        )


def finish_synthetic(store: Store, sitting_id: str, ended: Ended, *, randomness: Randomness, signer: Signer) -> Receipt:
    """End a synthetic sitting at the caller's time. Raises Forbidden, NotFound, Conflict."""
    with store.read() as session:
        check_synthetic(lookup.sitting(session, sitting_id))
    return end_sitting(store, sitting_id, ended, randomness=randomness, signer=signer)
