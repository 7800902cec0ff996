"""Shapes of what the service's API answers, for readers and for the type checker.

Only the fields that dashboards use are named. Times are epoch milliseconds, durations say their unit.
"""

from typing import Any, TypedDict


class Assessment(TypedDict, total=False):
    """One published assessment."""

    id: str
    version: int
    title: str
    minutes: int
    monitoring: str
    problems: list[dict[str, Any]]


class Sitting(TypedDict, total=False):
    """One candidate, one assessment, one clock."""

    id: str
    candidate: str
    assessment: str
    assessment_version: int
    status: str
    is_synthetic: bool
    is_practice: bool
    started_ms: int | None
    deadline_ms: int | None
    ended_ms: int | None
    end_reason: str | None
    points: float | None
    max_points: float | None
    job: dict[str, Any] | None


class Finding(TypedDict, total=False):
    """One sentence about the work, with the place it is about."""

    code: str
    message: str
    cell: str | None
    line: int | None


class Case(TypedDict, total=False):
    """The outcome of one test case."""

    name: str
    tag: str
    verdict: str
    points: float
    max_points: float
    finding: Finding | None
    cpu_s: float | None


class Dimension(TypedDict, total=False):
    """One way in which a problem's answer was scored, 0 to 1 (null when it does not apply)."""

    score: float | None
    findings: list[Finding]


class ProblemReport(TypedDict, total=False):
    """What the graders say about one problem of a sitting."""

    slug: str
    version: int
    title: str
    points: float
    max_points: float
    seconds: float | None
    dimensions: dict[str, Dimension]
    cases: list[Case]


class Report(TypedDict, total=False):
    """What the graders say about one sitting."""

    format: int
    sitting: str
    submission: str
    graded_ms: int
    grader: dict[str, Any]
    assessment: dict[str, Any]
    points: float
    max_points: float
    score: float
    problems: list[ProblemReport]


class Cohort(TypedDict):
    """All sittings of one assessment and the newest report of each graded one."""

    assessment: Assessment
    sittings: list[Sitting]
    reports: list[Report]


class Record(TypedDict):
    """One stored event of a recording: the collector's position and time around the client's event."""

    position: int
    client: str
    received_ms: int
    event: dict[str, Any]


class Submission(TypedDict, total=False):
    """The documents that were graded, put together from the records up to `position`."""

    submission_id: str
    digest: str
    position: int
    is_complete: bool
    documents: dict[str, Any]


class BundleFile(TypedDict):
    """One file that the candidate was given."""

    path: str
    content_b64: str


class SignedHead(TypedDict):
    """The head of the chain at one position, signed by the collector (Ed25519)."""

    position: int
    head: str
    at_ms: int
    key: str
    signature: str


class IncompleteStretch(TypedDict, total=False):
    """Where the witnesses of a sitting do not agree, or one was silent."""

    kind: str
    from_position: int
    to_position: int
    from_ms: int
    to_ms: int
    path: str
    text: str


class Integrity(TypedDict, total=False):
    """What the service says about a recording: was its chain verified, which head was signed, what is incomplete."""

    sitting: str
    position: int
    head: str
    is_verified: bool
    broken: dict[str, Any] | None
    signed: SignedHead | None
    findings: list[IncompleteStretch]
