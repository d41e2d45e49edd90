"""Let people keep the columns that they chose for lists."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_permissions_of_years")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="list_columns",
            field=models.CharField(max_length=300, blank=True, db_default=""),
        ),
    ]
