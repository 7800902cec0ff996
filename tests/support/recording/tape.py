"""The recording as it grows: read from the store, replayed record by record, with the states that a test asks about."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbassess_events.chain import genesis, link
from nbassess_events.codec import read_record
from nbassess_events.document import Document
from nbassess_events.model import Edit, Event, ExecutionStarted, Recorded, SaveStarted
from nbassess_events.replay import NotebookState, advance, sequence_gaps
from nbassess_hub.collector.recording import rows

from tests.support.recording.collector import Collector


@dataclass(frozen=True, slots=True)
class Moment:
    """A run or a save as the recording has it, and the document right then."""

    position: int
    client: str
    event: Event
    document: Document | None


@dataclass
class Tape:
    """Follows one recording."""

    collector: Collector
    records: list[Recorded] = field(default_factory=list)
    state: NotebookState = field(default_factory=NotebookState)
    moments: list[Moment] = field(default_factory=list)
    head: str = ""

    @property
    def position(self) -> int:
        """How many records were read."""
        return len(self.records)

    def read(self) -> NotebookState:
        """Read what is new, check its links, and return the state after it."""
        with self.collector.store.read() as session:
            for row in rows(session, self.collector.sitting, after=self.position):
                self.head = link(self.head or genesis(self.collector.sitting), row.body.encode("ascii"))
                assert row.hash == self.head, f"the chain is broken at {row.position}"
                self._take(read_record(row.body))
        return self.state

    def since(self, position: int) -> list[Recorded]:
        """Return the records after a position."""
        return self.records[position:]

    def versions(self, path: str) -> dict[str, Document]:
        """Return the newest document of a path by client."""
        return {client: document for (client, found), document in self.state.by_client.items() if found == path}

    def faults(self) -> list[str]:
        """Name every hole and every change that did not fit."""
        gaps = (*sequence_gaps(self.records), *self.state.gaps)
        return [f"at {gap.position} {gap.path}: {gap.reason}" for gap in gaps]

    def edits(self, since: int, path: str) -> list[Edit]:
        """Return the edits of a path after a position."""
        events = (record.event for record in self.since(since))
        return [event for event in events if isinstance(event, Edit) and event.path == path]

    def _take(self, record: Recorded) -> None:
        self.records.append(record)
        self.state = advance(self.state, record)
        event = record.event
        if isinstance(event, ExecutionStarted | SaveStarted):
            document = self.state.by_client.get((record.client, event.path))
            self.moments.append(Moment(record.position, record.client, event, document))
