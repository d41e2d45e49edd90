from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("journal", "0005_access_walls")]

    operations = [
        AddIndexConcurrently("access", BrinIndex(fields=["at"], name="access_by_day")),
    ]
