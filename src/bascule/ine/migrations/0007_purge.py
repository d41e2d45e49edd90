"""The only doors by which persons whom no school has had for ten years leave the directory, and what was decided."""

from django.db import migrations

PERSONS = """
CREATE FUNCTION purge_persons(p_roots bigint[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
    persons bigint[];
BEGIN
    IF EXISTS (SELECT FROM ine_person WHERE root_id = ANY (p_roots) AND make_date(
        coalesce(last_year, extract(year FROM since)::integer) + 1, 8, 31) >= purge_limit('person')) THEN
        RAISE EXCEPTION 'a person is not past her time';
    END IF;
    SELECT array_agg(id) INTO persons FROM ine_person WHERE root_id = ANY (p_roots);
    DELETE FROM ine_decision WHERE merge_id IN (
        SELECT id FROM ine_merge WHERE one_id = ANY (persons) OR other_id = ANY (persons));
    DELETE FROM ine_merge WHERE one_id = ANY (persons) OR other_id = ANY (persons);
    DELETE FROM ine_apart WHERE one_id = ANY (persons) OR other_id = ANY (persons);
    DELETE FROM ine_asked WHERE person_id = ANY (persons);
    DELETE FROM ine_number WHERE person_id = ANY (persons);
    DELETE FROM ine_personstate WHERE person_id = ANY (persons);
    DELETE FROM ine_person WHERE id = ANY (persons);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION purge_persons(bigint[]) FROM PUBLIC;
"""
DECISIONS = """
CREATE FUNCTION purge_decisions(p_uai text, p_students bigint[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    IF EXISTS (SELECT FROM students_student WHERE uai = p_uai AND id = ANY (p_students))
        OR EXISTS (SELECT FROM ine_decision WHERE about_uai = p_uai AND student_id = ANY (p_students)
            AND at >= purge_limit('pupil', 'archive')) THEN
        RAISE EXCEPTION 'a decision about a pupil of % is not past its time', p_uai;
    END IF;
    DELETE FROM ine_decision WHERE about_uai = p_uai AND student_id = ANY (p_students);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION purge_decisions(text, bigint[]) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ine", "0006_refusals_and_the_retired"),
        ("journal", "0010_retention"),
        ("students", "0007_purge"),
    ]

    operations = [
        migrations.RunSQL(PERSONS, "DROP FUNCTION purge_persons(bigint[]);"),
        migrations.RunSQL(DECISIONS, "DROP FUNCTION purge_decisions(text, bigint[]);"),
    ]
