"""A sitting as files: everything that is needed to check it without this installation.

<directory>/<sitting>/
  sitting.json          who, what, when
  events.jsonl          one record a line, as canonical bytes: what the chain hashes
  chain.json            sitting, number of records, head
  submission.json       documents, digest
  notebooks/<path>      the submitted notebooks
  reports/<version>.json
<directory>/scores.csv  one line per sitting (export of an assessment)

Paths of notebooks come from the candidate's recording: they name a place below `notebooks/` or are replaced.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from nbassess_events import chain
from nbassess_events.codec import parse_record
from nbassess_events.document import canonical_bytes
from nbassess_events.errors import EventsError

from nbassess_hub.api_client import AdminClient
from nbassess_hub.errors import BadInput, Conflict, NotFound
from nbassess_hub.spreadsheet import to_csv

_MAX_PART = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A recording whose chain holds."""

    sitting: str
    records: int
    head: str


def export_sitting(service: AdminClient, sitting: str, directory: Path) -> Path:
    """Write one sitting below `directory`; returns its folder. Raises: `Conflict` when the folder exists."""
    facts = service.get("sittings", sitting)
    folder = directory / str(facts["id"])
    if folder.exists():
        raise Conflict(f"{folder}: exists already; remove it or export to another directory")
    folder.mkdir(parents=True)
    _write_json(folder / "sitting.json", facts)
    _write_recording(service, sitting, folder)
    _write_submission(service, sitting, folder)
    _write_reports(service, sitting, folder)
    return folder


def export_scores(service: AdminClient, sittings: Sequence[dict[str, Any]], directory: Path) -> Path:
    """Write scores.csv for sittings; one column per problem that any report has."""
    reports = {each["id"]: service.report(each["id"]) for each in sittings}
    slugs = list(dict.fromkeys(p["slug"] for report in reports.values() if report for p in report["problems"]))
    columns = [
        "sitting",
        "candidate",
        "assessment",
        "version",
        "status",
        "ended_by",
        "synthetic",
        "points",
        "max_points",
    ]
    rows = []
    for each in sittings:
        report = reports[each["id"]] or {}
        by_slug = {problem["slug"]: problem["points"] for problem in report.get("problems", [])}
        rows.append(
            [
                each["id"],
                each["candidate"],
                each["assessment"],
                each["assessment_version"],
                each["status"],
                each["end_reason"],
                "synthetic" if each["is_synthetic"] else "",
                report.get("points"),
                report.get("max_points"),
                report.get("score"),
                *(by_slug.get(slug) for slug in slugs),
            ]
        )
    file = directory / "scores.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(to_csv([*columns, "score", *slugs], rows), encoding="utf-8")
    return file


def verify_recording(file: Path, *, head: str | None = None) -> Verified:
    """Recompute the chain of an exported events.jsonl and compare it with chain.json, or with the `head` of a receipt.

    Raises:
        BadInput: a file cannot be read.
        Conflict: the recording is not what the head says.
    """
    claimed = _read_json(file.with_name("chain.json"))
    try:
        with file.open(encoding="utf-8") as lines:
            records = [parse_record(json.loads(line)) for line in lines]
        found = chain.verify(str(claimed["sitting"]), records, head=head or str(claimed["head"]))
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror}); name an exported events.jsonl") from error
    except EventsError as error:
        raise Conflict(
            f"{file}: {error}. This recording is not what was received; export it again and compare"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Conflict(f"{file}: holds a line that is no record ({error}); export it again and compare") from error
    return Verified(sitting=str(claimed["sitting"]), records=len(records), head=found)


def safe_path(name: str) -> PurePosixPath:
    """Return a relative path of harmless parts for a name that a recording gave."""
    parts = ["".join(c if c.isalnum() or c in "._- " else "_" for c in part)[:_MAX_PART] for part in name.split("/")]
    kept = [part for part in parts if part.strip(". ")]
    return PurePosixPath(*kept) if kept else PurePosixPath("unnamed")


def notebook_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as an nbformat 4.5 notebook, without outputs: a recording's outputs are in its events."""
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [_cell(cell) for cell in document["cells"]]}


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    code: dict[str, Any] = {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}
    return {**cell, "metadata": {}, **code}


def _write_recording(service: AdminClient, sitting: str, folder: Path) -> None:
    head, records = chain.genesis(sitting), 0
    with (folder / "events.jsonl").open("wb") as file:
        for record in service.records(sitting):
            data = canonical_bytes(record)
            head, records = chain.link(head, data), records + 1
            file.write(data + b"\n")
    stored = service.get("sittings", sitting, "events", after=records, limit=1)["head"]
    if stored != head:
        raise Conflict(
            f"sitting {sitting}: the exported records end in {head[:12]}…, the service says {stored[:12]}…; "
            "if the sitting is still running export it when it has ended, otherwise its recording was changed"
        )
    _write_json(folder / "chain.json", {"sitting": sitting, "records": records, "head": head})


def _write_submission(service: AdminClient, sitting: str, folder: Path) -> None:
    try:
        submission = service.get("sittings", sitting, "submission")
    except NotFound:
        return  # the sitting has not ended
    _write_json(folder / "submission.json", submission)
    for path, document in submission["documents"].items():
        file = folder / "notebooks" / safe_path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_json(file, notebook_of(document))


def _write_reports(service: AdminClient, sitting: str, folder: Path) -> None:
    for version in count(1):
        report = service.report(sitting, version)
        if report is None:
            return
        (folder / "reports").mkdir(exist_ok=True)
        _write_json(folder / "reports" / f"{version}.json", report)


def _write_json(file: Path, value: object) -> None:
    # Half a surrogate pair has no UTF-8 form; within JSON the backslash form is its escape.
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    file.write_text(text, encoding="utf-8", errors="backslashreplace")


def _read_json(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: cannot be read ({error}); it belongs beside events.jsonl of an export") from error
    return found
