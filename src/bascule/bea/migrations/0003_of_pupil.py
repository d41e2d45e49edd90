"""Find the versions of a pupil's line, those that ended included."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bea", "0002_walls")]

    operations = [
        migrations.AddIndex(
            model_name=name,
            index=models.Index(fields=["uai", "year", "student_id"], name=f"{name}_of_pupil"),
        )
        for name in ("record", "nationality")
    ]
