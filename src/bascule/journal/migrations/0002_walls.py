"""Make the journal append-only, put it under the policy by school, and define what keeps history."""

from django.db import migrations

from bascule.journal.history import FUNCTION_REVERSE_SQL, FUNCTION_SQL, append_only_sql
from bascule.store.policies import protection_sql, unprotection_sql

TABLES = ("journal_act", "journal_history")


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_tables")]

    operations = [
        migrations.RunSQL(FUNCTION_SQL, FUNCTION_REVERSE_SQL),
        *(migrations.RunSQL(protection_sql(table), unprotection_sql(table)) for table in TABLES),
        *(
            migrations.RunSQL(append_only_sql(table), f"DROP TRIGGER append_only ON {table};")
            for table in TABLES
        ),
    ]
