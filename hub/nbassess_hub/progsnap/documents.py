"""Documents as edits: what the dataset says of every section so far, and the rows that bring it up to date.

The dataset follows the document that is current for a path, as the replay does. When another copy of it becomes current
(a second tab, a reload), what differs is written as edits of type X-Snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nbassess_events.document import Document
from nbassess_events.model import CellsChanged, Edit

from nbassess_hub.progsnap.columns import DIRECT, EDIT_TYPES, SNAPSHOT, edit_type, initiator
from nbassess_hub.progsnap.rows import Row, Rows
from nbassess_hub.progsnap.sections import section_of, sections_of
from nbassess_hub.progsnap.texts import TextEdit, code_point_edit, difference

_BY_SOURCE = ("paste", "drop", "undo", "redo", "programmatic")
_MOVING = ("move", "split", "merge")


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why sections change: the EditType where it is the same for all, who did it, and the row they belong to."""

    kind: str
    initiator: str
    parent: str
    source: str = ""
    fabricated: str = "false"

    def kind_of(self, edit: TextEdit) -> str:
        return self.kind or edit_type("", deleted=edit.deleted, inserted=edit.inserted)


@dataclass(slots=True)
class Documents:
    """The sections that have been written, by path and section."""

    rows: Rows
    _written: dict[str, dict[str, str]] = field(default_factory=dict)

    def edit(self, document: Document, event: Edit) -> None:
        """Write an edit that fits; `document` is the one it was made in, before it."""
        section = section_of(document, event.cell)
        sections = self._written[event.path]
        parent = ""
        if len(event.ops) != 1:
            parent = self.rows.add("X-Edits", {"X-Section": section, "X-Source": event.source})
        for position, delete_count, insert in event.ops:
            edit = code_point_edit(sections[section], position, delete_count, insert)
            sections[section] = edit.applied(sections[section])
            kind = edit_type(event.source, deleted=edit.deleted, inserted=edit.inserted)
            columns: Row = {"CodeStateSection": section, "EventInitiator": initiator(event.source)}
            self.rows.edit(edit, kind=kind, parent=parent, columns=columns | {"X-Source": event.source})

    def snapshot(self, document: Document, parent: str) -> None:
        """Write a document as it was opened."""
        reason = _Reason(SNAPSHOT, "ToolReaction", parent, fabricated="true")
        self._update(document, reason)

    def switch(self, document: Document) -> None:
        """Write what differs in another copy that becomes current now, if anything does."""
        if self._written.get(document.path) != sections_of(document):
            self.snapshot(document, self.rows.add("X-OtherCopy", {"IsFabricatedEvent": "true"}))

    def change_cells(self, document: Document, event: CellsChanged, parent: str) -> None:
        """Write a change of the list of cells; `document` is the one after it."""
        kind = "Move" if event.action in _MOVING else ""
        kind = EDIT_TYPES[event.source] if event.source in _BY_SOURCE else kind
        who = "" if event.source == "unknown" else initiator(event.source)
        self._update(document, _Reason(kind, who or DIRECT, parent, source=event.source))

    def _update(self, document: Document, reason: _Reason) -> None:
        old, new = self._written.get(document.path, {}), sections_of(document)
        for section in [each for each in old if each not in new]:
            self._edit(section, TextEdit(0, old[section], ""), reason)
            self.rows.change("File.Delete", self._columns(section, reason))
        for section, text in new.items():
            if section not in old:
                self.rows.change("File.Create", self._columns(section, reason))
            self._edit(section, difference(old.get(section, ""), text), reason)
        self._written[document.path] = new

    def _edit(self, section: str, edit: TextEdit, reason: _Reason) -> None:
        if edit.deleted or edit.inserted:
            columns = self._columns(section, reason) | {"X-Source": reason.source}
            self.rows.edit(edit, kind=reason.kind_of(edit), parent=reason.parent, columns=columns)

    def _columns(self, section: str, reason: _Reason) -> Row:
        return {
            "CodeStateSection": section,
            "EventInitiator": reason.initiator,
            "IsFabricatedEvent": reason.fabricated,
        }
