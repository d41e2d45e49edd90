"""Keep the profiles within the reach of who asks."""

from django.db import migrations

from bascule.store.policies import reach_sql, unreach_sql

TABLES = ("nomenclatures_profileentry",)


class Migration(migrations.Migration):
    dependencies = [("nomenclatures", "0002_walls")]

    operations = [migrations.RunSQL(reach_sql(table), unreach_sql(table)) for table in TABLES]
