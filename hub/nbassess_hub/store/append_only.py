"""Triggers that make a table append-only, in the words of each database."""


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
