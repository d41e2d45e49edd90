"""Row-level policies: the second wall between schools, kept by PostgreSQL itself.

Every table that carries a school's data has a policy that compares its `uai` with the schools
opened for the transaction. Queries still name their school; the policy only verifies, because a
policy that decides costs its index. The application role owns nothing, so it cannot lift a policy.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

#: The schools opened for the transaction, comma separated. Never set for the whole session: a
#: persistent connection would leak one person's schools to the next.
SCHOOLS_SETTING = "bascule.schools"

#: The schools that whoever asks may reach at all, comma separated; blank for who is bound by none (the
#: operator's commands, the worker). Set once by a face, from the rights of the person, before any verb
#: opens a school: a verb that opens another one still sees nothing of it.
REACH_SETTING = "bascule.reach"

#: The person who asks, who sees rows of her own whatever the school.
PERSON_SETTING = "bascule.person"

#: What a reach of no school is written as: a blank one would be no bound.
_NOWHERE = "-"

#: The code of the one row that somebody may see whatever its school, because she was given the code.
CODE_SETTING = "bascule.code"

#: Set to "on" for the transaction by a verb that reads or writes the identities of pupils across schools.
DIRECTORY_SETTING = "bascule.directory"

# What a policy reads of the transaction: a sub-select is evaluated once a statement, not once a row.
# Migrations are made of these too: a new form is a new name.
_OPENED_SQL = f"(SELECT string_to_array(current_setting('{SCHOOLS_SETTING}', true), ','))::text[]"
_REACHED_SQL = (
    f"(SELECT string_to_array(coalesce(nullif(current_setting('{REACH_SETTING}', true), ''),"
    f" current_setting('{SCHOOLS_SETTING}', true)), ','))::text[]"
)
_OWN_SQL = f"(SELECT nullif(current_setting('{PERSON_SETTING}', true), '')::bigint)"
#: The row's school is opened, and within the reach of who asks.
_WITHIN_SQL = f"uai = ANY ({_OPENED_SQL}) AND uai = ANY ({_REACHED_SQL})"

#: Tables where rows are only ever added: what the application role may not rewrite.
APPEND_ONLY = (
    "journal_act",
    "journal_history",
    "journal_access",
    "accounts_keyevent",
    "ine_number",
    "ine_personstate",
    "ine_decision",
    "ine_weights",
)


#: The functions of the owner by which alone rows of these are removed, and only those past their time.
PURGES = ("purge_accesses", "purge_history", "purge_persons", "purge_decisions")


def protection_sql(table: str) -> str:
    """Give the SQL that puts a table under the policy by school.

    Migrations call it: a new form of policy is a new function, this one stays as it is.

    Args:
        table (str): a table with a `uai` column.

    Returns:
        str: statements for a migration.
    """
    return (
        f"{_wall_sql(table)}"
        f"CREATE POLICY by_school ON {table}"
        f" USING (uai = ANY ({_OPENED_SQL})) WITH CHECK (uai = ANY ({_OPENED_SQL}));"
    )


def unprotection_sql(table: str) -> str:
    """Give the reverse of `protection_sql`.

    Args:
        table (str): the same table.

    Returns:
        str: statements for the way back.
    """
    return f"DROP POLICY by_school ON {table};{_no_wall_sql(table)}"


def reach_sql(table: str) -> str:
    """Give the SQL that keeps a table, already under `protection_sql`, within the reach of who asks.

    Args:
        table (str): a table with a `uai` column.

    Returns:
        str: statements for a migration; a new form is a new function.
    """
    return (
        f"CREATE POLICY within_reach ON {table} AS RESTRICTIVE"
        f" USING (uai = ANY ({_REACHED_SQL})) WITH CHECK (uai = ANY ({_REACHED_SQL}));"
    )


def unreach_sql(table: str) -> str:
    """Give the reverse of `reach_sql`.

    Args:
        table (str): the same table.

    Returns:
        str: statements for the way back.
    """
    return f"DROP POLICY within_reach ON {table};"


def own_or_school_sql(table: str) -> str:
    """Give the SQL of a table whose rows are seen by their school, and by the person they speak of.

    A person's rights are read before it is known which schools they open.

    Args:
        table (str): a table with a `uai` and a `person_id` column.

    Returns:
        str: statements for a migration; a new form is a new function.
    """
    return (
        f"{_wall_sql(table)}"
        f"CREATE POLICY by_school ON {table} USING ({_WITHIN_SQL}) WITH CHECK ({_WITHIN_SQL});"
        f"CREATE POLICY own ON {table} FOR SELECT USING (person_id = {_OWN_SQL});"
    )


def looked_at_sql(table: str) -> str:
    """Give the SQL of a table to which everybody adds, and which its school and its person read.

    Args:
        table (str): a table with a `uai` and a `person_id` column.

    Returns:
        str: statements for a migration; a new form is a new function.
    """
    return (
        f"{_wall_sql(table)}"
        f"CREATE POLICY by_school ON {table} FOR SELECT USING ({_WITHIN_SQL});"
        f"CREATE POLICY own ON {table} FOR SELECT USING (person_id = {_OWN_SQL});"
        f"CREATE POLICY added_by_all ON {table} FOR INSERT WITH CHECK (true);"
    )


def unlooked_at_sql(table: str) -> str:
    """Give the reverse of `looked_at_sql`.

    Args:
        table (str): the same table.

    Returns:
        str: statements for the way back.
    """
    return f"DROP POLICY added_by_all ON {table};" + unown_sql(table)


def unown_sql(table: str) -> str:
    """Give the reverse of `own_or_school_sql`.

    Args:
        table (str): the same table.

    Returns:
        str: statements for the way back.
    """
    return f"DROP POLICY own ON {table};" + unprotection_sql(table)


def checked_by_code_sql(table: str) -> str:
    """Give the SQL of a table whose rows are seen by their school, and one by one by who knows their code.

    Args:
        table (str): a table with a `uai` and a `code` column.

    Returns:
        str: statements for a migration; a new form is a new function.
    """
    return (
        f"{_wall_sql(table)}"
        f"CREATE POLICY by_school ON {table} USING ({_WITHIN_SQL}) WITH CHECK ({_WITHIN_SQL});"
        f"CREATE POLICY by_code ON {table} FOR SELECT"
        f" USING (code = (SELECT nullif(current_setting('{CODE_SETTING}', true), '')));"
    )


def unchecked_by_code_sql(table: str) -> str:
    """Give the reverse of `checked_by_code_sql`.

    Args:
        table (str): the same table.

    Returns:
        str: statements for the way back.
    """
    return f"DROP POLICY by_code ON {table};" + unprotection_sql(table)


def directory_sql(table: str) -> str:
    """Give the SQL of the directory: read by all, added to by the authority, each line its school's.

    Args:
        table (str): the table of the directory.

    Returns:
        str: statements for a migration; a new form is a new function.
    """
    return (
        f"{_wall_sql(table)}"
        f"CREATE POLICY read_by_all ON {table} FOR SELECT USING (true);"
        f"CREATE POLICY added_by_authority ON {table} FOR INSERT WITH CHECK ('AUTORITE' = ANY ({_OPENED_SQL}));"
        f"CREATE POLICY changed_by_school ON {table} FOR UPDATE USING ({_WITHIN_SQL});"
    )


def undirectory_sql(table: str) -> str:
    """Give the reverse of `directory_sql`.

    Args:
        table (str): the same table.

    Returns:
        str: statements for the way back.
    """
    return (
        f"DROP POLICY read_by_all ON {table}; DROP POLICY added_by_authority ON {table};"
        f"DROP POLICY changed_by_school ON {table};"
        f"{_no_wall_sql(table)}"
    )


def between_schools_sql(table: str) -> str:
    """Give the SQL of a table of no school, shown only while a verb has opened the identities.

    Args:
        table (str): a table of the directory of identities.

    Returns:
        str: statements for a migration; a new form is a new function.
    """
    opened = f"(SELECT current_setting('{DIRECTORY_SETTING}', true)) = 'on'"
    return (
        f"{_wall_sql(table)}CREATE POLICY opened ON {table} USING ({opened}) WITH CHECK ({opened});"
    )


def unbetween_schools_sql(table: str) -> str:
    """Give the reverse of `between_schools_sql`.

    Args:
        table (str): the same table.

    Returns:
        str: statements for the way back.
    """
    return f"DROP POLICY opened ON {table};{_no_wall_sql(table)}"


def _wall_sql(table: str) -> str:
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
    )


def _no_wall_sql(table: str) -> str:
    return (
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    )


def confine(*uais: str, person_id: int | None = None) -> None:
    """Bind the current transaction to the schools that a person may reach.

    Args:
        *uais (str): the schools; none of them for somebody who may reach none.
        person_id (int | None): who asks; None for nobody known.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(%s, %s, true), set_config(%s, %s, true)",
            [REACH_SETTING, ",".join(uais) or _NOWHERE, PERSON_SETTING, str(person_id or "")],
        )


