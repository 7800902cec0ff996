"""Triggers that make a table append-only, in the words of each database; migrations use them as they are."""


def create_triggers(table: str, dialect: str) -> list[str]:
    """Return the statements that make ``table`` refuse update, delete and (PostgreSQL) truncate."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("update", "delete")
        ]
    return [
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION nbassess_append_only()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION nbassess_append_only()",
    ]


def create_functions(dialect: str) -> list[str]:
    """Return the statements that ``create_triggers`` relies on."""
    if dialect == "sqlite":
        return []
    return [
        "CREATE FUNCTION nbassess_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    ]


def allow_deleting_sealed(dialect: str) -> list[str]:
    """Return the statements after which events that a seal covers may be deleted, and nothing else."""
    if dialect == "sqlite":
        return [
            "DROP TRIGGER events_no_delete",
            "CREATE TRIGGER events_no_delete BEFORE DELETE ON events WHEN NOT EXISTS (SELECT 1 FROM seals "
            "WHERE seals.sitting_id = OLD.sitting_id AND seals.records >= OLD.position) "
            "BEGIN SELECT RAISE(ABORT, 'events is append-only'); END",
        ]
    return [
        "DROP TRIGGER events_no_change ON events",
        "CREATE FUNCTION nbassess_only_sealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT 1 FROM seals WHERE seals.sitting_id = OLD.sitting_id AND seals.records >= OLD.position) "
        "THEN RETURN OLD; END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        "CREATE TRIGGER events_no_change BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION nbassess_append_only()",
        "CREATE TRIGGER events_no_delete BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION nbassess_only_sealed()",
    ]
