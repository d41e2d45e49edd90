"""Find the imports that somebody is still to be told of without the others."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("exchange", "0012_acknowledgements_of_a_run")]

    operations = [
        AddIndexConcurrently(
            model_name="importrun",
            index=models.Index(
                fields=["uai"],
                condition=models.Q(acknowledgement__contains=[{"state": "waiting"}]),
                name="run_to_acknowledge",
            ),
        ),
    ]
