"""Keep signed heads, the keys they were signed with, and the seals of finished recordings."""

import sqlalchemy as sa
from alembic import op
from nbassess_hub.store.append_only import allow_deleting_sealed, create_triggers

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Counted = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sittings", sa.Column("late_bytes", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("sittings", sa.Column("signed_ms", sa.BigInteger(), nullable=True))
    op.add_column("submissions", sa.Column("signature", sa.String(length=128), nullable=True))
    op.add_column("submissions", sa.Column("key", sa.String(length=16), nullable=True))
    op.add_column("submissions", sa.Column("signed_ms", sa.BigInteger(), nullable=True))
    _create_signed()
    _create_seals()
    dialect = op.get_bind().dialect.name
    for table in ("signed_heads", "signing_keys", "seals"):
        for statement in create_triggers(table, dialect):
            op.execute(statement)
    for statement in allow_deleting_sealed(dialect):
        op.execute(statement)


def _create_signed() -> None:
    op.create_table(
        "signed_heads",
        sa.Column("id", Counted, nullable=False),
        sa.Column("sitting_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sittings.id"], name="fk_signed_heads_sitting_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signed_heads"),
    )
    op.create_index("ix_signed_heads_sitting_id", "signed_heads", ["sitting_id"], unique=False)
    op.create_index("ix_signed_heads_at_ms", "signed_heads", ["at_ms"], unique=False)
    op.create_table(
        "signing_keys",
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("first_used_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_signing_keys"),
    )


def _create_seals() -> None:
    op.create_table(
        "seals",
        sa.Column("sitting_id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("last_seqs", sa.Text(), nullable=False),
        sa.Column("sealed_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sittings.id"], name="fk_seals_sitting_id"),
        sa.PrimaryKeyConstraint("sitting_id", name="pk_seals"),
    )
