"""Let a report qualify once, whoever deposits it at the same time; nobody waits while the index is made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("qualification", "0001_tables")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY report_qualifies_once"
                    " ON qualification_qualification (report_digest) WHERE NOT report_digest = ''",
                    "DROP INDEX CONCURRENTLY IF EXISTS report_qualifies_once",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="qualification",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("report_digest", ""), _negated=True),
                        fields=("report_digest",),
                        name="report_qualifies_once",
                    ),
                )
            ],
        ),
    ]
