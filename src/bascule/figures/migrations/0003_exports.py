"""Keep the tables that left."""

from django.db import migrations, models

from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql


class Migration(migrations.Migration):
    dependencies = [
        ("figures", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("day", models.DateField()),
                ("shape", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=150)),
                ("figures", models.JSONField()),
            ],
            options={
                "indexes": [models.Index(fields=["year", "shape"], name="export_of_shape")],
            },
        ),
        migrations.RunSQL(protection_sql("figures_export"), unprotection_sql("figures_export")),
        migrations.RunSQL(reach_sql("figures_export"), unreach_sql("figures_export")),
    ]
