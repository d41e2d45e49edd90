"""Search persons by one name and where or when they were born, for whom nobody was found otherwise."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("ine", "0002_walls")]

    operations = [
        AddIndexConcurrently(
            model_name="person",
            index=models.Index(fields=["name_key", "first_start"], name="person_by_name_and_start"),
        ),
        AddIndexConcurrently(
            model_name="person",
            index=models.Index(
                fields=["first_key", "name_start"], name="person_by_first_and_start"
            ),
        ),
        AddIndexConcurrently(
            model_name="person",
            index=models.Index(fields=["birth_date", "birth_commune"], name="person_by_birth"),
        ),
        AddIndexConcurrently(
            model_name="person",
            index=models.Index(
                fields=["birth_commune", "name_key"], name="person_by_commune_and_name"
            ),
        ),
    ]
