"""A sitting as files: everything that is needed to check it without this installation.

<directory>/<sitting>/
  sitting.json          who, what, when
  events.jsonl  links.txt  chain.json   the recording (see `event_log`)
  submission.json       documents, digest
  notebooks/<path>      the submitted notebooks and text files
  reports/<version>.json
<directory>/scores.csv  one line per sitting (export of an assessment)

Paths of notebooks come from the candidate's recording: they name a place below `notebooks/` or are replaced.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from nbassess_events.document import Cell, Document

from nbassess_hub.api_client import AdminClient
from nbassess_hub.errors import NotFound
from nbassess_hub.event_log import write_event_log
from nbassess_hub.recording_export import new_folder
from nbassess_hub.spreadsheet import to_csv

_MAX_PART = 100


def export_sitting(service: AdminClient, sitting: str, directory: Path) -> Path:
    """Write one sitting below `directory`; returns its folder. Raises: `Conflict` when the folder exists."""
    facts = service.get("sittings", sitting)
    folder = new_folder(directory / str(facts["id"]))
    _write_json(folder / "sitting.json", facts)
    write_event_log(service, str(facts["id"]), folder)
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


def _write_submission(service: AdminClient, sitting: str, folder: Path) -> None:
    try:
        submission = service.get("sittings", sitting, "submission")
    except NotFound:
        return  # the sitting has not ended
    _write_json(folder / "submission.json", submission)
    for path, document in submission["documents"].items():
        file = folder / "notebooks" / safe_path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_document(file, document)


def _write_document(file: Path, document: dict[str, Any]) -> None:
    recorded = Document(path=document["path"], cells=tuple(Cell(**cell) for cell in document["cells"]))
    if recorded.is_text_file:
        file.write_bytes(recorded.cells[0].source.encode("utf-8", "replace"))
    else:
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