@contextmanager
def put_back() -> Iterator[None]:
    """Give back, at the end of a block, the schools, the reach and the person there were at its start.

    For a verb that must see elsewhere for a moment, in a transaction that is somebody else's.

    Yields:
        None: while the block runs.
    """
    names = (SCHOOLS_SETTING, REACH_SETTING, PERSON_SETTING)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(['current_setting(%s, true)'] * len(names))}", names)
        before = cursor.fetchone()
        yield
        # After a fault the savepoint gives them back by itself.
        cursor.execute(
            f"SELECT {', '.join(['set_config(%s, %s, true)'] * len(names))}",
            [
                part
                for name, value in zip(names, before, strict=True)
                for part in (name, value or "")
            ],
        )


def show_code(code: str) -> None:
    """Let the current transaction see the one row that bears a code, of a table checked by code.

    Args:
        code (str): the code.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [CODE_SETTING, code])


def open_schools(*uais: str) -> None:
    """Open schools for the current transaction.

    Args:
        *uais (str): the schools whose rows may be read and written until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SCHOOLS_SETTING, ",".join(uais)])


def opened_schools() -> tuple[str, ...]:
    """Tell which schools are open for the current transaction.

    Returns:
        tuple[str, ...]: what `open_schools` takes to open them again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [SCHOOLS_SETTING])
        return tuple(filter(None, (cursor.fetchone()[0] or "").split(",")))


def grant_application(owner_connection: BaseDatabaseWrapper, role: str) -> None:
    """Give the application role what it needs on the tables, and no more.

    Args:
        owner_connection (BaseDatabaseWrapper): a connection of the owner.
        role (str): the application role.
    """
    quoted = owner_connection.ops.quote_name(role)
    with owner_connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}"
        )
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
        tables = owner_connection.introspection.table_names(cursor)
        for table in APPEND_ONLY:
            if table in tables:
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}")
        cursor.execute(
            "SELECT oid::regprocedure::text FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND proname = ANY (%s)",
            [list(PURGES)],
        )
        for (function,) in cursor.fetchall():
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {quoted}")
