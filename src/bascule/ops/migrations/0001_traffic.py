"""Make the table in which processes of the site count together."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Traffic",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("route", models.CharField(max_length=200)),
                ("status", models.CharField(max_length=3)),
                ("count", models.BigIntegerField()),
                ("seconds", models.FloatField()),
                ("buckets", ArrayField(models.BigIntegerField())),
            ],
            options={
                "verbose_name_plural": "traffic",
                "constraints": [
                    models.UniqueConstraint(fields=("route", "status"), name="traffic_once")
                ],
            },
        ),
        # Empty at that moment: nothing is written again.
        migrations.RunSQL(
            "ALTER TABLE ops_traffic SET UNLOGGED", "ALTER TABLE ops_traffic SET LOGGED"
        ),
    ]
