"""Keep years and structures within the reach of who asks."""

from django.db import migrations

from bascule.store.policies import reach_sql, unreach_sql

TABLES = ("schools_schoolyear", "schools_structure")


class Migration(migrations.Migration):
    dependencies = [("schools", "0002_walls")]

    operations = [migrations.RunSQL(reach_sql(table), unreach_sql(table)) for table in TABLES]
