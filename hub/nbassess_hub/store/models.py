"""The tables: what the service knows, and which of it can never change.

Three kinds of table. *Facts* (events, late events, signed heads and their keys, seals, submissions, consents, reports,
audit) are append-only: a trigger in the database refuses every update and delete, whoever asks; only events that a seal
covers may be deleted. *State* (sittings, jobs, invitations, sessions, tickets) moves forward by short transactions.
*Reference* (assessments, candidates) is written once by publishing or inviting.

Times are epoch milliseconds (``_ms``). Secrets are stored as SHA-256 (``_hash``), never as themselves.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

APPEND_ONLY = (
    "events",
    "late_events",
    "signed_heads",
    "signing_keys",
    "seals",
    "submissions",
    "consents",
    "reports",
    "audit",
)

Counted = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Name every constraint, so that a migration can find it again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {int: BigInteger, str: Text}  # noqa: RUF012 - SQLAlchemy reads a class attribute


class Assessment(Base):
    """A published assessment version. ``archive`` is what the graders read, ``payload`` what pages show."""

    __tablename__ = "assessments"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    title: Mapped[str]
    is_practice: Mapped[bool] = mapped_column(Boolean)
    payload: Mapped[str]
    archive: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    published_ms: Mapped[int]


class Candidate(Base):
    """A person who is invited. One row per enrolment; a reissued invitation keeps the row."""

    __tablename__ = "candidates"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    is_synthetic: Mapped[bool] = mapped_column(Boolean)
    created_ms: Mapped[int]


class Invitation(Base):
    """A single-use link: for a candidate (``candidate_id``, ``assessment_*``) or for staff (``staff_name``)."""

    __tablename__ = "invitations"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id", "assessment_version"], ["assessments.id", "assessments.version"]),
        UniqueConstraint("token_hash"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    role: Mapped[str] = mapped_column(String(16))
    candidate_id: Mapped[str | None] = mapped_column(ForeignKey("candidates.id"), index=True)
    assessment_id: Mapped[str | None] = mapped_column(String(100))
    assessment_version: Mapped[int | None] = mapped_column(Integer)
    staff_name: Mapped[str | None] = mapped_column(Text, index=True)
    created_by: Mapped[str]
    created_ms: Mapped[int]
    expires_ms: Mapped[int]
    used_ms: Mapped[int | None]
    replaced_ms: Mapped[int | None]


class BrowserSession(Base):
    """A browser that exchanged an invitation; the cookie's hash is the key."""

    __tablename__ = "sessions"

    cookie_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    created_ms: Mapped[int]
    expires_ms: Mapped[int]
    ended_ms: Mapped[int | None]


class Ticket(Base):
    """A one-time login to the hub, redeemed by the authenticator within seconds."""

    __tablename__ = "tickets"

    ticket_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    hub_user: Mapped[str]
    groups: Mapped[str]
    expires_ms: Mapped[int]
    redeemed_ms: Mapped[int | None]


