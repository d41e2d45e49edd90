"""Let everybody read the directory; only the authority adds to it, only a school changes its own line."""

from django.db import migrations

from bascule.store.policies import directory_sql, undirectory_sql


class Migration(migrations.Migration):
    dependencies = [("schools", "0003_reach")]

    operations = [
        migrations.RunSQL(directory_sql("schools_school"), undirectory_sql("schools_school"))
    ]
