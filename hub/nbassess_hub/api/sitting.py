"""What a candidate's notebook server asks: its sitting, its files, and to take events and the submission in."""

import base64
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from nbassess_events.codec import parse_batch
from nbassess_events.errors import EventsError
from nbassess_events.model import Batch
from sqlalchemy.orm import Session

from nbassess_hub.api.bodies import SubmitBody, raw_body
from nbassess_hub.api.parts import Parts, caller_of, parts_of
from nbassess_hub.credentials import Principal
from nbassess_hub.errors import BadInput, Forbidden
from nbassess_hub.sittings.ending import Ended, end_sitting
from nbassess_hub.sittings.listing import candidate_view
from nbassess_hub.sittings.synthetic import check_synthetic
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit
from nbassess_hub.store.models import Sitting

Answer = dict[str, Any]
RawBody = Annotated[bytes, Depends(raw_body)]
ReceivedMs = Annotated[int | None, Query(ge=0, le=2**53)]


def read_sitting(request: Request) -> Answer:
    """Return the caller's sitting: assessment, problems, clock."""
    parts, caller = parts_of(request), caller_of(request)
    with parts.store.read() as session:
        sitting = lookup.sitting_of_hub_user(session, caller.hub_user or "")
        return candidate_view(session, sitting, parts.clock.now_ms())


def read_bundle(request: Request) -> Answer:
    """Return the files to work on; nothing that grades."""
    parts, caller = parts_of(request), caller_of(request)
    with parts.store.read() as session:
        return bundle_of(parts, session, lookup.sitting_of_hub_user(session, caller.hub_user or ""))


def bundle_of(parts: Parts, session: Session, sitting: Sitting) -> Answer:
    """Return the files of a sitting's assessment that its candidate may have."""
    files = parts.bundles.files(session, sitting.assessment_id, sitting.assessment_version)
    return {
        "files": [{"path": file.path, "content_b64": base64.b64encode(file.content).decode("ascii")} for file in files]
    }


def post_own_events(
    request: Request, body: RawBody, sitting: str | None = None, received_ms: ReceivedMs = None
) -> Answer:
    """Take a batch of events in for the caller's sitting (the administrator names a synthetic one)."""
    parts, caller = parts_of(request), caller_of(request)
    if caller.is_admin:
        if sitting is None:
            raise BadInput("The administrator has no sitting: name a synthetic one with ?sitting=<id>.")
        return _take_in(parts, caller, sitting, body, received_ms)
    return _take_in(parts, caller, _own_sitting_id(parts, caller), body, received_ms)


def post_events(request: Request, sitting_id: str, body: RawBody, received_ms: ReceivedMs = None) -> Answer:
    """Take a batch of events in for a sitting that must be the caller's."""
    parts, caller = parts_of(request), caller_of(request)
    if not caller.is_admin and _own_sitting_id(parts, caller) != sitting_id:
        _refuse_foreign(parts, caller, sitting_id)
    return _take_in(parts, caller, sitting_id, body, received_ms)


def _own_sitting_id(parts: Parts, caller: Principal) -> str:
    with parts.store.read() as session:
        return lookup.sitting_of_hub_user(session, caller.hub_user or "").id


def _refuse_foreign(parts: Parts, caller: Principal, sitting_id: str) -> None:
    with parts.store.write() as session:
        subject = f"sitting:{sitting_id[:60]}"
        audit(session, at_ms=parts.clock.now_ms(), actor=caller.name, action="foreign-events", subject=subject)
    raise Forbidden(
        f"{caller.name} has no part in sitting {sitting_id!r:.60}: events go to one's own sitting only. Post to "
        "api/sitting/events.",
        code="wrong_sitting",
    )


def _take_in(parts: Parts, caller: Principal, sitting_id: str, body: bytes, received_ms: int | None) -> Answer:
    batch = _parse(body)
    now_ms = parts.clock.now_ms()
    if caller.is_admin:
        with parts.store.read() as session:
            check_synthetic(lookup.sitting(session, sitting_id))
    elif received_ms is not None:
        raise Forbidden("received_ms is for synthetic sittings only. Leave it out.", code="not_synthetic")
    else:
        parts.rates.events.spend(sitting_id, len(batch.events), now_ms)
        parts.rates.event_bytes.spend(sitting_id, len(body), now_ms)
    received_ms = now_ms if received_ms is None else received_ms
    return asdict(parts.intake.take_in(sitting_id, batch, received_ms=received_ms))


def _parse(body: bytes) -> Batch:
    try:
        return parse_batch(body)
    except EventsError as error:
        raise BadInput(f"This batch cannot be stored: {error}", code="bad_batch") from error


def submit(request: Request, body: SubmitBody) -> Answer:
    """End the caller's sitting with what is recorded; asking again returns the same receipt."""
    parts, caller = parts_of(request), caller_of(request)
    now_ms = parts.clock.now_ms()
    ended = Ended(
        reason="submitted",
        at_ms=now_ms,
        actor=caller.name,
        claimed=body.documents,
        stop_after_ms=now_ms + parts.timing.stop_delay_ms,
    )
    sitting_id = _own_sitting_id(parts, caller)
    receipt = end_sitting(parts.store, sitting_id, ended, randomness=parts.randomness, signer=parts.signer)
    return {"receipt": asdict(receipt)}
