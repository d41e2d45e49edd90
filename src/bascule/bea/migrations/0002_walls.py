"""Put the academic base under the policy by school, within the reach of who asks."""

from django.db import migrations

from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLES = (
    "bea_night",
    "bea_transfer",
    "bea_line",
    "bea_record",
    "bea_nationality",
    "bea_resend",
)


class Migration(migrations.Migration):
    dependencies = [("bea", "0001_tables")]

    operations = [
        *(migrations.RunSQL(protection_sql(table), unprotection_sql(table)) for table in TABLES),
        *(migrations.RunSQL(reach_sql(table), unreach_sql(table)) for table in TABLES),
    ]
