"""Put receipts and choices under the policy by school, and keep their history; rename the programmes."""

from django.db import migrations

from bascule.journal.history import keeping_sql, unkeeping_sql
from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLES = ("nomenclatures_receipt", "nomenclatures_profilechoice")


def _renaming_sql(old: str, new: str) -> str:
    return (
        f"UPDATE nomenclatures_nationalcode SET \"table\" = '{new}' WHERE \"table\" = '{old}';"  # noqa: S608 - names of our own
        f"UPDATE nomenclatures_nationaltable SET name = '{new}' WHERE name = '{old}';"
    )


class Migration(migrations.Migration):
    dependencies = [("nomenclatures", "0004_releases"), ("journal", "0002_walls")]

    operations = [
        *(migrations.RunSQL(protection_sql(table), unprotection_sql(table)) for table in TABLES),
        *(migrations.RunSQL(keeping_sql(table), unkeeping_sql(table)) for table in TABLES),
        *(migrations.RunSQL(reach_sql(table), unreach_sql(table)) for table in TABLES),
        migrations.RunSQL(
            _renaming_sql("programme_college", "programme"),
            _renaming_sql("programme", "programme_college"),
        ),
    ]
