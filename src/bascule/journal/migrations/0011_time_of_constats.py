"""How long a signed constat can be disputed."""

from django.db import migrations

#: Two months to go to court; nobody is heard before.
LEAST = {"file": 1, "report": 30, "pupil": 365, "archive": 0, "person": 3653, "access": 180}


def _check(least: dict[str, int]) -> str:
    days = " ".join(f"WHEN '{kind}' THEN {count}" for kind, count in least.items())
    return (
        "ALTER TABLE journal_retention DROP CONSTRAINT retention_long_enough;"
        f" ALTER TABLE journal_retention ADD CONSTRAINT retention_long_enough CHECK (days >= CASE kind {days} END);"
    )


class Migration(migrations.Migration):
    dependencies = [("journal", "0010_retention")]

    operations = [
        migrations.RunSQL(
            [
                _check({**LEAST, "constat": 62}),
                "INSERT INTO journal_retention (kind, days) VALUES ('constat', 365)",
            ],
            ["DELETE FROM journal_retention WHERE kind = 'constat'", _check(LEAST)],
        ),
    ]
