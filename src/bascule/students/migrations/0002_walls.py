"""Put the records under the policy by school, and keep their history."""

from django.db import migrations

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.store.policies import protection_sql, unprotection_sql

TABLES = (
    "students_address",
    "students_student",
    "students_enrolment",
    "students_schooling",
    "students_guardian",
    "students_guardianship",
)


class Migration(migrations.Migration):
    dependencies = [("students", "0001_tables"), ("journal", "0002_walls")]

    operations = [
        *(migrations.RunSQL(protection_sql(table), unprotection_sql(table)) for table in TABLES),
        *(migrations.RunSQL(keeping_sql(table), unkeeping_sql(table)) for table in TABLES),
    ]
