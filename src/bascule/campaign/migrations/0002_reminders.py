"""Make the tables of reminders and of their texts: walled, within reach."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models.functions import Cast

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.journal.models import CurrentAct
from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLES = ("campaign_lettermodel", "campaign_reminder")
KEPT = "campaign_lettermodel"


def _current_act() -> Cast:
    return Cast(CurrentAct(models.Value("bascule.act")), models.BigIntegerField())


class Migration(migrations.Migration):
    dependencies = [("campaign", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="LetterModel",
            fields=[
                ("uai", models.CharField(max_length=8)),
                ("created_act_id", models.BigIntegerField(db_default=_current_act())),
                ("act_id", models.BigIntegerField(db_default=_current_act())),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("campaign", models.CharField(max_length=16)),
                ("subject", models.CharField(max_length=150)),
                ("body", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("uai", "campaign"), name="letter_once_for_campaign"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("campaign", models.CharField(max_length=16)),
                ("step", models.CharField(max_length=16)),
                ("day", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "à envoyer"), ("sent", "envoyée")], max_length=5
                    ),
                ),
                ("addresses", ArrayField(base_field=models.EmailField(max_length=254), size=None)),
                ("subject", models.CharField(max_length=400)),
                ("body", models.TextField()),
                ("asked_by", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("uai", "campaign", "year", "step", "day"),
                        name="reminder_once_a_day",
                    )
                ],
            },
        ),
        *(migrations.RunSQL(protection_sql(table), unprotection_sql(table)) for table in TABLES),
        *(migrations.RunSQL(reach_sql(table), unreach_sql(table)) for table in TABLES),
        migrations.RunSQL(keeping_sql(KEPT), unkeeping_sql(KEPT)),
    ]
