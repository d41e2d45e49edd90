"""Say what the profiles already loaded chose, from their effects: computing them again must lose no option."""

from django.db import migrations

# The owner is under the policies too: it opens all schools for the time of the migration, and names the acts
# that loaded the profiles. On a new base there is neither a directory yet nor anything to read.
_FILL = """
DO $$ BEGIN
IF to_regclass('schools_school') IS NOT NULL THEN
    PERFORM set_config('bascule.schools', coalesce((SELECT string_agg(uai, ',') FROM schools_school), ''), true);
    PERFORM set_config('bascule.restoring', 'on', true), set_config('bascule.act', '0', true);
    INSERT INTO nomenclatures_profilechoice (uai, created_act_id, act_id, year, mef, subject)
        SELECT uai, max(act_id), max(act_id), year, '', fields ->> 'CODE_MATIERE'
        FROM nomenclatures_profileentry
        WHERE block = 'PROGRAMME' AND fields ->> 'CODE_MODALITE_ELECT' <> 'S'
            AND length(fields ->> 'CODE_MATIERE') <= 6
        GROUP BY uai, year, fields ->> 'CODE_MATIERE'
        ON CONFLICT (uai, year, mef, subject) DO NOTHING;
    PERFORM set_config('bascule.restoring', 'off', true);
END IF; END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("nomenclatures", "0005_release_walls")]

    operations = [migrations.RunSQL(_FILL, migrations.RunSQL.noop)]
