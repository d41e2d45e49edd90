"""Keep with an import whom to tell of it, and what came of telling."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0010_memory_as_it_is")]

    operations = [
        migrations.AddField("importrun", "acknowledgement", models.JSONField(null=True)),
    ]
