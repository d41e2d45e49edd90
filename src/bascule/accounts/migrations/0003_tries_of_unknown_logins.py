from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="UnknownLoginTries",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("failed_count", models.SmallIntegerField()),
                ("locked_until", models.DateTimeField(null=True)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "tries on unknown logins",
            },
        ),
    ]
