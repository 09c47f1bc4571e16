"""Tables whose rows are never changed: by GRANT for the application, by trigger for everybody."""

from django.db import migrations

_DENY = """
CREATE OR REPLACE FUNCTION deny_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are history', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def append_only(table: str) -> list[migrations.RunSQL]:
    """Migration operations that let `table` grow and nothing else.

    The statement trigger stops even the owner's UPDATE, DELETE and TRUNCATE; the REVOKE stops the
    application role before it reaches the trigger.
    """
    return [
        migrations.RunSQL(
            _DENY
            + f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION deny_change();
            DO $$ BEGIN
                IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'nukkad_app') THEN
                    REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM nukkad_app;
                END IF;
            END $$;
            """,
            reverse_sql=f"DROP TRIGGER {table}_append_only ON {table}",
        )
    ]
