"""Make the tables of the register: of no school, and of no pupil."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Qualification",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("editor", models.CharField(max_length=100)),
                ("software", models.CharField(max_length=10)),
                ("version", models.CharField(blank=True, max_length=40)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("report_digest", models.CharField(blank=True, max_length=64)),
                ("key_fingerprint", models.CharField(blank=True, max_length=64)),
                ("kit_version", models.CharField(blank=True, max_length=40)),
                ("interface_version", models.CharField(blank=True, max_length=40)),
                ("tested_at", models.DateTimeField(null=True)),
                ("totals", models.JSONField(default=dict)),
                ("exceptions", models.JSONField(default=list)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("qualified_at", models.DateTimeField()),
                ("qualified_by", models.CharField(max_length=150)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.CharField(blank=True, max_length=150)),
                ("withdrawn_why", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("report_digest", ""), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="qualification_has_a_ground",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TrustedKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=64)),
                ("holder", models.CharField(max_length=100)),
                ("added_at", models.DateTimeField()),
                ("added_by", models.CharField(max_length=150)),
                ("removed_at", models.DateTimeField(null=True)),
                ("removed_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("fingerprint",),
                        name="key_trusted_once",
                    )
                ],
            },
        ),
    ]
