"""Keep how far a school's year has come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0006_access_by_day"),
    ]

    operations = [
        migrations.CreateModel(
            name="YearMilestone",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("name", models.CharField(max_length=32)),
                ("act_id", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("uai", "year", "name"), name="milestone_once_in_year"
                    )
                ],
            },
        ),
    ]
