"""Make the table of what schools do about anomalies."""

from django.db import migrations, models
from django.db.models.functions import Cast

from bascule.journal.models import CurrentAct


def _current_act() -> Cast:
    return Cast(CurrentAct(models.Value("bascule.act")), models.BigIntegerField())


class Migration(migrations.Migration):
    dependencies = [("exchange", "0003_reach"), ("journal", "0002_walls")]

    operations = [
        migrations.CreateModel(
            name="Disposition",
            fields=[
                ("uai", models.CharField(max_length=8)),
                ("created_act_id", models.BigIntegerField(db_default=_current_act())),
                ("act_id", models.BigIntegerField(db_default=_current_act())),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("year", models.SmallIntegerField()),
                ("code", models.CharField(max_length=24)),
                ("record", models.CharField(max_length=32)),
                ("field", models.CharField(max_length=60)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("fixed", "corrigée ici"),
                            ("explained", "expliquée"),
                            ("software", "à corriger dans le logiciel"),
                        ],
                        max_length=9,
                    ),
                ),
                ("run_id", models.BigIntegerField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("until", models.DateField(null=True)),
                ("student_id", models.BigIntegerField(null=True)),
                ("decided_by", models.CharField(max_length=150)),
                ("decided_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["uai", "year", "code", "record", "field"], name="disposition_once"
                    )
                ],
            },
        ),
    ]
