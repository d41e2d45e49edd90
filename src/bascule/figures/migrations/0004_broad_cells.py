"""Add the cells up to broader ones, those of past nights too."""

from django.db import migrations, models

from bascule.store.policies import protection_sql, reach_sql, unprotection_sql, unreach_sql

_BROADEST = "mef, sex, entered_on, left_on, exit_reason"
_GRAINS = {
    "b": _BROADEST,
    "l": f"{_BROADEST}, language1, language2",
    "p": f"{_BROADEST}, contract, age, regime, status, repeating",
}
# Each cell adds its pupils on the night that brings it and takes them away on the one that ends it; what is left after
# a night holds until the next that changes it.
_ADD_UP = """
    INSERT INTO figures_broadcell (grain, uai, year, from_night, to_night, {columns}, pupil_count)
    SELECT '{grain}', uai, year, night, to_night, {columns}, pupils FROM (
        SELECT m.*, lead(night) OVER w AS to_night, sum(change) OVER w AS pupils FROM (
            SELECT uai, year, {columns}, night, sum(change) AS change
            FROM figures_cell CROSS JOIN LATERAL (VALUES (from_night, pupil_count), (to_night, -pupil_count))
                v (night, change)
            WHERE night IS NOT NULL GROUP BY uai, year, {columns}, night HAVING sum(change) <> 0
        ) m WINDOW w AS (PARTITION BY uai, year, {columns} ORDER BY night)
    ) told WHERE pupils > 0;
"""
#: The owner is under the policies too: it opens all schools for the time of the migration.
FILL = f"""
DO $$ BEGIN
IF to_regclass('schools_school') IS NOT NULL THEN
    PERFORM set_config('bascule.schools', coalesce((SELECT string_agg(uai, ',') FROM schools_school), ''), true);
    {"".join(_ADD_UP.format(grain=grain, columns=columns) for grain, columns in _GRAINS.items())}
END IF; END $$;
"""  # noqa: S608 - our own words


class Migration(migrations.Migration):
    dependencies = [("figures", "0003_exports")]

    operations = [
        migrations.CreateModel(
            name="BroadCell",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("grain", models.CharField(max_length=1)),
                ("uai", models.CharField(max_length=8)),
                ("year", models.SmallIntegerField()),
                ("from_night", models.BigIntegerField()),
                ("to_night", models.BigIntegerField(null=True)),
                ("mef", models.CharField(db_default="", max_length=11)),
                ("contract", models.CharField(db_default="", max_length=1)),
                ("sex", models.CharField(db_default="", max_length=1)),
                ("age", models.SmallIntegerField(null=True)),
                ("regime", models.CharField(db_default="", max_length=2)),
                ("status", models.CharField(db_default="", max_length=2)),
                ("repeating", models.CharField(db_default="", max_length=1)),
                ("language1", models.CharField(db_default="", max_length=4)),
                ("language2", models.CharField(db_default="", max_length=4)),
                ("entered_on", models.DateField(null=True)),
                ("left_on", models.DateField(null=True)),
                ("exit_reason", models.CharField(db_default="", max_length=2)),
                ("pupil_count", models.IntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("to_night", None)),
                        fields=["grain", "year", "uai"],
                        name="broad_in_force",
                    ),
                    models.Index(
                        fields=["grain", "uai", "year", "from_night"], name="broad_of_school"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            protection_sql("figures_broadcell"), unprotection_sql("figures_broadcell")
        ),
        migrations.RunSQL(reach_sql("figures_broadcell"), unreach_sql("figures_broadcell")),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
