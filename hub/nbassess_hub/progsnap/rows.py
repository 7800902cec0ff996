"""The rows of one sitting: numbered, dated, and each with the state of the code after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from nbassess_events.model import Recorded

from nbassess_hub.progsnap.sections import encoded
from nbassess_hub.progsnap.subjects import Subject
from nbassess_hub.progsnap.texts import TextEdit, exact, rows_of, shown

Row = dict[str, object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 253_402_300_799_999  # the end of the year 9999, where dates end


def timestamp(ms: int | None) -> str:
    """Return a time as ProgSnap2 writes it, in UTC; nothing for one that no calendar has."""
    if ms is None or not 0 <= ms <= _LAST_MS:
        return ""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")


@dataclass(slots=True)
class Rows:
    """Make rows. One recorded event becomes one row or several; they share `X-Position`."""

    subject: Subject
    code_states: Iterator[int]
    tools: dict[str, str] = field(default_factory=dict)
    is_known: bool = True
    error: str = ""
    _code_state: int = 0
    _orders: Iterator[int] = field(default_factory=lambda: count(1))
    _record: Recorded | None = None
    _made: list[Row] = field(default_factory=list)
    _path: str = ""
    _label: str = ""

    def begin(self, record: Recorded, path: str, *, label: str = "") -> None:
        """Start the rows of a recorded event; with a `label`, rows that stand for no event of their own."""
        self._record, self._path, self._made, self.error = record, path, [], ""
        self._label = label or str(record.position)

    def taken(self) -> list[Row]:
        """Return the rows made since `begin`."""
        made, self._made = self._made, []
        return made

    def add(self, event_type: str, columns: Row) -> str:
        """Add a row with these columns beside those that every row has; return its EventID."""
        record = self._record
        assert record is not None, "begin comes first"
        number = len(self._made)
        event_id = f"{self.subject.sitting}-{self._label}" + (f".{number}" if number else "")
        row: Row = {
            "EventType": event_type,
            "EventID": event_id,
            "CodeStateID": self._code_state if self.is_known and self._code_state else "",
            "SubjectID": self.subject.sitting,
            "ToolInstances": self.tools.get(record.client, "JupyterLab"),
            "Order": next(self._orders),
            "ClientTimestamp": timestamp(record.event.t_ms),
            "ServerTimestamp": timestamp(record.received_ms),
            "AssignmentID": f"{encoded(self.subject.assessment)}@{self.subject.assessment_version}",
            "AssignmentIsGraded": "false" if self.subject.is_practice else "true",
            "ProblemID": encoded(self._path.partition("/")[0]) if "/" in self._path else "",
            "LoggingErrorID": self.error,
            "IsFabricatedEvent": "false",
            "X-Position": record.position,
            "X-Session": f"{self.subject.sitting}-{record.client}",
        }
        self._made.append(row | columns)
        return event_id

    def change(self, event_type: str, columns: Row) -> str:
        """Add a row after which the code is another."""
        self._code_state = next(self.code_states)
        return self.add(event_type, columns)

    def edit(self, edit: TextEdit, *, kind: str, parent: str, columns: Row) -> None:
        """Add the rows of one edit; those after the first, or all where `parent` is given, name their parent."""
        for part in rows_of(edit):
            texts: Row = {
                "EditType": kind,
                "ParentEventID": parent,
                "SourceLocation": part.at,
                "InsertText": shown(part.inserted),
                "DeleteText": shown(part.deleted),
                "X-InsertTextJson": exact(part.inserted),
                "X-DeleteTextJson": exact(part.deleted),
            }
            event_id = self.change("File.Edit", columns | texts)
            parent = parent or event_id
