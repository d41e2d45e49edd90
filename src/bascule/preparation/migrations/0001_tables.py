"""Make the tables of the presses that open years."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="YearOpening",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "à faire"),
                            ("running", "en cours"),
                            ("stopped", "arrêtée"),
                            ("done", "terminée"),
                            ("undone", "annulée"),
                        ],
                        max_length=8,
                    ),
                ),
                ("keeps_going", models.BooleanField()),
                ("is_asked_to_stop", models.BooleanField(db_default=False)),
                ("is_asked_to_undo", models.BooleanField(db_default=False)),
                ("pressed_by", models.CharField(max_length=150)),
                ("pressed_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SchoolOpening",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("opening_id", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("to-do", "à faire"),
                            ("done", "ouverte"),
                            ("failed", "en échec"),
                            ("blocked", "bloquée"),
                            ("undone", "annulée"),
                        ],
                        max_length=8,
                    ),
                ),
                ("sentence", models.TextField(blank=True)),
                ("carried_count", models.IntegerField(null=True)),
                ("left_count", models.IntegerField(null=True)),
                ("act_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("opening_id", "uai"), name="school_once_in_opening"
                    )
                ],
            },
        ),
    ]
