"""Make the tables of the directory of identities."""

import django.contrib.postgres.fields
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

import bascule.journal.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=150)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("same", "même élève"),
                            ("different", "deux élèves différents"),
                            ("handed", "transmis au rectorat"),
                            ("merge-asked", "fusion demandée"),
                            ("merged", "fusion confirmée"),
                            ("merge-refused", "fusion refusée"),
                            ("unmerged", "fusion annulée"),
                            ("split", "fiche séparée"),
                            ("apart", "déclarés différents"),
                            ("not-apart", "déclaration de différence retirée"),
                            ("undone", "décision annulée"),
                        ],
                        max_length=16,
                    ),
                ),
                ("about_uai", models.CharField(max_length=8, null=True)),
                ("student_id", models.BigIntegerField(null=True)),
                ("request_id", models.BigIntegerField(db_index=True, null=True)),
                (
                    "person_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                ("merge_id", models.BigIntegerField(null=True)),
                ("evidence", models.JSONField(default=dict)),
                ("why", models.CharField(blank=True, max_length=300)),
                ("undoes_id", models.BigIntegerField(db_index=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Number",
            fields=[
                ("number", models.CharField(max_length=11, primary_key=True, serialize=False)),
                ("person_id", models.BigIntegerField(db_index=True)),
                ("kind", models.CharField(max_length=10)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("FILE", "reçu d’un établissement"),
                            ("GIVEN", "donné par le répertoire"),
                            ("OUTSIDE", "donné par le service national"),
                        ],
                        max_length=7,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("from_uai", models.CharField(max_length=8, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PersonState",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("person_id", models.BigIntegerField(db_index=True)),
                ("until", models.DateTimeField()),
                ("actor", models.CharField(max_length=150)),
                ("before", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                ("prefix", models.CharField(max_length=2, primary_key=True, serialize=False)),
                ("count", models.IntegerField(db_default=0)),
            ],
            options={
                "verbose_name_plural": "series",
            },
        ),
        migrations.CreateModel(
            name="Apart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("one_id", models.BigIntegerField()),
                ("other_id", models.BigIntegerField(db_index=True)),
                ("said_by", models.CharField(max_length=150)),
                ("said_at", models.DateTimeField()),
                ("withdrawn_by", models.CharField(max_length=150, null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("one_id__lt", models.F("other_id"))),
                        name="apart_lower_first",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("one_id", "other_id"),
                        name="apart_once_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Link",
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
                ("student_id", models.BigIntegerField(unique=True)),
                ("person_id", models.BigIntegerField(db_index=True)),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("number", "même INE et état civil concordant"),
                            ("identity", "même état civil"),
                            ("likeness", "état civil très proche"),
                            ("new", "personne que le répertoire ne connaissait pas"),
                            ("agent", "décision d’un agent"),
                        ],
                        max_length=8,
                    ),
                ),
                ("digest", models.BinaryField(max_length=16)),
                ("score", models.JSONField(null=True)),
                ("since", models.DateTimeField()),
                ("given", models.CharField(max_length=11, null=True)),
                ("given_at", models.DateTimeField(null=True)),
                ("returned_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["uai", "given_at"], name="link_given")],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("one_id", models.BigIntegerField()),
                ("other_id", models.BigIntegerField(db_index=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "à confirmer"),
                            ("done", "faite"),
                            ("refused", "refusée"),
                            ("undone", "annulée"),
                        ],
                        max_length=8,
                    ),
                ),
                ("why", models.CharField(max_length=300)),
                ("asked_by", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField()),
                ("answered_by", models.CharField(max_length=150, null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(max_length=150, null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("request_id", models.BigIntegerField(null=True)),
                ("request_uai", models.CharField(max_length=8, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("one_id__lt", models.F("other_id"))),
                        name="merge_lower_first",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("asked", "done"))),
                        fields=("one_id", "other_id"),
                        name="merge_once_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("family_name", models.CharField(max_length=100)),
                ("usual_name", models.CharField(max_length=100, null=True)),
                ("first_name", models.CharField(max_length=100)),
                ("second_name", models.CharField(max_length=100, null=True)),
                ("third_name", models.CharField(max_length=100, null=True)),
                ("sex", models.CharField(max_length=1, null=True)),
                ("birth_date", models.DateField()),
                (
                    "birth_precision",
                    models.CharField(
                        choices=[
                            ("D", "jour connu"),
                            ("M", "mois et année seulement"),
                            ("Y", "année seulement"),
                        ],
                        db_default="D",
                        max_length=1,
                    ),
                ),
                ("birth_country", models.CharField(max_length=3, null=True)),
                ("birth_commune", models.CharField(max_length=5, null=True)),
                ("birth_town", models.CharField(max_length=32, null=True)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("root_id", models.BigIntegerField()),
                ("name_key", models.CharField(max_length=110)),
                ("usual_key", models.CharField(max_length=110, null=True)),
                ("first_key", models.CharField(max_length=110)),
                (
                    "name_start",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Left("name_key", 2),
                        output_field=models.CharField(max_length=2),
                    ),
                ),
                (
                    "usual_start",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Left("usual_key", 2),
                        output_field=models.CharField(max_length=2, null=True),
                    ),
                ),
                (
                    "first_start",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Left("first_key", 3),
                        output_field=models.CharField(max_length=3),
                    ),
                ),
                ("last_uai", models.CharField(max_length=8, null=True)),
                ("last_year", models.SmallIntegerField(null=True)),
                ("since", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["root_id"], name="person_of_root"),
                    models.Index(
                        fields=["birth_date", "name_start"], name="person_by_birth_and_name"
                    ),
                    models.Index(
                        fields=["birth_date", "first_start"], name="person_by_birth_and_first"
                    ),
                    models.Index(fields=["name_key", "first_key"], name="person_by_names"),
                    models.Index(fields=["usual_key", "first_key"], name="person_by_usual_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Request",
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
                ("student_id", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("NON_TRAITE", "non traitée"),
                            ("ERREUR", "en erreur"),
                            ("LITIGE", "en litige"),
                            ("ATTRIBUE", "attribuée"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=30)),
                ("candidates", models.JSONField(null=True)),
                ("digest", models.BinaryField(max_length=16)),
                ("is_handed", models.BooleanField(db_default=False)),
                ("asked_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.CharField(max_length=150, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "LITIGE")),
                        fields=["asked_at"],
                        name="request_in_dispute",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("uai", "year", "student_id"), name="request_once_in_year"
                    )
                ],
            },
        ),
    ]
