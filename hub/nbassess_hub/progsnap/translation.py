"""From recorded events to rows, one after the other: only the present state is held, never the recording."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nbassess_events.codec import event_to_wire
from nbassess_events.document import Document, canonical_bytes
from nbassess_events.model import (
    ActiveCell,
    CellsChanged,
    ClientStarted,
    DetailDropped,
    Edit,
    Event,
    ExecutionFinished,
    ExecutionStarted,
    FileOpened,
    NotebookOpened,
    Recorded,
    Saved,
    ServerEvent,
)
from nbassess_events.replay import NotebookState, Sequences, advance

from nbassess_hub.progsnap.columns import DIRECT
from nbassess_hub.progsnap.description import own_type
from nbassess_hub.progsnap.documents import Documents
from nbassess_hub.progsnap.rows import Row, Rows, timestamp
from nbassess_hub.progsnap.runs import Resources, result_of
from nbassess_hub.progsnap.sections import cell_section, encoded, section_of
from nbassess_hub.progsnap.subjects import Subject
from nbassess_hub.progsnap.texts import shown

_NOT_IN_DATA = frozenset({"type", "seq", "t_ms", "ops", "cells", "text", "outputs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingError:
    """A place where the recording is not whole."""

    id: str
    position: int
    kind: str
    explanation: str


@dataclass(slots=True)
class Translation:
    """Translate the recording of one sitting. Whoever reads `errors` may empty it."""

    subject: Subject
    code_states: Iterator[int]
    resources: Resources
    errors: list[LoggingError] = field(default_factory=list)
    state: NotebookState = field(default_factory=NotebookState)
    rows: Rows = field(init=False)
    documents: Documents = field(init=False)
    _sequences: Sequences = field(default_factory=Sequences)
    _last: dict[str, Recorded] = field(default_factory=dict)
    _runs: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _error_count: int = 0

    def __post_init__(self) -> None:
        """Make the rows, and the documents that stand on them."""
        self.rows = Rows(self.subject, self.code_states)
        self.documents = Documents(self.rows)

    def translate(self, record: Recorded) -> list[Row]:
        """Return the rows of one record, at least one."""
        event = record.event
        before, self.state = self.state, advance(self.state, record)
        self.rows.begin(record, getattr(event, "path", ""))
        self.rows.is_known = all(document.is_complete for document in self.state.documents.values())
        self._note_error(record, before)
        if record.client not in self._last and not isinstance(event, ServerEvent | ClientStarted):
            self._start_session(record, fabricated="true")  # its first event is missing
        self._last[record.client] = record
        self._tell(record, before)
        return self.rows.taken()

    def closing(self) -> Iterator[Row]:
        """Yield the rows that no event stands for: the end of every page, and the submission."""
        if not self._last:
            return
        last = max(self._last.values(), key=lambda each: each.position)
        for client, record in self._last.items():
            if not isinstance(record.event, ServerEvent):
                self.rows.begin(last, "", label=f"end-{client}")
                self.rows.add("Session.End", self._session_end(record))
                yield from self.rows.taken()
        if self.subject.ended_ms is not None:
            self.rows.begin(last, "", label="submission")
            self.rows.add("Submit", self._submission(self.subject.ended_ms))
            yield from self.rows.taken()

    def _session_end(self, record: Recorded) -> Row:
        session = self._session(record.client)
        times: Row = {
            "ClientTimestamp": timestamp(record.event.t_ms),
            "ServerTimestamp": timestamp(record.received_ms),
        }
        return times | {"SessionID": session, "X-Session": session, "IsFabricatedEvent": "true"}

    def _submission(self, ended_ms: int) -> Row:
        score = "" if self.subject.score is None else f"{self.subject.score:.6g}"
        data = _json({"ended_by": self.subject.ended_by})
        times: Row = {"ClientTimestamp": "", "ServerTimestamp": timestamp(ended_ms), "X-Session": ""}
        return times | {"Score": score, "IsFabricatedEvent": "true", "X-Data": data}

    def _note_error(self, record: Recorded, before: NotebookState) -> None:
        found = []
        missing = self._sequences.missing_before(record)
        if missing is not None:
            found.append(("gap", f"events {missing} to {record.event.seq - 1} of this page are missing"))
        if len(self.state.gaps) > len(before.gaps):
            found.append(("gap", f"this change does not fit: {self.state.gaps[-1].reason}"))
        if isinstance(record.event, DetailDropped):
            found.append(("dropped", f"the browser's buffer was full: {record.event.events} events were given up"))
        if found:
            self._error_count += 1
            self.rows.error = f"{self.subject.sitting}-error-{self._error_count}"
            explanation = shown("; ".join(text for _, text in found))
            self.errors.append(
                LoggingError(id=self.rows.error, position=record.position, kind=found[0][0], explanation=explanation)
            )

    def _session(self, client: str) -> str:
        return f"{self.subject.sitting}-{client}"

    def _start_session(self, record: Recorded, *, fabricated: str) -> None:
        columns: Row = {"SessionID": self._session(record.client), "IsFabricatedEvent": fabricated}
        data = _data(record.event) if isinstance(record.event, ClientStarted) else ""
        self.rows.add("Session.Start", columns | {"X-Data": data})

    def _tell(self, record: Recorded, before: NotebookState) -> None:
        event = record.event
        if isinstance(event, Edit):
            self._tell_edit(record, event, before)
        elif isinstance(event, CellsChanged):
            self._tell_cells(record, event, before)
        elif isinstance(event, NotebookOpened | FileOpened):
            self._tell_opened(record, event)
        elif isinstance(event, ClientStarted):
            self.rows.tools[record.client] = shown(_tools(event))
            self._start_session(record, fabricated="false")
        elif isinstance(event, ExecutionStarted):
            run = self._runs[record.client, event.path, event.cell] = f"{self.subject.sitting}-run-{record.position}"
            self.rows.add(own_type(type(event)), {"ExecutionID": run, "X-Section": self._section(record, event.cell)})
        elif isinstance(event, ExecutionFinished):
            self._tell_finished(record, event)
        elif isinstance(event, ActiveCell) and event.cell:
            section = self._section(record, event.cell)
            self.rows.add("File.Focus", {"CodeStateSection": section, "EventInitiator": DIRECT})
        elif isinstance(event, Saved):
            self.rows.add("File.Save", {"CodeStateSection": encoded(event.path)})
        else:
            data = self.resources.keep_data(record.position, _data(event))
            self.rows.add(own_type(type(event)), {"X-Data": data})

    def _tell_edit(self, record: Recorded, event: Edit, before: NotebookState) -> None:
        document = before.by_client.get((record.client, event.path))
        if document is None or len(self.state.gaps) > len(before.gaps):
            columns: Row = {"CodeStateSection": self._section(record, event.cell), "EditType": "GenericEdit"}
            self.rows.add("File.Edit", columns | {"SourceLocation": 0, "X-Source": event.source})
            self._follow(record, before, self.state.by_client.get((record.client, event.path)))
            return
        self._follow(record, before, document)
        self.documents.edit(document, event)

    def _tell_cells(self, record: Recorded, event: CellsChanged, before: NotebookState) -> None:
        is_fitting = len(self.state.gaps) == len(before.gaps)
        document = before.by_client.get((record.client, event.path))
        self._follow(record, before, document)
        columns: Row = {"X-Section": encoded(event.path), "X-Source": event.source, "X-Data": _data(event)}
        parent = self.rows.add(own_type(type(event)), columns)
        if document is not None and is_fitting:
            self.documents.change_cells(self.state.by_client[record.client, event.path], event, parent)

    def _follow(self, record: Recorded, before: NotebookState, document: Document | None) -> None:
        """Write the copy of this client when it is the first change to it since another copy was current."""
        if document is not None and before.current_client.get(document.path) != record.client:
            self.documents.switch(document)

    def _tell_opened(self, record: Recorded, event: NotebookOpened | FileOpened) -> None:
        columns: Row = {"CodeStateSection": encoded(event.path), "EventInitiator": DIRECT}
        parent = self.rows.add("File.Open", columns)
        if self.state.current_client[event.path] == record.client:
            self.documents.snapshot(self.state.by_client[record.client, event.path], parent)

    def _tell_finished(self, record: Recorded, event: ExecutionFinished) -> None:
        run = self._runs.pop((record.client, event.path, event.cell), f"{self.subject.sitting}-run-{record.position}")
        columns: Row = {"ExecutionID": run, "ExecutionResult": result_of(event), "X-DurationMs": event.duration_ms}
        columns["X-Section"] = self._section(record, event.cell)
        columns["X-Data"] = _json({"execution_count": event.execution_count, "truncated": event.truncated})
        self.rows.add("Run.Program", columns | self.resources.keep(record.position, event.outputs))

    def _section(self, record: Recorded, cell: str) -> str:
        path = getattr(record.event, "path", "")
        document = self.state.by_client.get((record.client, path))
        return section_of(document, cell) if document is not None else cell_section(path, cell)


def _tools(event: ClientStarted) -> str:
    names = (part.replace(";", ",") for part in (f"JupyterLab {event.lab}", f"nbassess-recorder {event.recorder}"))
    return ";".join(("Python", *names))


def _data(event: Event) -> str:
    return _json({name: value for name, value in event_to_wire(event).items() if name not in _NOT_IN_DATA})


def _json(value: dict[str, object]) -> str:
    return canonical_bytes(value).decode("ascii")
