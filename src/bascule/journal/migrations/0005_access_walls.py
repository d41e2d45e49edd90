"""Let everybody add an access, its school and its person read it, and nobody rewrite it."""

from django.db import migrations

from bascule.journal.history import append_only_sql
from bascule.store.policies import looked_at_sql, unlooked_at_sql


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_access")]

    operations = [
        migrations.RunSQL(looked_at_sql("journal_access"), unlooked_at_sql("journal_access")),
        migrations.RunSQL(
            append_only_sql("journal_access"), "DROP TRIGGER append_only ON journal_access;"
        ),
    ]
