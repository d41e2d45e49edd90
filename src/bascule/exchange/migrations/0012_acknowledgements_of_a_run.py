"""Keep all that is asked to be told of an import: the same file may be put under another number."""

from django.db import migrations

# The owner is under the policies too: it opens all schools for the time of the migration.
_OPEN = """
DO $$ BEGIN
IF to_regclass('schools_school') IS NOT NULL THEN
    PERFORM set_config('bascule.schools', coalesce((SELECT string_agg(uai, ',') FROM schools_school), ''), true);
    UPDATE exchange_importrun SET acknowledgement = {} WHERE jsonb_typeof(acknowledgement) = '{}';
END IF; END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0011_acknowledgement")]

    operations = [
        migrations.RunSQL(
            _OPEN.format("jsonb_build_array(acknowledgement)", "object"),
            _OPEN.format("acknowledgement -> -1", "array"),
        ),
    ]
