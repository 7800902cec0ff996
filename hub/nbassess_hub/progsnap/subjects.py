"""What a dataset says of a sitting beside its events, and never: who sat there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One sitting. Its id is the pseudonym: random, and of no meaning without the database that knows whose it is.

    `score` is between 0 and 1, None where there is no report or it is not to be told.
    """

    sitting: str
    assessment: str
    assessment_version: int
    is_synthetic: bool
    is_practice: bool
    started_ms: int | None
    ended_ms: int | None
    ended_by: str | None
    score: float | None = None


def subject_of(facts: dict[str, object], *, score: float | None = None) -> Subject:
    """Read a sitting as the API describes it; the name in it is left behind."""
    return Subject(
        sitting=str(facts["id"]),
        assessment=str(facts["assessment"]),
        assessment_version=int(str(facts["assessment_version"])),
        is_synthetic=bool(facts["is_synthetic"]),
        is_practice=bool(facts.get("is_practice")),
        started_ms=_ms(facts.get("started_ms")),
        ended_ms=_ms(facts.get("ended_ms")),
        ended_by=str(facts["end_reason"]) if facts.get("end_reason") else None,
        score=score,
    )


def _ms(value: object) -> int | None:
    return int(str(value)) if value is not None else None
