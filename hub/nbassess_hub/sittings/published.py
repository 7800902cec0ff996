"""Publish assessments, and hand out of them what a candidate may see."""

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from nbassess_graders import assessment as material
from nbassess_graders.errors import GraderError
from nbassess_graders.publication import CandidateFile, candidate_files, digest_of, unpack
from sqlalchemy import select
from sqlalchemy.orm import Session

from nbassess_hub.errors import BadInput, Conflict
from nbassess_hub.store import lookup
from nbassess_hub.store.append import audit
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Assessment

Payload = dict[str, Any]


def describe(loaded: material.Assessment) -> Payload:
    """Return what pages and candidates' panels may know of an assessment."""
    problems = [
        {
            "slug": problem.slug,
            "version": problem.version,
            "title": problem.title,
            "difficulty": problem.difficulty,
            "minutes": problem.minutes,
            "points": problem.points,
            "path": problem.path,
        }
        for problem in loaded.problems
    ]
    return {
        "id": loaded.id,
        "version": loaded.version,
        "title": loaded.title,
        "minutes": loaded.minutes,
        "monitoring": loaded.monitoring,
        "ai_policy": loaded.ai_policy,
        "practice": loaded.is_practice,
        "rubric": dict(loaded.rubric),
        "points": loaded.points,
        "problems": problems,
    }


def publish(store: Store, archive: bytes, *, now_ms: int, actor: str, minutes_max: int) -> Payload:
    """Store an assessment version; publishing the same material twice changes nothing.

    Raises BadInput for an archive that cannot be read and for a sitting that would outlive its login, Conflict when
    this version exists with other contents.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="nbassess-publish-") as folder:
            payload = describe(unpack(archive, Path(folder)))
        digest = digest_of(archive)
    except GraderError as error:
        raise BadInput(f"The archive cannot be published: {error}", code="bad_archive") from error
    if payload["minutes"] > minutes_max:
        raise BadInput(
            f"Assessment {payload['id']!r} lasts {payload['minutes']} minutes, but a login here lasts for sittings of "
            f"at most {minutes_max}. Shorten it, or raise hub.auth_cache_s in the settings and restart.",
            code="assessment_too_long",
        )
    with store.write() as session:
        existing = session.get(Assessment, (payload["id"], payload["version"]))
        if existing is None:
            session.add(_row(payload, archive, digest, now_ms))
            subject = f"assessment:{payload['id']}@{payload['version']}"
            audit(session, at_ms=now_ms, actor=actor, action="publish", subject=subject, after={"digest": digest})
        elif existing.digest != digest:
            raise Conflict(
                f"Assessment {payload['id']!r} version {payload['version']} is published with other contents, and "
                "published versions never change. Raise its version and publish again.",
                code="version_taken",
            )
    return payload | {"digest": digest}


def _row(payload: Payload, archive: bytes, digest: str, now_ms: int) -> Assessment:
    return Assessment(
        id=payload["id"],
        version=payload["version"],
        title=payload["title"],
        is_practice=payload["practice"],
        payload=json.dumps(payload),
        archive=archive,
        digest=digest,
        published_ms=now_ms,
    )


def payload_of(row: Assessment) -> Payload:
    """Return what pages may know of a published assessment."""
    payload: Payload = json.loads(row.payload)
    return payload | {"digest": row.digest, "published_ms": row.published_ms}


def newest_versions(session: Session) -> list[Payload]:
    """Return every published assessment in its newest version, by title."""
    newest: dict[str, Assessment] = {}
    for row in session.scalars(select(Assessment).order_by(Assessment.id, Assessment.version)):
        newest[row.id] = row
    return sorted((payload_of(row) for row in newest.values()), key=lambda payload: str(payload["title"]))


def practice_for(session: Session) -> Assessment | None:
    """Return the newest practice assessment, None when none is published."""
    newest_first = select(Assessment).order_by(Assessment.published_ms.desc(), Assessment.version.desc())
    return session.scalar(newest_first.where(Assessment.is_practice).limit(1))


@dataclass(frozen=True, slots=True)
class Bundles:
    """Candidate-visible files of published assessments, unpacked once each."""

    _by_digest: dict[str, tuple[CandidateFile, ...]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def files(self, session: Session, assessment_id: str, version: int) -> tuple[CandidateFile, ...]:
        """Return the files that a candidate's server may have, never a grading file."""
        row = lookup.assessment(session, assessment_id, version)
        with self._lock:
            if row.digest not in self._by_digest:
                with tempfile.TemporaryDirectory(prefix="nbassess-bundle-") as folder:
                    self._by_digest[row.digest] = candidate_files(unpack(row.archive, Path(folder)))
            return self._by_digest[row.digest]
