"""Reminders are written down before their acts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaign", "0004_numbers_and_nights")]

    operations = [
        migrations.AlterField(
            model_name="reminder",
            name="state",
            field=models.CharField(
                choices=[("plan", "prévue"), ("asked", "à envoyer"), ("sent", "envoyée")],
                max_length=5,
            ),
        ),
    ]
