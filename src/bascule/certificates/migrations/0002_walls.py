"""Put certificates under the policy of their school, but for who holds a code; keep their history."""

from django.db import migrations

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.store.policies import checked_by_code_sql, unchecked_by_code_sql

TABLE = "certificates_certificate"


class Migration(migrations.Migration):
    dependencies = [("certificates", "0001_tables"), ("journal", "0002_walls")]

    operations = [
        migrations.RunSQL(checked_by_code_sql(TABLE), unchecked_by_code_sql(TABLE)),
        migrations.RunSQL(keeping_sql(TABLE), unkeeping_sql(TABLE)),
    ]
