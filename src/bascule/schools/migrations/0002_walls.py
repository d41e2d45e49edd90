"""Put years and structures under the policy by school, and keep their history."""

from django.db import migrations

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.store.policies import protection_sql, unprotection_sql

TABLES = (
    "schools_schoolyear",
    "schools_structure",
)


class Migration(migrations.Migration):
    dependencies = [("schools", "0001_tables"), ("journal", "0002_walls")]

    operations = [
        *(migrations.RunSQL(protection_sql(table), unprotection_sql(table)) for table in TABLES),
        *(migrations.RunSQL(keeping_sql(table), unkeeping_sql(table)) for table in TABLES),
    ]
