"""What a worker needs to grade one submission, read from the store in one go.

The published archive is unpacked once per digest and kept for the life of the process: the digest names its contents,
so a cached copy cannot be an old one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbassess_events.model import Recorded
from nbassess_graders.assessment import Assessment
from nbassess_graders.publication import unpack

from nbassess_hub.sealing.recordings import Recordings
from nbassess_hub.store import lookup
from nbassess_hub.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One submission with its assessment and the recording up to it."""

    sitting: str
    submission_id: str
    digest: str
    documents: dict[str, Any]
    records: tuple[Recorded, ...]
    assessment: Assessment
    started_ms: int | None
    ended_ms: int


@dataclass(frozen=True, slots=True)
class Tasks:
    """Build tasks; keeps unpacked archives below `folder`."""

    store: Store
    recordings: Recordings
    folder: Path
    _assessments: dict[str, Assessment] = field(default_factory=dict)

    def load(self, submission_id: str) -> Task:
        """Read everything about a submission. Raises: `NotFound`, `SealError`, `GraderError`."""
        with self.store.read() as session:
            submission = lookup.submission(session, submission_id)
            sitting = lookup.sitting(session, submission.sitting_id)
            published = lookup.assessment(session, sitting.assessment_id, sitting.assessment_version)
            return Task(
                sitting=sitting.id,
                submission_id=submission.id,
                digest=submission.digest,
                documents=json.loads(submission.documents),
                records=tuple(self.recordings.records(session, sitting.id, until=submission.position)),
                assessment=self._assessment(published.digest, published.archive),
                started_ms=sitting.started_ms,
                ended_ms=submission.submitted_ms,
            )

    def _assessment(self, digest: str, archive: bytes) -> Assessment:
        if digest not in self._assessments:
            target = self.folder / digest
            target.mkdir(parents=True, exist_ok=True)  # it is there after a full disk, say: unpacked again, whole
            self._assessments[digest] = unpack(archive, target)
        return self._assessments[digest]
