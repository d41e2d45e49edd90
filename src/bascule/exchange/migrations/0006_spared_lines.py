"""A line of a plan may say what a person leaves as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0005_disposition_walls"),
    ]

    operations = [
        migrations.AlterField(
            model_name="planline",
            name="action",
            field=models.CharField(
                choices=[
                    ("create", "ajout"),
                    ("update", "modification"),
                    ("remove", "retrait"),
                    ("absent", "absent du fichier"),
                    ("spare", "laissé de côté"),
                ],
                max_length=7,
            ),
        ),
    ]
