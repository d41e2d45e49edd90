"""Take pupils who left before any schooling of the year."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bea", "0002_walls"),
    ]

    operations = [
        migrations.AlterField(
            model_name="record",
            name="mef",
            field=models.CharField(max_length=11, null=True),
        ),
    ]
