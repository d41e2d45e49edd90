"""Keep of each school how many INE lack, and how its last night ended."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaign", "0003_tasks")]

    operations = [
        migrations.AddField("reading", "lacking_count", models.IntegerField(null=True)),
        migrations.AddField(
            "reading", "night", models.CharField(blank=True, db_default="", max_length=7)
        ),
    ]
