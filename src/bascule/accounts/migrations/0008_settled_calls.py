"""Make the table of the writes that software asked for, under the policy by school and within reach."""

from django.db import migrations, models

from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

TABLE = "accounts_settledcall"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_permission_of_nights")]

    operations = [
        migrations.CreateModel(
            name="SettledCall",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uai", models.CharField(max_length=8)),
                ("token_id", models.BigIntegerField()),
                ("key", models.CharField(max_length=100)),
                ("digest", models.BinaryField()),
                ("status", models.SmallIntegerField()),
                ("answer", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["uai", "at"], name="settled_call_of_school")],
                "constraints": [
                    models.UniqueConstraint(fields=["token_id", "key"], name="call_settled_once")
                ],
            },
        ),
        migrations.RunSQL(protection_sql(TABLE), unprotection_sql(TABLE)),
        migrations.RunSQL(reach_sql(TABLE), unreach_sql(TABLE)),
    ]
