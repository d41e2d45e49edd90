"""How long reminders to schools, and the states of past campaigns, are kept."""

from django.db import migrations

LEAST = {
    "file": 1, "report": 30, "pupil": 365, "archive": 0, "person": 3653, "access": 180, "constat": 62,
}  # fmt: skip


def _check(least: dict[str, int]) -> str:
    days = " ".join(f"WHEN '{kind}' THEN {count}" for kind, count in least.items())
    return (
        "ALTER TABLE journal_retention DROP CONSTRAINT retention_long_enough;"
        f" ALTER TABLE journal_retention ADD CONSTRAINT retention_long_enough CHECK (days >= CASE kind {days} END);"
    )


class Migration(migrations.Migration):
    dependencies = [("journal", "0011_time_of_constats")]

    operations = [
        migrations.RunSQL(
            [
                _check({**LEAST, "campaign": 30}),
                "INSERT INTO journal_retention (kind, days) VALUES ('campaign', 365)",
            ],
            ["DELETE FROM journal_retention WHERE kind = 'campaign'", _check(LEAST)],
        ),
    ]
