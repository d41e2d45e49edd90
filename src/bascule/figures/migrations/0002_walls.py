"""Put the cells under the policy by school, within the reach of who asks."""

from django.db import migrations

from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql


class Migration(migrations.Migration):
    dependencies = [("figures", "0001_tables")]

    operations = [
        migrations.RunSQL(protection_sql("figures_cell"), unprotection_sql("figures_cell")),
        migrations.RunSQL(reach_sql("figures_cell"), unreach_sql("figures_cell")),
    ]
