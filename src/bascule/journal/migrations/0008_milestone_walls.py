"""Put milestones under the policy by school, within the reach of who asks."""

from django.db import migrations

from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

_TABLE = "journal_yearmilestone"


class Migration(migrations.Migration):
    dependencies = [("journal", "0007_milestones")]

    operations = [
        migrations.RunSQL(protection_sql(_TABLE), unprotection_sql(_TABLE)),
        migrations.RunSQL(reach_sql(_TABLE), unreach_sql(_TABLE)),
    ]
