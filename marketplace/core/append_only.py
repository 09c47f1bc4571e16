"""Tables whose rows are never changed: by GRANT for the application, by trigger for everybody."""

from uuid import UUID

from django.db import connection, migrations

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


def forgettable(table: str, *, column: str, blank: str, rows: str) -> list[migrations.RunSQL]:
    """Migration operations that let the one text of an append-only `table` be blanked by the law of
    erasure, and nothing else: by the function `forget_<table>(subject uuid)`, which the owner has
    written and the application may call.

    `blank` is what `column` becomes, in terms of OLD; `rows` the condition on the rows, in terms of
    `subject`. The statement trigger lets an UPDATE through only from within the function; the row
    trigger refuses whatever changes more than the column, or otherwise, whoever asks.
    """
    function = f"forget_{table}(uuid)"
    within = f"current_setting('nukkad.forgetting', true) IS DISTINCT FROM '{table}'"
    return [
        migrations.RunSQL(
            f"""
            DROP TRIGGER {table}_append_only ON {table};
            CREATE TRIGGER {table}_append_only BEFORE DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION deny_change();
            CREATE TRIGGER {table}_only_forgets BEFORE UPDATE ON {table}
                FOR EACH STATEMENT WHEN ({within}) EXECUTE FUNCTION deny_change();
            CREATE TRIGGER {table}_forgets_text BEFORE UPDATE ON {table}
                FOR EACH ROW WHEN (
                    to_jsonb(OLD) - '{column}' IS DISTINCT FROM to_jsonb(NEW) - '{column}'
                    OR NEW.{column} IS DISTINCT FROM ({blank})
                ) EXECUTE FUNCTION deny_change();
            CREATE FUNCTION forget_{table}(subject uuid) RETURNS bigint
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DECLARE forgotten bigint;
            BEGIN
                PERFORM set_config('nukkad.forgetting', '{table}', true);
                UPDATE {table} AS old SET {column} = {blank.replace("OLD.", "old.")}
                WHERE {column} IS DISTINCT FROM ({blank.replace("OLD.", "old.")}) AND ({rows});
                GET DIAGNOSTICS forgotten = ROW_COUNT;
                PERFORM set_config('nukkad.forgetting', '', true);
                RETURN forgotten;
            END $$;
            REVOKE ALL ON FUNCTION {function} FROM PUBLIC;
            DO $$ BEGIN
                IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'nukkad_app') THEN
                    GRANT EXECUTE ON FUNCTION {function} TO nukkad_app;
                END IF;
            END $$;
            """,
            reverse_sql=f"""
            DROP FUNCTION {function};
            DROP TRIGGER {table}_only_forgets ON {table};
            DROP TRIGGER {table}_forgets_text ON {table};
            DROP TRIGGER {table}_append_only ON {table};
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION deny_change();
            """,
        )
    ]


def forget(table: str, subject: UUID) -> int:
    """Blank the text of an append-only table that is about `subject`, as its migration allows."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT forget_{table}(%s)", [subject])
        return int(cursor.fetchone()[0])
