"""Keep runs, files, plans and findings within the reach of who asks."""

from django.db import migrations

from bascule.store.policies import reach_sql, unreach_sql

TABLES = (
    "exchange_storedfile",
    "exchange_importrun",
    "exchange_planline",
    "exchange_runfinding",
    "exchange_recognition",
    "exchange_sentfile",
)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0002_walls")]

    operations = [migrations.RunSQL(reach_sql(table), unreach_sql(table)) for table in TABLES]
