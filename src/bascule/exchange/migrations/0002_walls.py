"""Put runs, files, plans and findings under the policy by school."""

from django.db import migrations

from bascule.store.policies import protection_sql, unprotection_sql

TABLES = (
    "exchange_storedfile",
    "exchange_importrun",
    "exchange_planline",
    "exchange_runfinding",
    "exchange_recognition",
    "exchange_sentfile",
)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_tables")]

    operations = [
        migrations.RunSQL(protection_sql(table), unprotection_sql(table)) for table in TABLES
    ]
