"""A reader of ProgSnap2 1.0 datasets that knows the standard and the dataset's README, and nothing of the product.

Its tables are written from the published standard (CSSPLICE, version 1.0): which columns there are, which hold what,
and which of them each type of event must and may fill.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from urllib.parse import unquote

Row = dict[str, str]

REQUIRED = {"EventType", "EventID", "CodeStateID", "SubjectID", "ToolInstances"}
MAY_BE_EMPTY = {"CodeStateID"}
OPTIONAL = {
    *("Order", "ClientTimestamp", "ServerTimestamp", "CourseID", "CourseSectionID", "TermID", "AssignmentID"),
    *("AssignmentIsGraded", "ProblemID", "ProblemIsGraded", "Attempt", "ExperimentalCondition", "TeamID"),
    *("LoggingErrorID", "IsFabricatedEvent"),
}
_RUN = {"ExecutionID", "Score", "ExtraCreditScore", "ProgramInput", "ProgramOutput", "ProgramErrorOutput"}
_EDIT = {"EventInitiator", "SourceLocation", "InsertText", "DeleteText", "DeleteLength", "ParentEventID"}
MUST_AND_MAY: dict[str, tuple[set[str], set[str]]] = {
    "Session.Start": ({"SessionID"}, set()),
    "Session.End": ({"SessionID"}, set()),
    "File.Create": ({"CodeStateSection"}, {"EventInitiator"}),
    "File.Delete": ({"CodeStateSection"}, {"EventInitiator"}),
    "File.Open": ({"CodeStateSection"}, {"EventInitiator"}),
    "File.Save": ({"CodeStateSection"}, {"EventInitiator"}),
    "File.Focus": ({"CodeStateSection"}, {"EventInitiator"}),
    "File.Edit": ({"CodeStateSection", "EditType"}, _EDIT),
    "Submit": (set(), {"ExecutionID", "Score", "ExtraCreditScore"}),
    "Run.Program": ({"ExecutionResult"}, _RUN),
}
WORDS = {
    "EventInitiator": {"UserDirectAction", "UserIndirectAction", "ToolReaction", "ToolTimedEvent"},
    "EditType": {"Insert", "Delete", "Replace", "Move", "Paste", "Undo", "Redo", "Refactor", "Reset", "GenericEdit"},
    "ExecutionResult": {"Success", "Timeout", "Error", "TestFailed"},
    "IsFabricatedEvent": {"true", "false"},
    "AssignmentIsGraded": {"true", "false"},
}
_SIGNS = "=+-@＝＋－＠"


@dataclass
class Dataset:
    """The tables of a dataset, read from its folder."""

    folder: Path
    rows: list[Row] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = self.table("MainTable.csv")

    def table(self, name: str) -> list[Row]:
        """Read one of the tables."""
        with (self.folder / name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream, strict=True))

    @property
    def metadata(self) -> dict[str, str]:
        """What the dataset says of itself."""
        return {row["Property"]: row["Value"] for row in self.table("DatasetMetadata.csv")}

    def codes(self, subject: str) -> Iterator[tuple[int, str, dict[str, str]]]:
        """Yield, for every recorded event of a subject: its position, the CodeStateID, and every section's code."""
        own = sorted((row for row in self.rows if row["SubjectID"] == subject), key=lambda row: int(row["Order"]))
        sections: dict[str, str] = {}
        for position, rows in groupby(own, key=lambda row: int(row["X-Position"])):
            for row in rows:
                apply(sections, row)
            yield position, row["CodeStateID"], dict(sections)


def apply(sections: dict[str, str], row: Row) -> None:
    """Apply a row to the code, as the README says."""
    section = row["CodeStateSection"]
    if row["EventType"] == "File.Create":
        assert section not in sections, f"{section} is created twice"
        sections[section] = ""
    elif row["EventType"] == "File.Delete":
        del sections[section]
    elif row["EventType"] == "File.Edit" and (row["InsertText"] or row["DeleteText"]):
        code, at = sections[section], int(row["SourceLocation"])
        inserted, deleted = _text(row, "InsertText"), _text(row, "DeleteText")
        assert code[at : at + len(deleted)] == deleted, f"{row['EventID']} deletes what is not there"
        sections[section] = code[:at] + inserted + code[at + len(deleted) :]


def _text(row: Row, column: str) -> str:
    exact = row[f"X-{column}Json"]
    text = str(json.loads(exact)) if exact else row[column]
    assert len(text) == len(row[column]), "what is shown has the length of what is meant"
    return text


def documents(sections: dict[str, str]) -> dict[str, dict[str, object]]:
    """Put notebooks and text files together from their sections, as the README says."""
    found: dict[str, dict[str, object]] = {}
    for section, text in sections.items():
        path, mark, rest = section.partition("#")
        name = unquote(path, errors="surrogatepass")
        if not mark:
            found[name] = {"path": name, "cells": [{"cell_type": "file", "id": "file", "source": text}]}
        elif rest == "~cells":
            lines = [line.split(" ", 1) for line in text.splitlines()]
            cells = [_cell(kind, key, sections[f"{path}#{key}"]) for kind, key in lines]
            found[name] = {"path": name, "cells": cells}
    return found


def _cell(kind: str, key: str, source: str) -> dict[str, str]:
    return {"cell_type": kind, "id": unquote(key.partition("~")[0], errors="surrogatepass"), "source": source}


def complaints(dataset: Dataset) -> list[str]:
    """Return everything that the standard does not allow, or a spreadsheet would run."""
    found = [] if dataset.metadata["Version"] == "1.0" else ["Version"]
    ids = [row["EventID"] for row in dataset.rows]
    found += ["EventID is not unique"] if len(set(ids)) != len(ids) else []
    for row in dataset.rows:
        found += [f"{row['EventID']}: {each}" for each in _row_complaints(dataset, row)]
    for name in ("MainTable.csv", "LinkTables/LinkSubject.csv", "LinkTables/LinkLoggingError.csv"):
        found += [f"{name}: {value!r:.60}" for row in dataset.table(name) for value in row.values() if runs(value)]
    return found


def runs(value: str) -> bool:
    """Tell whether a spreadsheet would take a field for a formula: a sign, and something that it could work on."""
    bare = value.strip()
    return bare[:1] != "" and bare[0] in _SIGNS and any(c not in _SIGNS and not c.isspace() for c in bare)


def _row_complaints(dataset: Dataset, row: Row) -> Iterator[str]:
    filled = {name for name, value in row.items() if value}
    standard = {name for name in filled if not name.startswith("X-")}
    kind = row["EventType"]
    yield from (f"{name} is empty" for name in REQUIRED - MAY_BE_EMPTY - filled)
    if not kind.startswith("X-"):
        must, may = MUST_AND_MAY[kind]
        yield from (f"{kind} without {name}" for name in must - filled)
        yield from (f"{kind} with {name}" for name in standard - REQUIRED - OPTIONAL - must - may)
    for name, words in WORDS.items():
        if row[name] and row[name] not in words and not row[name].startswith("X-"):
            yield f"{name} is {row[name]!r}"
    for name in ("ClientTimestamp", "ServerTimestamp"):
        if row[name]:
            assert datetime.strptime(row[name], "%Y-%m-%dT%H:%M:%S.%f%z").utcoffset() is not None
    for name in ("ProgramOutput", "ProgramErrorOutput", "X-Outputs"):
        if row[name] and not (dataset.folder / row[name]).is_file():
            yield f"{name} names no file"
    if row["ParentEventID"] and row["ParentEventID"].partition(".")[0] != row["EventID"].partition(".")[0]:
        yield "the parent is another event"
