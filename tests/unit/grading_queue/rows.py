"""Rows that a submission hangs on, with everything that does not matter filled in."""

from nbassess_hub.store.models import Assessment, Candidate, Sitting, Submission
from sqlalchemy.orm import Session

ASSESSMENT = "made-up"


def add_submission(session: Session, number: int = 1, *, archive: bytes = b"", documents: str = "{}") -> str:
    """Add an ended sitting with its submission; returns the submission's id."""
    if session.get(Assessment, (ASSESSMENT, 1)) is None:
        session.add(
            Assessment(
                id=ASSESSMENT,
                version=1,
                title="Made up",
                is_practice=False,
                payload="{}",
                archive=archive,
                digest="d" * 64,
                published_ms=0,
            )
        )
    session.add(Candidate(id=f"c{number}", name="Synthetic", email=None, is_synthetic=True, created_ms=0))
    session.flush()
    session.add(
        Sitting(
            id=f"sitting{number}",
            hub_user=f"s-{number}",
            candidate_id=f"c{number}",
            assessment_id=ASSESSMENT,
            assessment_version=1,
            status="submitted",
            is_practice=False,
            is_synthetic=True,
            limit_ms=60_000,
            created_ms=0,
            started_ms=0,
            deadline_ms=60_000,
            ended_ms=50_000,
            end_reason="submitted",
            head="0" * 64,
        )
    )
    session.flush()
    session.add(
        Submission(
            id=f"submission{number}",
            sitting_id=f"sitting{number}",
            digest="e" * 64,
            documents=documents,
            head="0" * 64,
            position=0,
            submitted_ms=50_000,
            end_reason="submitted",
            claimed="{}",
            matches=None,
            is_complete=True,
        )
    )
    session.flush()
    return f"submission{number}"
