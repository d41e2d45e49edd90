"""The only door by which the history of a pupil who left long ago is removed."""

from django.db import migrations

#: What is given are pupils, guardians and addresses whose rows are gone already, and past their time.
PURGE = """
CREATE FUNCTION purge_history(p_uai text, p_students bigint[], p_guardians bigint[], p_addresses bigint[])
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
    END IF;
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
REVOKE ALL ON FUNCTION purge_history(text, bigint[], bigint[], bigint[]) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("students", "0006_memberships"), ("journal", "0010_retention")]

    operations = [
        migrations.RunSQL(
            PURGE, "DROP FUNCTION purge_history(text, bigint[], bigint[], bigint[]);"
        ),
    ]
