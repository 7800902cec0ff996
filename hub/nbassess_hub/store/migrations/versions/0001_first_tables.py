"""Create the first tables."""

import sqlalchemy as sa
from alembic import op
from nbassess_hub.store.append_only import create_functions, create_triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Counted = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_reference()
    _create_access()
    _create_consents()
    _create_sittings()
    _create_recording()
    _create_grading()
    _protect("events", "late_events", "submissions", "consents", "reports", "audit")


def _create_reference() -> None:
    op.create_table(
        "assessments",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("is_practice", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("archive", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name="pk_assessments"),
    )
    op.create_table(
        "candidates",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_candidates"),
    )


def _create_access() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("candidate_id", sa.String(length=32), nullable=True),
        sa.Column("assessment_id", sa.String(length=100), nullable=True),
        sa.Column("assessment_version", sa.Integer(), nullable=True),
        sa.Column("staff_name", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.Column("replaced_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assessment_id", "assessment_version"],
            ["assessments.id", "assessments.version"],
            name="fk_invitations_assessment_id_assessment_version",
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidates.id"],
            name="fk_invitations_candidate_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    op.create_index("ix_invitations_candidate_id", "invitations", ["candidate_id"], unique=False)
    op.create_index("ix_invitations_staff_name", "invitations", ["staff_name"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("cookie_hash", sa.String(length=64), nullable=False),
        sa.Column("invitation_id", sa.String(length=32), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name="fk_sessions_invitation_id",
        ),
        sa.PrimaryKeyConstraint("cookie_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_invitation_id", "sessions", ["invitation_id"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("hub_user", sa.Text(), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("redeemed_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("ticket_hash", name="pk_tickets"),
    )


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", Counted, nullable=False),
        sa.Column("candidate_id", sa.String(length=32), nullable=False),
        sa.Column("assessment_id", sa.String(length=100), nullable=False),
        sa.Column("assessment_version", sa.Integer(), nullable=False),
        sa.Column("text_version", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("accepted_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidates.id"],
            name="fk_consents_candidate_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_candidate_id", "consents", ["candidate_id"], unique=False)


def _create_sittings() -> None:
    op.create_table(
        "sittings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("hub_user", sa.String(length=64), nullable=False),
        sa.Column("candidate_id", sa.String(length=32), nullable=False),
        sa.Column("assessment_id", sa.String(length=100), nullable=False),
        sa.Column("assessment_version", sa.Integer(), nullable=False),
        sa.Column("consent_id", Counted, nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("is_practice", sa.Boolean(), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("limit_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("starting_ms", sa.BigInteger(), nullable=True),
        sa.Column("started_ms", sa.BigInteger(), nullable=True),
        sa.Column("deadline_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.String(length=16), nullable=True),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("recorded_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stop_attempts", sa.Integer(), nullable=False),
        sa.Column("stop_after_ms", sa.BigInteger(), nullable=True),
        sa.Column("stopped_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assessment_id", "assessment_version"],
            ["assessments.id", "assessments.version"],
            name="fk_sittings_assessment_id_assessment_version",
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidates.id"],
            name="fk_sittings_candidate_id",
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["consents.id"],
            name="fk_sittings_consent_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sittings"),
        sa.UniqueConstraint("hub_user", name="uq_sittings_hub_user"),
    )
    op.create_index("ix_sittings_candidate_id", "sittings", ["candidate_id"], unique=False)
    op.create_index("ix_sittings_status_deadline_ms", "sittings", ["status", "deadline_ms"], unique=False)
    op.create_index(
        "uq_sittings_one_real_per_candidate",
        "sittings",
        ["candidate_id"],
        unique=True,
        sqlite_where=sa.text("is_practice = 0"),
        postgresql_where=sa.text("is_practice = false"),
    )


def _create_recording() -> None:
    op.create_table(
        "events",
        sa.Column("sitting_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("client", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"],
            ["sittings.id"],
            name="fk_events_sitting_id",
        ),
        sa.PrimaryKeyConstraint("sitting_id", "position", name="pk_events"),
        sa.UniqueConstraint("sitting_id", "client", "seq", name="uq_events_sitting_id_client_seq"),
    )
    op.create_table(
        "late_events",
        sa.Column("sitting_id", sa.String(length=32), nullable=False),
        sa.Column("client", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"],
            ["sittings.id"],
            name="fk_late_events_sitting_id",
        ),
        sa.PrimaryKeyConstraint("sitting_id", "client", "seq", name="pk_late_events"),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("sitting_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("documents", sa.Text(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("submitted_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_reason", sa.String(length=16), nullable=False),
        sa.Column("claimed", sa.Text(), nullable=False),
        sa.Column("matches", sa.Boolean(), nullable=True),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"],
            ["sittings.id"],
            name="fk_submissions_sitting_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
        sa.UniqueConstraint("sitting_id", name="uq_submissions_sitting_id"),
    )


def _create_grading() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", Counted, nullable=False),
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("finished_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name="fk_jobs_submission_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("submission_id", "purpose", name="uq_jobs_submission_id_purpose"),
    )
    op.create_index("ix_jobs_state_lease_until_ms", "jobs", ["state", "lease_until_ms"], unique=False)
    op.create_table(
        "reports",
        sa.Column("id", Counted, nullable=False),
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("max_points", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("graded_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name="fk_reports_submission_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.UniqueConstraint("submission_id", "version", name="uq_reports_submission_id_version"),
    )
    op.create_table(
        "audit",
        sa.Column("id", Counted, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)


def _protect(*tables: str) -> None:
    dialect = op.get_bind().dialect.name
    for statement in create_functions(dialect):
        op.execute(statement)
    for table in tables:
        for statement in create_triggers(table, dialect):
            op.execute(statement)
