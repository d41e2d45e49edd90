"""Make the tables of what was read of schools, and of who advises them: walled, within reach."""

from django.db import migrations, models
from django.db.models.functions import Cast

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.journal.models import CurrentAct
from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLES = ("campaign_reading", "campaign_change", "campaign_adviser")
KEPT = "campaign_adviser"


def _current_act() -> Cast:
    return Cast(CurrentAct(models.Value("bascule.act")), models.BigIntegerField())


class Migration(migrations.Migration):
    initial = True

    dependencies = [("journal", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("read_at", models.DateTimeField()),
                ("seen_act_id", models.BigIntegerField()),
                ("steps", models.JSONField()),
                ("causes", models.JSONField()),
                ("letters", models.CharField(max_length=60)),
                ("days", models.CharField(max_length=240)),
                ("catalogue", models.CharField(max_length=8)),
                ("kind", models.CharField(blank=True, max_length=8)),
                ("software", models.CharField(blank=True, max_length=10)),
                ("pupil_count", models.IntegerField()),
                ("base_count", models.IntegerField(null=True)),
                ("planned_count", models.IntegerField(null=True)),
                ("codes", models.JSONField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("uai", "year"), name="reading_once_in_year")
                ],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("step", models.CharField(max_length=16)),
                ("before", models.CharField(max_length=14)),
                ("after", models.CharField(max_length=14)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["uai", "year", "-id"], name="change_by_school_year")
                ],
            },
        ),
        migrations.CreateModel(
            name="Adviser",
            fields=[
                ("uai", models.CharField(max_length=8)),
                ("created_act_id", models.BigIntegerField(db_default=_current_act())),
                ("act_id", models.BigIntegerField(db_default=_current_act())),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("person_id", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("uai",), name="adviser_once_for_school")
                ],
            },
        ),
        *(migrations.RunSQL(protection_sql(table), unprotection_sql(table)) for table in TABLES),
        *(migrations.RunSQL(reach_sql(table), unreach_sql(table)) for table in TABLES),
        migrations.RunSQL(keeping_sql(KEPT), unkeeping_sql(KEPT)),
    ]
