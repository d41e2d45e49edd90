"""Make the table of the ends of GEP, under the policy by school, within reach, its history kept."""

from django.db import migrations, models
from django.db.models.functions import Cast

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.journal.models import CurrentAct
from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLE = "exchange_gepstop"


def _current_act() -> Cast:
    return Cast(CurrentAct(models.Value("bascule.act")), models.BigIntegerField())


class Migration(migrations.Migration):
    dependencies = [("exchange", "0008_table_columns"), ("journal", "0002_walls")]

    operations = [
        migrations.CreateModel(
            name="GepStop",
            fields=[
                ("uai", models.CharField(max_length=8)),
                ("created_act_id", models.BigIntegerField(db_default=_current_act())),
                ("act_id", models.BigIntegerField(db_default=_current_act())),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("year", models.SmallIntegerField()),
                ("number", models.IntegerField()),
                ("stopped_on", models.DateField()),
                ("signed_at", models.DateTimeField()),
                ("signed_by", models.CharField(max_length=150)),
                ("signatory", models.CharField(max_length=150)),
                ("facts", models.JSONField()),
                ("differences", models.JSONField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["uai", "number"], name="gep_stop_number_in_school"
                    ),
                    models.UniqueConstraint(
                        fields=["uai"],
                        condition=models.Q(withdrawn_at=None),
                        name="gep_stopped_once_in_school",
                    ),
                ],
            },
        ),
        migrations.RunSQL(protection_sql(TABLE), unprotection_sql(TABLE)),
        migrations.RunSQL(reach_sql(TABLE), unreach_sql(TABLE)),
        migrations.RunSQL(keeping_sql(TABLE), unkeeping_sql(TABLE)),
    ]
