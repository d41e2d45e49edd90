"""Put rights, tokens and support sessions under the policy by school, and keep their history.

People and keys are of no school, and are read before it is known which schools a person may reach:
only the verbs of `accounts` read them.
"""

from django.db import migrations

from bascule.journal.history import append_only_sql, keeping_sql, unkeeping_sql
from bascule.store.policies import (
    own_or_school_sql,
    protection_sql,
    reach_sql,
    unown_sql,
    unprotection_sql,
    unreach_sql,
)

OWN = ("accounts_right", "accounts_supportsession")
TOKENS = "accounts_machinetoken"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables"), ("journal", "0005_access_walls")]

    operations = [
        *(migrations.RunSQL(own_or_school_sql(table), unown_sql(table)) for table in OWN),
        migrations.RunSQL(protection_sql(TOKENS), unprotection_sql(TOKENS)),
        migrations.RunSQL(reach_sql(TOKENS), unreach_sql(TOKENS)),
        *(migrations.RunSQL(keeping_sql(table), unkeeping_sql(table)) for table in (*OWN, TOKENS)),
        migrations.RunSQL(
            append_only_sql("accounts_keyevent"),
            "DROP TRIGGER append_only ON accounts_keyevent;",
        ),
    ]
