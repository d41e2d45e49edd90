"""Put the constat under the policy by school, within the reach of who asks."""

from django.db import migrations

from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLES = ("constat_round", "constat_part", "constat_signature")


class Migration(migrations.Migration):
    dependencies = [("constat", "0001_tables")]

    operations = [
        *(migrations.RunSQL(protection_sql(table), unprotection_sql(table)) for table in TABLES),
        *(migrations.RunSQL(reach_sql(table), unreach_sql(table)) for table in TABLES),
    ]
