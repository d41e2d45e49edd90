"""Find the requests of a pupil without those of every school."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("ine", "0007_purge")]

    operations = [
        AddIndexConcurrently(
            model_name="request",
            index=models.Index(fields=["student_id", "year"], name="request_of_pupil"),
        ),
    ]
