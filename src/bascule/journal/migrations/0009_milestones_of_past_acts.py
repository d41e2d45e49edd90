"""Write when and by whom milestones were reached, and those that acts reached before there were milestones.

A base that was in service keeps its pupils coming: the first import of a year waits for earlier steps, and
its schools took them already.
"""

from django.db import migrations, models

#: What earlier acts did. Those of imports are below: an undoing takes them back.
_REACHED = (
    ("school-year.open", "year.opened"),
    ("nomenclatures.profile", "release.received"),
    ("nomenclatures.profile", "profile.changed"),
    ("nomenclatures.profile", "profile.validated"),
    ("structures.load", "structures.carried"),
    ("structures.load", "structures.changed"),
    ("structures.load", "structures.validated"),
    ("structures.division", "structures.changed"),
    ("common.load", "common.changed"),
)
_SENT = (
    ("nomenclature", "nomenclature.sent"),
    ("structures", "structures.sent"),
    ("communs", "common.sent"),
)


def _values(pairs: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"('{one}', '{other}')" for one, other in pairs)


# The owner is under the policies too: it opens all schools for the time of the migration. On a new base there
# is neither a directory yet nor anything to read.
_FILL = f"""
DO $$ BEGIN
IF to_regclass('schools_school') IS NOT NULL THEN
    PERFORM set_config('bascule.schools', coalesce((SELECT string_agg(uai, ',') FROM schools_school), ''), true);
    UPDATE journal_yearmilestone m SET at = a.at, actor = a.actor FROM journal_act a
        WHERE a.id = m.act_id AND a.uai = m.uai;
    WITH said AS (
        SELECT id, uai, at, actor, kind, run_id, payload::jsonb -> 'facts' AS facts FROM journal_act
    ), runs AS (
        SELECT DISTINCT ON (uai, run_id) id, uai, at, actor, kind, run_id FROM said
        WHERE kind IN ('import.apply', 'import.undo', 'import.restore') ORDER BY uai, run_id, id DESC
    ), found AS (
        SELECT s.id, s.uai, s.at, s.actor, s.facts ->> 'year' AS year, k.name
        FROM said s JOIN (VALUES {_values(_REACHED)}) AS k(kind, name) ON k.kind = s.kind
        UNION ALL
        SELECT s.id, s.uai, s.at, s.actor, s.facts ->> 'year', k.name
        FROM said s CROSS JOIN LATERAL jsonb_array_elements(s.facts -> 'files') AS f(file)
            JOIN (VALUES {_values(_SENT)}) AS k(kind, name) ON k.kind = f.file ->> 'kind'
        WHERE s.kind = 'export'
        UNION ALL
        SELECT r.id, r.uai, r.at, r.actor, s.facts ->> 'year', 'pupils.imported'
        FROM runs r JOIN said s ON s.uai = r.uai AND s.run_id = r.run_id AND s.kind = 'import.apply'
        WHERE r.kind <> 'import.undo'
    )
    INSERT INTO journal_yearmilestone (uai, year, name, act_id, at, actor)
        SELECT DISTINCT ON (uai, year, name) uai, year::smallint, name, id, at, actor
        FROM found WHERE year IS NOT NULL ORDER BY uai, year, name, id DESC
        ON CONFLICT (uai, year, name) DO NOTHING;
END IF; END $$;
"""  # noqa: S608 - our own names


class Migration(migrations.Migration):
    dependencies = [("journal", "0008_milestone_walls")]

    operations = [
        migrations.AddField("yearmilestone", "at", models.DateTimeField(null=True)),
        migrations.AddField(
            "yearmilestone", "actor", models.CharField(max_length=150, db_default="")
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
