"""Put links and requests under the policy of their school, and the directory under its own; keep what is kept."""

from django.db import migrations

from bascule.journal.history import append_only_sql, keeping_sql, unkeeping_sql
from bascule.store.policies import (
    between_schools_sql,
    protection_sql,
    reach_sql,
    unbetween_schools_sql,
    unprotection_sql,
    unreach_sql,
)

DIRECTORY = (
    "ine_person",
    "ine_personstate",
    "ine_number",
    "ine_series",
    "ine_merge",
    "ine_apart",
    "ine_decision",
)
SCHOOLS = ("ine_link", "ine_request")
GROWING = ("ine_personstate", "ine_number", "ine_decision")
NEVER_REMOVED = ("ine_person", "ine_series", "ine_merge", "ine_apart")


def never_removed_sql(table: str) -> str:
    """Give the SQL that lets no row of a table be removed.

    Args:
        table (str): a table of the directory.

    Returns:
        str: a statement.
    """
    return (
        f"CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse_rewriting();"
    )


class Migration(migrations.Migration):
    dependencies = [("ine", "0001_tables"), ("journal", "0002_walls")]

    operations = [
        *(migrations.RunSQL(between_schools_sql(t), unbetween_schools_sql(t)) for t in DIRECTORY),
        *(migrations.RunSQL(protection_sql(t), unprotection_sql(t)) for t in SCHOOLS),
        *(migrations.RunSQL(reach_sql(t), unreach_sql(t)) for t in SCHOOLS),
        *(migrations.RunSQL(keeping_sql(t), unkeeping_sql(t)) for t in SCHOOLS),
        *(
            migrations.RunSQL(append_only_sql(t), f"DROP TRIGGER append_only ON {t};")
            for t in GROWING
        ),
        *(
            migrations.RunSQL(never_removed_sql(t), f"DROP TRIGGER never_removed ON {t};")
            for t in NEVER_REMOVED
        ),
    ]
