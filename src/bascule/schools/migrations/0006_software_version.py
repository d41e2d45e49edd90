"""Keep the version of the software that a school says."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0005_preparation"),
    ]

    operations = [
        migrations.AddField(
            model_name="schoolyear",
            name="software_version",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
    ]
