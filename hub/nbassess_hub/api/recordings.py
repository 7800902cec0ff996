"""Recordings for those who may read them: whether they are whole, as files, and what the candidate worked on."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.background import BackgroundTask

from nbassess_hub.api.parts import caller_of, parts_of
from nbassess_hub.api.sitting import bundle_of
from nbassess_hub.downloads import Kept, make_dataset
from nbassess_hub.progsnap.subjects import subject_of
from nbassess_hub.sittings import listing
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit

Answer = dict[str, Any]
Format = Annotated[
    Literal["jsonl", "parquet", "progsnap2"],
    Query(alias="format", description="jsonl: one record a line. parquet: the sealed file. progsnap2: a zip."),
]

_FILES = {
    "jsonl": ("-events.jsonl", "application/x-ndjson"),
    "parquet": (".parquet", "application/vnd.apache.parquet"),
}


def read_bundle(request: Request, sitting_id: str) -> Answer:
    """Return the files that the candidate of a sitting was given; nothing that grades."""
    parts = parts_of(request)
    with parts.store.read() as session:
        return bundle_of(parts, session, lookup.sitting(session, sitting_id))


def read_integrity(request: Request, sitting_id: str) -> Answer:
    """Return whether the links and signed heads of a recording fit, and where it is incomplete."""
    found = parts_of(request).checks.integrity(sitting_id)
    signed = found.signed
    shown = ("position", "head", "at_ms", "key", "signature")
    return {
        "sitting": found.sitting,
        "position": found.position,
        "head": found.head,
        "is_verified": found.broken is None,
        "broken": None if found.broken is None else asdict(found.broken),
        "signed": None if signed is None else {name: getattr(signed, name) for name in shown},
        "is_compared": found.findings is not None,
        "findings": [asdict(finding) for finding in found.findings or ()],
    }


def read_recording(request: Request, sitting_id: str, wanted: Format = "jsonl") -> Response:
    """Return a recording as a file: its event log, the sealed file, or a ProgSnap2 dataset. Downloads are audited."""
    parts = parts_of(request)
    with parts.store.write() as session:
        facts = listing.one_sitting(session, sitting_id)
        position, head = int(facts["position"]), str(facts["head"])
        after = {"format": wanted, "position": position, "head": head}
        who, subject = caller_of(request).name, f"sitting:{sitting_id}"
        audit(session, at_ms=parts.clock.now_ms(), actor=who, action="download", subject=subject, after=after)
    kept = Kept(store=parts.store, recordings=parts.recordings, sitting=sitting_id, position=position)
    headers = {"X-Recording-Records": str(position), "X-Recording-Head": head}
    if wanted == "progsnap2":
        return _file_once(make_dataset(kept, subject_of(facts)), "application/zip", headers)
    blocks = kept.lines() if wanted == "jsonl" else kept.sealed_file()
    name, media_type = _FILES[wanted]
    headers["Content-Disposition"] = f'attachment; filename="nbassess-{sitting_id}{name}"'
    return StreamingResponse(blocks, media_type=media_type, headers=headers)


def _file_once(file: Path, media_type: str, headers: dict[str, str]) -> FileResponse:
    """Send a file and remove the folder that was made for it."""
    remove = BackgroundTask(shutil.rmtree, file.parent, ignore_errors=True)
    return FileResponse(file, media_type=media_type, filename=file.name, headers=headers, background=remove)
