"""Keep the history that a constat is counted again from, for as long as it can be disputed."""

from django.db import migrations

YEARS = """
CREATE FUNCTION constat_disputed_years(p_uai text) RETURNS smallint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(DISTINCT year), '{}') FROM constat_signature
    WHERE uai = p_uai AND signed_at::date >= purge_limit('constat')
$$;
"""
_REFUSAL = """
    IF EXISTS (SELECT FROM journal_history WHERE uai = p_uai AND table_name = 'students_enrolment'
        AND (before->>'student_id')::bigint = ANY (p_students)
        AND (before->>'year')::smallint = ANY (constat_disputed_years(p_uai))) THEN
        RAISE EXCEPTION 'a pupil of % is counted in a constat that can be disputed', p_uai;
    END IF;"""
#: What `students` made, with one more look: its rows are gone by then, and history has all of them.
_PURGE = """
CREATE OR REPLACE FUNCTION purge_history(
    p_uai text, p_students bigint[], p_guardians bigint[], p_addresses bigint[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    IF EXISTS (SELECT FROM students_student WHERE uai = p_uai AND id = ANY (p_students))
        OR EXISTS (SELECT FROM students_guardian WHERE uai = p_uai AND id = ANY (p_guardians))
        OR EXISTS (SELECT FROM students_address WHERE uai = p_uai AND id = ANY (p_addresses)) THEN
        RAISE EXCEPTION 'what is still there keeps its history';
    END IF;
    IF EXISTS (SELECT FROM journal_history WHERE uai = p_uai AND table_name = 'students_enrolment'
        AND operation = 'D' AND (before->>'student_id')::bigint = ANY (p_students)
        AND coalesce((before->>'left_on')::date, make_date((before->>'year')::integer + 1, 8, 31))
            >= purge_limit('pupil', 'archive')) THEN
        RAISE EXCEPTION 'a pupil of % is not past her time', p_uai;
    END IF;{refusal}
    WITH rows AS (
        SELECT table_name, row_id FROM journal_history
        WHERE uai = p_uai AND (before->>'student_id')::bigint = ANY (p_students)
        UNION SELECT 'students_student', unnest(p_students)
        UNION SELECT 'students_guardian', unnest(p_guardians)
        UNION SELECT 'students_address', unnest(p_addresses))
    DELETE FROM journal_history h USING rows
    WHERE h.uai = p_uai AND h.table_name = rows.table_name AND h.row_id = rows.row_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("constat", "0002_walls"),
        ("journal", "0011_time_of_constats"),
        ("students", "0007_purge"),
    ]

    operations = [
        migrations.RunSQL(YEARS, "DROP FUNCTION constat_disputed_years(text);"),
        migrations.RunSQL(_PURGE.format(refusal=_REFUSAL), _PURGE.format(refusal="")),
    ]
