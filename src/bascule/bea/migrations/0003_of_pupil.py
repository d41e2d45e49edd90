"""Find the versions of a pupil's line, those that ended included; say the evening of each transfer."""

from datetime import date

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bea", "0002_walls")]

    operations = [
        migrations.AlterField(
            "night",
            "state",
            models.CharField(
                choices=[
                    ("planned", "demandée"),
                    ("running", "en cours"),
                    ("done", "terminée"),
                    ("incomplete", "terminée avec des échecs"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            "transfer", "day", models.DateField(default=date(2026, 11, 26)), preserve_default=False
        ),
        *(
            migrations.AddIndex(
                model_name=name,
                index=models.Index(fields=["uai", "year", "student_id"], name=f"{name}_of_pupil"),
            )
            for name in ("record", "nationality")
        ),
    ]
