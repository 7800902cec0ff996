"""Submit from this server: bring everything to the collector first, and let nothing of ours keep anybody from it.

A full disk, a batch that cannot be accepted, a forwarder in trouble: each is a line in the log. Only a service that is
away, or that is still receiving, makes the page ask again; and a person may decide to submit what has arrived.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from nbassess_events.errors import EventsError

from nbassess_recorder.errors import JournalError, JournalGapError, ServiceUnreachableError, StillSendingError

if TYPE_CHECKING:
    from nbassess_recorder.app import Recorder

Json = dict[str, Any]

FLUSH_S = 15.0

log = logging.getLogger(__name__)


async def submit(
    recorder: Recorder,
    documents: dict[str, str],
    batches: list[object],
    *,
    is_incomplete: bool = False,
    flush_s: float = FLUSH_S,
) -> Json:
    """Accept what came along, forward everything, submit; returns the service's answer. Safe to repeat.

    Raises ServiceUnreachableError and StillSendingError (ask again), ServiceRefusedError (the service's answer).
    """
    _carry(recorder, batches)
    with suppress(JournalError):  # a full disk: it is forwarded from memory
        await recorder.journal.commit()
    if not await recorder.forwarder.flush(flush_s) and not is_incomplete:
        _check_forwarding(recorder)
    answer = await recorder.service.submit(documents)
    receipt = answer.get("receipt")
    if isinstance(receipt, dict):
        recorder.keep_receipt(receipt)
        recorder.heads.keep()
    return answer


def _carry(recorder: Recorder, batches: list[object]) -> None:
    """Accept what came along with the submission, as far as it can be accepted."""
    for batch in batches:
        try:
            # As text, so that it goes through every check of the wire.
            recorder.intake.take(json.dumps(batch, allow_nan=False))
        except (EventsError, JournalError, JournalGapError, ValueError, RecursionError) as error:
            log.warning("nbassess: a batch that came with the submission was left out: %s", error)


def _check_forwarding(recorder: Recorder) -> None:
    """Make the page wait for a service that is away or still receiving; a refusal is no reason to wait."""
    status = recorder.forwarder.status
    if status.recording == "delayed":
        raise ServiceUnreachableError("The service that stores your recording cannot be reached at the moment.")
    if status.recording == "ok":
        raise StillSendingError("Your recording is still on its way to the service.")
