"""Keep what the outside national service was asked."""

from django.db import migrations, models

from bascule.store.policies import between_schools_sql, unbetween_schools_sql


class Migration(migrations.Migration):
    dependencies = [
        ("ine", "0004_weights"),
    ]

    operations = [
        migrations.CreateModel(
            name="Asked",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("person_id", models.BigIntegerField(unique=True)),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=20)),
            ],
            options={
                "verbose_name_plural": "asked",
            },
        ),
        migrations.RunSQL(between_schools_sql("ine_asked"), unbetween_schools_sql("ine_asked")),
    ]
