"""Make the table of the tasks of the authority: walled, within reach, its history kept."""

from django.db import migrations, models
from django.db.models.functions import Cast

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.journal.models import CurrentAct
from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLE = "campaign_task"


def _current_act() -> Cast:
    return Cast(CurrentAct(models.Value("bascule.act")), models.BigIntegerField())


class Migration(migrations.Migration):
    dependencies = [("campaign", "0002_reminders")]

    operations = [
        migrations.CreateModel(
            name="Task",
            fields=[
                ("uai", models.CharField(max_length=8)),
                ("created_act_id", models.BigIntegerField(db_default=_current_act())),
                ("act_id", models.BigIntegerField(db_default=_current_act())),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("campaign", models.CharField(max_length=16)),
                ("year", models.SmallIntegerField()),
                ("code", models.CharField(max_length=16)),
                ("operator", models.CharField(blank=True, max_length=150)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("log", models.JSONField(default=list)),
                ("is_go", models.BooleanField(null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("decided_by", models.CharField(blank=True, max_length=150)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("uai", "campaign", "year", "code"), name="task_once_in_campaign"
                    )
                ],
            },
        ),
        migrations.RunSQL(protection_sql(TABLE), unprotection_sql(TABLE)),
        migrations.RunSQL(reach_sql(TABLE), unreach_sql(TABLE)),
        migrations.RunSQL(keeping_sql(TABLE), unkeeping_sql(TABLE)),
    ]
