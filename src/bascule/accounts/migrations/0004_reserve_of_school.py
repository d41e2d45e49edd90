"""A school may keep keys in its own drawer, to replace a lost one without the authority."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_tries_of_unknown_logins")]

    operations = [
        migrations.AddField(
            model_name="key",
            name="reserve",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
    ]
