"""Make the table of lists that are written apart, under the policy by school and within reach."""

from django.db import migrations, models

from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLE = "exchange_longlist"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0006_spared_lines")]

    operations = [
        migrations.CreateModel(
            name="LongList",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("asked_by", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField()),
                ("asked", models.JSONField()),
                ("pupil_count", models.IntegerField()),
                ("written_count", models.IntegerField(default=0)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("content", models.BinaryField(null=True)),
            ],
        ),
        migrations.RunSQL(protection_sql(TABLE), unprotection_sql(TABLE)),
        migrations.RunSQL(reach_sql(TABLE), unreach_sql(TABLE)),
    ]
