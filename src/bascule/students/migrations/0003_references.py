"""Make the records of a school point at each other, and only at each other."""

from django.db import migrations

from bascule.store.references import reference_sql, unreference_sql

REFERENCES = (
    ("students_student", "address_id", "students_address"),
    ("students_guardian", "address_id", "students_address"),
    ("students_enrolment", "student_id", "students_student"),
    ("students_schooling", "student_id", "students_student"),
    ("students_guardianship", "student_id", "students_student"),
    ("students_guardianship", "guardian_id", "students_guardian"),
)


class Migration(migrations.Migration):
    dependencies = [("students", "0002_walls")]

    operations = [
        migrations.RunSQL(reference_sql(*reference), unreference_sql(*reference))
        for reference in REFERENCES
    ]
