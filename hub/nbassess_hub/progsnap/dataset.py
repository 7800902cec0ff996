"""Write a ProgSnap2 1.0 dataset: sittings in, files out, with the memory of one event at a time.

<dataset>/
  DatasetMetadata.csv  MainTable.csv  README.md
  LinkTables/LinkSubject.csv  LinkTables/LinkLoggingError.csv
  Resources/<sitting>/...            outputs of runs

There is no CodeStates folder: with the representation `Keystroke` the edits in the main table are the code states.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nbassess_events import chain
from nbassess_events.codec import record_bytes
from nbassess_events.model import Recorded

from nbassess_hub.progsnap.columns import COLUMNS, ERROR_COLUMNS, METADATA, SUBJECT_COLUMNS
from nbassess_hub.progsnap.description import readme
from nbassess_hub.progsnap.rows import Row, timestamp
from nbassess_hub.progsnap.runs import Resources
from nbassess_hub.progsnap.subjects import Subject
from nbassess_hub.progsnap.translation import Translation
from nbassess_hub.spreadsheet import cell


class Dataset:
    """A dataset that is being written below a folder. Use it as a context manager; add sittings one after the other."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is written before the with block."""
        self.folder = folder
        self._files = ExitStack()
        self._code_states: Iterator[int] = count(1)

    def __enter__(self) -> Self:
        """Create the files with their headers."""
        (self.folder / "LinkTables").mkdir(parents=True, exist_ok=True)
        with self._files as files:
            self._main = self._table("MainTable.csv", COLUMNS)
            self._subjects = self._table("LinkTables/LinkSubject.csv", SUBJECT_COLUMNS)
            self._errors = self._table("LinkTables/LinkLoggingError.csv", ERROR_COLUMNS)
            self._files = files.pop_all()
        self._table("DatasetMetadata.csv", ("Property", "Value")).writerows(METADATA)
        (self.folder / "README.md").write_text(readme(), encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files."""
        self._files.close()

    def add(self, subject: Subject, records: Iterable[Recorded]) -> None:
        """Write one sitting: its rows, its outputs, and its line in the table of subjects."""
        translation = Translation(subject, self._code_states, Resources(self.folder, subject.sitting))
        head, number = chain.genesis(subject.sitting), 0
        for record in records:
            self._write(translation.translate(record))
            head, number = chain.link(head, record_bytes(record)), number + 1
            self._write_errors(translation)
        self._write(translation.closing())
        self._subjects.writerow(_subject_row(subject, number, head))

    def _write(self, rows: Iterable[Row]) -> None:
        self._main.writerows([row.get(column, "") for column in COLUMNS] for row in rows)

    def _write_errors(self, translation: Translation) -> None:
        for error in translation.errors:
            explanation = f"record {error.position}: {error.explanation}"
            self._errors.writerow((error.id, translation.subject.sitting, error.position, error.kind, explanation))
        translation.errors.clear()

    def _table(self, name: str, columns: Sequence[str]) -> Any:
        # newline="" and CRLF: whatever line breaks a field holds are quoted and come back as they were (RFC 4180).
        stream = (self.folder / name).open("x", encoding="utf-8", newline="")
        writer = csv.writer(self._files.enter_context(stream), lineterminator="\r\n")
        writer.writerow(columns)
        return writer


def _subject_row(subject: Subject, records: int, head: str) -> list[object]:
    return [
        subject.sitting,
        cell(subject.assessment),
        subject.assessment_version,
        "true" if subject.is_synthetic else "false",
        timestamp(subject.started_ms),
        timestamp(subject.ended_ms),
        subject.ended_by or "",
        records,
        head,
    ]
