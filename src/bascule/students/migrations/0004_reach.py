"""Keep the records within the reach of who asks."""

from django.db import migrations

from bascule.store.policies import reach_sql, unreach_sql

TABLES = (
    "students_address",
    "students_student",
    "students_enrolment",
    "students_schooling",
    "students_guardian",
    "students_guardianship",
)


class Migration(migrations.Migration):
    dependencies = [("students", "0003_references")]

    operations = [migrations.RunSQL(reach_sql(table), unreach_sql(table)) for table in TABLES]