class Consent(Base):
    """The exact text a candidate agreed to. Append-only."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id"), index=True)
    assessment_id: Mapped[str] = mapped_column(String(100))
    assessment_version: Mapped[int] = mapped_column(Integer)
    text_version: Mapped[str] = mapped_column(String(32))
    text: Mapped[str]
    accepted_ms: Mapped[int]


class Sitting(Base):
    """One candidate, one assessment, one clock.

    ``status``: created -> starting -> running -> submitted | collected; a failed start returns to created with
    ``failure`` set. ``head`` and ``position`` are the chain's end: the last record's hash and the number of records.
    ``signed_ms`` is when a signed head was last kept, ``late_bytes`` what arrived after the end.
    """

    __tablename__ = "sittings"
    __table_args__ = (
        ForeignKeyConstraint(["assessment_id", "assessment_version"], ["assessments.id", "assessments.version"]),
        UniqueConstraint("hub_user"),
        Index(
            "uq_sittings_one_real_per_candidate",
            "candidate_id",
            unique=True,
            sqlite_where=text("is_practice = 0"),
            postgresql_where=text("is_practice = false"),
        ),
        Index("ix_sittings_status_deadline_ms", "status", "deadline_ms"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    hub_user: Mapped[str] = mapped_column(String(64))
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id"), index=True)
    assessment_id: Mapped[str] = mapped_column(String(100))
    assessment_version: Mapped[int] = mapped_column(Integer)
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consents.id"))
    status: Mapped[str] = mapped_column(String(16))
    is_practice: Mapped[bool] = mapped_column(Boolean)
    is_synthetic: Mapped[bool] = mapped_column(Boolean)
    failure: Mapped[str | None]
    limit_ms: Mapped[int]
    created_ms: Mapped[int]
    starting_ms: Mapped[int | None]
    started_ms: Mapped[int | None]
    deadline_ms: Mapped[int | None]
    ended_ms: Mapped[int | None]
    end_reason: Mapped[str | None] = mapped_column(String(16))
    head: Mapped[str] = mapped_column(String(64))
    position: Mapped[int] = mapped_column(default=0)
    recorded_bytes: Mapped[int] = mapped_column(default=0)
    late_bytes: Mapped[int] = mapped_column(default=0)
    signed_ms: Mapped[int | None]
    stop_attempts: Mapped[int] = mapped_column(Integer, default=0)
    stop_after_ms: Mapped[int | None]
    stopped_ms: Mapped[int | None]


class Event(Base):
    """One recorded event: ``body`` is the record's canonical text, ``hash`` its link in the chain.

    Append-only, with one exception: what a row of ``seals`` covers may be deleted.
    """

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("sitting_id", "client", "seq"),)

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    client: Mapped[str] = mapped_column(String(16))
    seq: Mapped[int]
    received_ms: Mapped[int]
    body: Mapped[str]
    hash: Mapped[str] = mapped_column(String(64))


class LateEvent(Base):
    """An event that arrived after the sitting ended: kept for a person, outside the chain. Append-only."""

    __tablename__ = "late_events"

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), primary_key=True)
    client: Mapped[str] = mapped_column(String(16), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    received_ms: Mapped[int]
    body: Mapped[str]


class SignedHead(Base):
    """A chain's end as the collector signed it: about one a minute while events arrive, and the last. Append-only."""

    __tablename__ = "signed_heads"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), index=True)
    position: Mapped[int]
    head: Mapped[str] = mapped_column(String(64))
    at_ms: Mapped[int] = mapped_column(index=True)
    key: Mapped[str] = mapped_column(String(16))
    signature: Mapped[str] = mapped_column(String(128))


class SigningKey(Base):
    """The public half of a key that heads were signed with: Ed25519, in hex. Append-only."""

    __tablename__ = "signing_keys"

    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    public_key: Mapped[str] = mapped_column(String(64))
    first_used_ms: Mapped[int]


class Seal(Base):
    """The one file that a finished recording was sealed to, checked after it was written. Append-only.

    ``last_seqs`` is the last event's number of each client, as JSON: what is sent again is known without the rows.
    """

    __tablename__ = "seals"

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), primary_key=True)
    url: Mapped[str]
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    head: Mapped[str] = mapped_column(String(64))
    records: Mapped[int]
    last_seqs: Mapped[str]
    sealed_ms: Mapped[int]


class Submission(Base):
    """The recorded state at the end of a sitting: what is graded. Append-only.

    ``claimed`` is what the browser said its documents hash to, ``matches`` whether that agrees (None: it did not say).
    ``is_complete`` is false when the replay found a gap. ``signature`` is over the head, made with ``key`` at
    ``signed_ms``; older submissions have none.
    """

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("sitting_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"))
    digest: Mapped[str] = mapped_column(String(64))
    documents: Mapped[str]
    head: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    submitted_ms: Mapped[int]
    end_reason: Mapped[str] = mapped_column(String(16))
    claimed: Mapped[str]
    matches: Mapped[bool | None] = mapped_column(Boolean)
    is_complete: Mapped[bool] = mapped_column(Boolean)
    signature: Mapped[str | None] = mapped_column(String(128))
    key: Mapped[str | None] = mapped_column(String(16))
    signed_ms: Mapped[int | None]


class Job(Base):
    """One piece of grading work. ``state``: queued -> leased -> done | failed; an expired lease is queued again."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("submission_id", "purpose"),
        Index("ix_jobs_state_lease_until_ms", "state", "lease_until_ms"),
    )

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    purpose: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(16), default="queued")
    lease_until_ms: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[str | None]
    error: Mapped[str | None]
    created_ms: Mapped[int]
    finished_ms: Mapped[int | None]


class Report(Base):
    """One grading of one submission; a regrade adds the next version. Append-only."""

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("submission_id", "version"),)

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    version: Mapped[int] = mapped_column(Integer)
    points: Mapped[float]
    max_points: Mapped[float]
    body: Mapped[str]
    graded_ms: Mapped[int]


class AuditRow(Base):
    """Who did what to which thing, when, and why. Append-only."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    at_ms: Mapped[int]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(Text, index=True)
    before: Mapped[str]
    after: Mapped[str]
    reason: Mapped[str]
