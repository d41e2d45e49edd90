"""Make the tables of the constat."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Part",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("opens_on", models.DateField()),
                ("closes_on", models.DateField()),
                ("observed_on", models.DateField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("uai", "year"), name="constat_part_once_in_year"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("opens_on", models.DateField()),
                ("closes_on", models.DateField()),
                ("observed_on", models.DateField()),
                ("opened_at", models.DateTimeField()),
                ("opened_by", models.CharField(max_length=150)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("year",), name="constat_once_a_year")
                ],
            },
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("number", models.SmallIntegerField()),
                ("observed_on", models.DateField()),
                ("signed_at", models.DateTimeField()),
                ("signed_by", models.CharField(max_length=150)),
                ("signatory", models.CharField(max_length=200)),
                ("act_id", models.BigIntegerField()),
                ("night_id", models.BigIntegerField()),
                ("transfer_id", models.BigIntegerField()),
                ("pupil_count", models.IntegerField()),
                ("cells", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("base_count", models.IntegerField()),
                ("base_cells", models.JSONField(null=True)),
                ("base_digest", models.CharField(max_length=64)),
                ("explained", models.JSONField(default=list)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.CharField(blank=True, max_length=150)),
                ("withdrawn_why", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("uai", "year", "number"), name="constat_number_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("uai", "year"),
                        name="constat_signed_once",
                    ),
                ],
            },
        ),
    ]
