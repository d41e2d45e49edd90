"""Make the table of what schools say of the columns of their tables: walled, within reach, its history kept."""

from django.db import migrations, models
from django.db.models.functions import Cast

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.journal.models import CurrentAct
from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLE = "exchange_tablecolumns"


def _current_act() -> Cast:
    return Cast(CurrentAct(models.Value("bascule.act")), models.BigIntegerField())


class Migration(migrations.Migration):
    dependencies = [("exchange", "0007_long_lists")]

    operations = [
        migrations.CreateModel(
            name="TableColumns",
            fields=[
                ("uai", models.CharField(max_length=8)),
                ("created_act_id", models.BigIntegerField(db_default=_current_act())),
                ("act_id", models.BigIntegerField(db_default=_current_act())),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("mark", models.CharField(max_length=64)),
                ("columns", models.JSONField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["uai", "mark"], name="table_columns_once_for_headings"
                    )
                ],
            },
        ),
        migrations.AlterField(
            model_name="importrun",
            name="state",
            field=models.CharField(
                choices=[
                    ("untold", "colonnes à préciser"),
                    ("received", "reçu"),
                    ("planned", "à confirmer"),
                    ("held", "retenu pour vérification"),
                    ("applied", "intégré"),
                    ("declined", "abandonné"),
                    ("undone", "annulé"),
                    ("refused", "refusé"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunSQL(protection_sql(TABLE), unprotection_sql(TABLE)),
        migrations.RunSQL(reach_sql(TABLE), unreach_sql(TABLE)),
        migrations.RunSQL(keeping_sql(TABLE), unkeeping_sql(TABLE)),
    ]
