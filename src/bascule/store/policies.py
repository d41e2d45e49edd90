"""Row-level policies: the second wall between schools, kept by PostgreSQL itself.

Every table that carries a school's data has a policy that compares its `uai` with the schools
opened for the transaction. Queries still name their school; the policy only verifies, because a
policy that decides costs its index. The application role owns nothing, so it cannot lift a policy.
"""

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

#: The schools opened for the transaction, comma separated. Never set for the whole session: a
#: persistent connection would leak one person's schools to the next.
SCHOOLS_SETTING = "bascule.schools"

#: Tables where rows are only ever added: what the application role may not rewrite.
APPEND_ONLY = ("journal_act", "journal_history")


def protection_sql(table: str) -> str:
    """Give the SQL that puts a table under the policy by school.

    Migrations call it: a new form of policy is a new function, this one stays as it is.

    Args:
        table (str): a table with a `uai` column.

    Returns:
        str: statements for a migration.
    """
    # The sub-select is evaluated once a statement, not once a row.
    opened = f"(SELECT string_to_array(current_setting('{SCHOOLS_SETTING}', true), ','))"
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
        f"CREATE POLICY by_school ON {table}"
        f" USING (uai = ANY ({opened}::text[])) WITH CHECK (uai = ANY ({opened}::text[]));"
    )


def unprotection_sql(table: str) -> str:
    """Give the reverse of `protection_sql`.

    Args:
        table (str): the same table.

    Returns:
        str: statements for the way back.
    """
    return (
        f"DROP POLICY by_school ON {table};"
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    )


def open_schools(*uais: str) -> None:
    """Open schools for the current transaction.

    Args:
        *uais (str): the schools whose rows may be read and written until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SCHOOLS_SETTING, ",".join(uais)])


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
