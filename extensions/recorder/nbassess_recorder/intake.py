"""What a page may hand in: the one gate between the browser and the journal, whichever way a batch comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbassess_events.codec import parse_batch
from nbassess_events.errors import BatchError
from nbassess_events.model import Batch, ServerEvent

from nbassess_recorder.forward import Forwarder
from nbassess_recorder.journal import Journal


class Intake:
    """Checks a page's batch and puts it into the journal."""

    def __init__(self, journal: Journal, forwarder: Forwarder, server_client: str) -> None:
        self._journal = journal
        self._forwarder = forwarder
        self._server_client = server_client

    def take(self, raw: bytes | str | Mapping[str, Any]) -> Batch:
        """Accept a batch of a page; promised only after the journal's `commit`.

        Raises EventsError for a batch that no page may send, JournalGapError and JournalError as `Journal.accept` does.
        """
        batch = parse_batch(raw)
        self._check_sender(batch)
        self._journal.accept(batch)
        self._forwarder.wake()
        return batch

    def _check_sender(self, batch: Batch) -> None:
        """A page cannot speak for the server: the witnesses would be one."""
        if batch.client == self._server_client:
            raise BatchError("client: this one is the server's own; a page has another")
        for index, event in enumerate(batch.events):
            if isinstance(event, ServerEvent):
                raise BatchError(f"events[{index}]: only the server may write {event.TYPE!r}")
