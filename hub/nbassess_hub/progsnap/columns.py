"""The words of ProgSnap2 1.0 that a dataset of ours uses, and how ours map to them.

Names without `X-` are the standard's. A standard column is filled only in the events for which the standard lists it;
whatever else is worth keeping has a column or an event type of its own, and its name begins with `X-`.
"""

from __future__ import annotations

from collections.abc import Mapping

VERSION = "1.0"

METADATA: tuple[tuple[str, str], ...] = (
    ("Version", VERSION),
    ("IsEventOrderingConsistent", "true"),
    ("EventOrderScope", "Restricted"),
    ("EventOrderScopeColumns", "SubjectID"),
    ("CodeStateRepresentation", "Keystroke"),
    ("ProgramInputLinkTable", ""),
)

COLUMNS: tuple[str, ...] = (
    "EventType",
    "EventID",
    "CodeStateID",
    "SubjectID",
    "ToolInstances",
    "Order",
    "ClientTimestamp",
    "ServerTimestamp",
    "AssignmentID",
    "AssignmentIsGraded",
    "ProblemID",
    "LoggingErrorID",
    "IsFabricatedEvent",
    "ParentEventID",
    "SessionID",
    "CodeStateSection",
    "EventInitiator",
    "EditType",
    "SourceLocation",
    "InsertText",
    "DeleteText",
    "ExecutionID",
    "ExecutionResult",
    "Score",
    "ProgramOutput",
    "ProgramErrorOutput",
    "X-Position",
    "X-Session",
    "X-Section",
    "X-Source",
    "X-InsertTextJson",
    "X-DeleteTextJson",
    "X-DurationMs",
    "X-Outputs",
    "X-Data",
)

SUBJECT_COLUMNS: tuple[str, ...] = (
    "SubjectID",
    "X-Assessment",
    "X-AssessmentVersion",
    "X-Synthetic",
    "X-StartedTimestamp",
    "X-EndedTimestamp",
    "X-EndedBy",
    "X-Records",
    "X-Head",
)
ERROR_COLUMNS: tuple[str, ...] = ("LoggingErrorID", "SubjectID", "X-Position", "X-Kind", "X-Explanation")

SNAPSHOT = "X-Snapshot"
EDIT_TYPES: Mapping[str, str] = {
    "paste": "Paste",
    "drop": "X-Drop",
    "undo": "Undo",
    "redo": "Redo",
    "complete": "X-Complete",
    "inline": "X-InlineCompletion",
    "replace": "Replace",
    "cells": "Move",
    "programmatic": "X-Programmatic",
    "unknown": "GenericEdit",
}
"""By source of an edit. Sources that are not here are told by what the edit did: Insert, Delete or Replace."""

INITIATORS: Mapping[str, str] = {
    "complete": "UserIndirectAction",
    "inline": "UserIndirectAction",
    "cells": "UserIndirectAction",
    "programmatic": "ToolReaction",
    "unknown": "",
}
"""By source, where it is not the person who did it directly."""

DIRECT = "UserDirectAction"


def edit_type(source: str, *, deleted: str, inserted: str) -> str:
    """Return the EditType of an edit, by its source and by what it did."""
    if source in EDIT_TYPES:
        return EDIT_TYPES[source]
    if deleted and inserted:
        return "Replace"
    if deleted:
        return "Delete"
    return "Insert" if inserted else "GenericEdit"


def initiator(source: str) -> str:
    """Return the EventInitiator of an edit; empty where nobody can say."""
    return INITIATORS.get(source, DIRECT)
