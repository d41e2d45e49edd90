"""Keep who asked last for something of a press."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("preparation", "0002_walls")]

    operations = [
        migrations.AddField(
            model_name="yearopening",
            name="asked_by",
            field=models.CharField(db_default="", max_length=150),
        ),
    ]
