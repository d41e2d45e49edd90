"""Make the table of the places of pupils in groups: behind its walls, within reach, its history kept."""

from django.db import migrations, models
from django.db.models.functions import Cast

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.journal.models import CurrentAct
from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql
from bascule.store.references import reference_sql, unreference_sql

_TABLE = "students_membership"
_REFERENCE = (_TABLE, "student_id", "students_student")


def _act() -> "models.BigIntegerField[int, int]":
    return models.BigIntegerField(
        db_default=Cast(CurrentAct(models.Value("bascule.act")), models.BigIntegerField())
    )


class Migration(migrations.Migration):
    dependencies = [("students", "0005_no_guardian_by_name"), ("journal", "0002_walls")]

    operations = [
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("uai", models.CharField(max_length=8)),
                ("created_act_id", _act()),
                ("act_id", _act()),
                ("line", models.IntegerField(null=True)),
                ("rank", models.IntegerField(null=True)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("year", models.SmallIntegerField()),
                ("group_code", models.CharField(max_length=8)),
                ("starts_on", models.DateField(null=True)),
                ("ends_on", models.DateField(null=True)),
                (
                    "student",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=models.deletion.PROTECT,
                        to="students.student",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("uai", "year", "student", "group_code"),
                        name="membership_once_in_group",
                    )
                ],
            },
        ),
        migrations.RunSQL(protection_sql(_TABLE), unprotection_sql(_TABLE)),
        migrations.RunSQL(keeping_sql(_TABLE), unkeeping_sql(_TABLE)),
        migrations.RunSQL(reference_sql(*_REFERENCE), unreference_sql(*_REFERENCE)),
        migrations.RunSQL(reach_sql(_TABLE), unreach_sql(_TABLE)),
    ]
