"""Drop an index that nothing reads: guardians are listed by pupil, never by name in a school."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    #: The table stays open to those who work.
    atomic = False

    dependencies = [("students", "0004_reach")]

    operations = [RemoveIndexConcurrently(model_name="guardian", name="guardian_by_name")]
