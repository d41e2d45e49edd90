"""How long each kind of data is kept, and the only doors by which what may not be rewritten is purged."""

from django.db import migrations, models

#: Days at first, and days below which the base itself refuses to go.
DAYS = {
    "file": (30, 1),
    "report": (365, 30),
    "pupil": (365, 365),
    "archive": (365, 0),
    "person": (3653, 3653),
    "access": (365, 180),
}

_LEAST = " ".join(f"WHEN '{kind}' THEN {least}" for kind, (_, least) in DAYS.items())
_FIRST = ", ".join(f"('{kind}', {days})" for kind, (days, _) in DAYS.items())

ROWS = f"""
ALTER TABLE journal_retention ADD CONSTRAINT retention_long_enough CHECK (days >= CASE kind {_LEAST} END);
INSERT INTO journal_retention (kind, days) VALUES {_FIRST};
"""  # noqa: S608 - our own words

#: The day is the server's, and so is the limit: whoever asks cannot say another.
LIMITS = """
CREATE FUNCTION purge_today() RETURNS date LANGUAGE sql STABLE AS 'SELECT current_date';
CREATE FUNCTION purge_limit(VARIADIC kinds text[]) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN count(*) = cardinality(kinds) THEN purge_today() - sum(days)::integer
        ELSE date '-infinity' END
    FROM journal_retention WHERE kind = ANY (kinds)
$$;
"""
NO_LIMITS = "DROP FUNCTION purge_limit(text[]); DROP FUNCTION purge_today();"

#: Rows are removed by a function of the owner that looks at their dates, whoever calls it; by nothing else.
REFUSE = """
CREATE OR REPLACE FUNCTION journal_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stack text;
BEGIN
    IF TG_OP = 'DELETE' AND current_user = pg_get_userbyid(
        (SELECT relowner FROM pg_class WHERE oid = TG_RELID)) THEN
        GET DIAGNOSTICS stack = PG_CONTEXT;
        IF stack ~ ' purge_(history|accesses|persons|decisions)[(]' THEN
            RETURN NULL;
        END IF;
    END IF;
    RAISE EXCEPTION 'the journal is never rewritten';
END $$;
"""
REFUSE_ALL = """
CREATE OR REPLACE FUNCTION journal_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is never rewritten';
END $$;
"""

ACCESSES = """
CREATE POLICY purged ON journal_access FOR DELETE USING (
    uai = ANY ((SELECT string_to_array(current_setting('bascule.schools', true), ','))::text[])
    AND at < (SELECT purge_limit('access')));
CREATE FUNCTION purge_accesses(p_uai text, p_start bigint, p_end bigint, p_above bigint, p_upto bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    IF EXISTS (SELECT FROM journal_access WHERE uai = p_uai AND transaction >= p_start AND transaction < p_end
        AND id > p_above AND id <= p_upto AND at >= purge_limit('access')) THEN
        RAISE EXCEPTION 'accesses of % are not past their time', p_uai;
    END IF;
    DELETE FROM journal_access WHERE uai = p_uai AND transaction >= p_start AND transaction < p_end
        AND id > p_above AND id <= p_upto;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION purge_accesses(text, bigint, bigint, bigint, bigint) FROM PUBLIC;
"""
NO_ACCESSES = """
DROP FUNCTION purge_accesses(text, bigint, bigint, bigint, bigint);
DROP POLICY purged ON journal_access;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0009_milestones_of_past_acts")]

    operations = [
        migrations.CreateModel(
            name="Retention",
            fields=[
                ("kind", models.CharField(max_length=10, primary_key=True, serialize=False)),
                ("days", models.IntegerField()),
            ],
        ),
        migrations.RunSQL(ROWS, migrations.RunSQL.noop),
        migrations.RunSQL(LIMITS, NO_LIMITS),
        migrations.RunSQL(REFUSE, REFUSE_ALL),
        migrations.RunSQL(ACCESSES, NO_ACCESSES),
    ]
