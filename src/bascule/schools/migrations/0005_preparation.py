"""Keep what the preparation of a year says of it and of its structures."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0004_directory"),
    ]

    operations = [
        migrations.AddField(
            model_name="schoolyear",
            name="uses_sconet",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="structure",
            name="is_to_confirm",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="structure",
            name="planned_count",
            field=models.SmallIntegerField(null=True),
        ),
    ]
