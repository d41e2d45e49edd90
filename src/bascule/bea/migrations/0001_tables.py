"""Make the tables of the academic base, its nights and its transfers."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Night",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("day", models.DateField()),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("evening", "chaque soir"),
                            ("asked", "à la demande"),
                            ("replay", "rejouée"),
                        ],
                        max_length=8,
                    ),
                ),
                ("replays_id", models.BigIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "demandée"),
                            ("running", "en cours"),
                            ("done", "terminée"),
                            ("incomplete", "terminée avec des échecs"),
                        ],
                        max_length=10,
                    ),
                ),
                ("asked_by", models.CharField(max_length=150)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("digest", models.BinaryField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("transfer_id", models.BigIntegerField()),
                ("student_id", models.BigIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("added", "ajouté"),
                            ("changed", "modifié"),
                            ("resent", "renvoyé, sans changement"),
                            ("withdrawn", "retiré"),
                            ("blocked", "bloqué avant l’envoi"),
                            ("refused", "refusé par la base académique"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24), size=None
                    ),
                ),
                ("division", models.CharField(blank=True, max_length=8)),
                ("given_ine", models.CharField(blank=True, max_length=11)),
                ("replaced_by", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["transfer_id", "outcome"], name="line_of_transfer")
                ],
            },
        ),
        migrations.CreateModel(
            name="Nationality",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("student_id", models.BigIntegerField()),
                ("from_night", models.BigIntegerField()),
                ("to_night", models.BigIntegerField(null=True)),
                ("nationality", models.CharField(max_length=3)),
            ],
            options={
                "verbose_name_plural": "nationalities",
                "indexes": [
                    models.Index(fields=["uai", "year", "student_id"], name="nationality_of_pupil")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_night__isnull", True)),
                        fields=("uai", "year", "student_id"),
                        name="nationality_once_in_force",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Record",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("student_id", models.BigIntegerField()),
                ("from_night", models.BigIntegerField()),
                ("to_night", models.BigIntegerField(null=True)),
                ("ine", models.CharField(max_length=11, null=True)),
                ("family_name", models.CharField(max_length=100)),
                ("usual_name", models.CharField(max_length=100, null=True)),
                ("first_name", models.CharField(max_length=100)),
                ("second_name", models.CharField(max_length=100, null=True)),
                ("third_name", models.CharField(max_length=100, null=True)),
                ("sex", models.CharField(max_length=1, null=True)),
                ("birth_date", models.DateField()),
                ("birth_country", models.CharField(max_length=3, null=True)),
                ("birth_commune", models.CharField(max_length=5, null=True)),
                ("birth_town", models.CharField(max_length=32, null=True)),
                (
                    "address",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=38), null=True, size=None
                    ),
                ),
                ("postcode", models.CharField(max_length=5, null=True)),
                ("town", models.CharField(max_length=32, null=True)),
                ("country", models.CharField(max_length=3, null=True)),
                (
                    "guardians",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8), null=True, size=None
                    ),
                ),
                ("entered_on", models.DateField(null=True)),
                ("left_on", models.DateField(null=True)),
                ("exit_reason", models.CharField(max_length=2, null=True)),
                ("regime", models.CharField(max_length=2, null=True)),
                ("is_repeating", models.BooleanField(null=True)),
                (
                    "grants",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=5), null=True, size=None
                    ),
                ),
                ("previous_uai", models.CharField(max_length=8, null=True)),
                ("previous_mef", models.CharField(max_length=11, null=True)),
                ("mef", models.CharField(max_length=11)),
                ("division", models.CharField(max_length=8, null=True)),
                ("status", models.CharField(max_length=2, null=True)),
                (
                    "options",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), null=True, size=None
                    ),
                ),
                (
                    "periods",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), null=True, size=None
                    ),
                ),
                ("digest", models.BinaryField(max_length=16)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["uai", "year", "student_id"], name="record_of_pupil")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_night__isnull", True)),
                        fields=("uai", "year", "student_id"),
                        name="record_once_in_force",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Resend",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("day", models.DateField()),
                ("asked_by", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField()),
                ("transfer_id", models.BigIntegerField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("transfer_id__isnull", True)),
                        fields=("uai", "year"),
                        name="resend_once_waiting",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("night_id", models.BigIntegerField()),
                ("day", models.DateField()),
                ("year", models.SmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("to-do", "à faire"),
                            ("sent", "envoyé, accusé de réception attendu"),
                            ("acked", "accusé de réception complet"),
                            ("partial", "accusé de réception avec des fiches non reçues"),
                            ("failed", "en échec"),
                        ],
                        max_length=7,
                    ),
                ),
                ("at", models.DateTimeField(null=True)),
                ("seen_act_id", models.BigIntegerField(null=True)),
                ("lines_id", models.BigIntegerField(null=True)),
                ("sent_count", models.IntegerField(default=0)),
                ("unchanged_count", models.IntegerField(default=0)),
                ("withdrawn_count", models.IntegerField(default=0)),
                ("blocked_count", models.IntegerField(default=0)),
                ("refused_count", models.IntegerField(default=0)),
                ("given_count", models.IntegerField(default=0)),
                ("file_count", models.IntegerField(null=True)),
                ("school_count", models.IntegerField(default=0)),
                ("base_count", models.IntegerField(default=0)),
                ("difference_count", models.IntegerField(default=0)),
                ("is_reconciled", models.BooleanField(null=True)),
                ("divisions", models.JSONField(default=dict)),
                ("digest", models.BinaryField(null=True)),
                ("catalogue", models.CharField(blank=True, max_length=10)),
                ("sentence", models.TextField(blank=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["uai", "year", "-id"], name="transfer_by_school_year")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("night_id", "uai", "year"), name="transfer_once_in_night"
                    )
                ],
            },
        ),
    ]
