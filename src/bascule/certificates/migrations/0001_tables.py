"""Make the table of the certificates."""

import django.db.models.functions.comparison
from django.db import migrations, models

import bascule.journal.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("uai", models.CharField(max_length=8)),
                (
                    "created_act_id",
                    models.BigIntegerField(
                        db_default=django.db.models.functions.comparison.Cast(
                            bascule.journal.models.CurrentAct(models.Value("bascule.act")),
                            models.BigIntegerField(),
                        )
                    ),
                ),
                (
                    "act_id",
                    models.BigIntegerField(
                        db_default=django.db.models.functions.comparison.Cast(
                            bascule.journal.models.CurrentAct(models.Value("bascule.act")),
                            models.BigIntegerField(),
                        )
                    ),
                ),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("year", models.SmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("schooling", "certificat de scolarité"),
                            ("leaving", "certificat de radiation (exeat)"),
                        ],
                        max_length=9,
                    ),
                ),
                ("number", models.IntegerField()),
                ("code", models.CharField(max_length=14, unique=True)),
                ("student_id", models.BigIntegerField()),
                ("initials", models.CharField(max_length=12)),
                ("birth_year", models.SmallIntegerField()),
                ("digest", models.BinaryField()),
                ("issued_at", models.DateTimeField()),
                ("issued_by", models.CharField(max_length=150)),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["uai", "year", "student_id"], name="certificate_of_student"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("uai", "year", "number"), name="certificate_number_once_in_year"
                    )
                ],
            },
        ),
    ]
