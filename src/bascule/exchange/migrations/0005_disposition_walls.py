"""Put what schools do about anomalies under the policy by school, within reach, and keep its history."""

from django.db import migrations

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLE = "exchange_disposition"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0004_dispositions")]

    operations = [
        migrations.RunSQL(protection_sql(TABLE), unprotection_sql(TABLE)),
        migrations.RunSQL(reach_sql(TABLE), unreach_sql(TABLE)),
        migrations.RunSQL(keeping_sql(TABLE), unkeeping_sql(TABLE)),
    ]
