"""What answers write of one record, within an act of its school that holds the directory: person, link, numbers."""

from collections.abc import Sequence

from bascule.ine.models import Link, Person, Request
from bascule.ine.records import DIGEST_SQL, Record
from bascule.ine.writing import bring_back, insert_persons
from bascule.journal.act import OpenAct
from bascule.store import staging
from bascule.students.register import Register
from bascule.students.rows import INE_SQL


def new_person(opened: OpenAct, record: Record, year: int) -> int:
    """Add the person that a record describes.

    Args:
        opened (OpenAct): the act.
        record (Record): the record.
        year (int): first calendar year.

    Returns:
        int: the person.
    """
    with staging.raw_cursor() as cursor:
        (person_id,) = staging.take_ids(cursor, "ine_person", 1)
        insert_persons(
            cursor, ((person_id, record.civil),), uai=opened.uai, year=year, at=opened.at
        )
    return person_id


def link(opened: OpenAct, student_id: int, person_id: int) -> None:
    """Link a record as an agent said; as it stands now, it is not asked about again.

    Args:
        opened (OpenAct): the act.
        student_id (int): the pupil.
        person_id (int): the person.
    """
    with staging.raw_cursor() as cursor:
        bring_back(cursor, (person_id,))
        cursor.execute(
            "INSERT INTO ine_link (uai, created_act_id, act_id, student_id, person_id, how, digest, since)"  # noqa: S608 - our own words
            f" SELECT s.uai, %s, %s, s.id, %s, %s, {DIGEST_SQL}, %s FROM students_student s"
            " WHERE s.uai = %s AND s.id = %s ON CONFLICT (student_id) DO UPDATE SET act_id = EXCLUDED.act_id,"
            " person_id = EXCLUDED.person_id, how = EXCLUDED.how, digest = EXCLUDED.digest,"
            " since = EXCLUDED.since".encode(),
            [
                *(opened.id,) * 2,
                person_id,
                Link.How.AGENT.value,
                opened.at,
                opened.uai,
                student_id,
            ],
        )


def retire(opened: OpenAct, person_id: int) -> None:
    """Propose a person to nobody any more, unless a record or a merge still leads to it.

    Args:
        opened (OpenAct): the act, which sees all schools.
        person_id (int): the person.
    """
    is_alone = not Person.objects.filter(root_id=person_id).exclude(pk=person_id).exists()
    if is_alone and not Link.objects.filter(person_id=person_id).exists():
        Person.objects.filter(pk=person_id, root_id=person_id).update(retired_at=opened.at)


def rewrite_request(request: Request, opened: OpenAct, **values: object) -> None:
    """Write some columns of a request.

    Args:
        request (Request): the request.
        opened (OpenAct): the act.
        **values (object): the columns.
    """
    Request.objects.filter(uai=request.uai, pk=request.pk).update(act_id=opened.id, **values)


def number_of(uai: str, student_id: int) -> str | None:
    """Give the INE of a record.

    Args:
        uai (str): the school.
        student_id (int): the pupil.

    Returns:
        str | None: None where there is none.
    """
    with staging.raw_cursor() as cursor:
        cursor.execute(
            f"SELECT {INE_SQL} FROM students_student s WHERE s.uai = %s AND s.id = %s".encode(),  # noqa: S608 - our own words
            [uai, student_id],
        )
        row = cursor.fetchone()
        return row[0] if row else None


def take_back(opened: OpenAct, student_id: int, person_id: int) -> None:
    """Take out of a record the numbers that are another person's.

    Args:
        opened (OpenAct): the act.
        student_id (int): the pupil.
        person_id (int): whose the record is from now on.
    """
    held = _held(opened, student_id)
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT n.number FROM ine_number n JOIN ine_person p ON p.id = n.person_id WHERE n.number = ANY(%s)"
            " AND p.root_id <> (SELECT root_id FROM ine_person WHERE id = %s)",
            [[number for number in held if number], person_id],
        )
        others = {row[0] for row in cursor}
    if not others:
        return
    ine, bea, rnie = (None if number in others else number for number in held)
    Register(uai=opened.uai, act_id=opened.id).give_numbers([(student_id, ine, bea, rnie)])
    Link.objects.filter(uai=opened.uai, student_id=student_id, given__in=others).update(
        act_id=opened.id, given=None, given_at=None, returned_at=None
    )


def _held(opened: OpenAct, student_id: int) -> Sequence[str | None]:
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT ine, ine_bea, ine_rnie FROM students_student WHERE uai = %s AND id = %s",
            [opened.uai, student_id],
        )
        return cursor.fetchone() or ()


def put_back(
    opened: OpenAct, student_id: int, given: str | None, columns: Sequence[str | None]
) -> None:
    """Write the numbers that a record had, where it has none or one that the school did not bring.

    Args:
        opened (OpenAct): the act.
        student_id (int): the pupil.
        given (str | None): the number that the directory gave.
        columns (Sequence[str | None]): INE, that of the académie's base, that of the national registry.
    """
    held = _held(opened, student_id)
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT number FROM ine_number WHERE number = ANY(%s) AND (source <> 'FILE' OR from_uai <> %s)",
            [[number for number in held if number], opened.uai],
        )
        ours = {None, given, *(row[0] for row in cursor)}
    if held:
        ine, bea, rnie = (
            before if now in ours else now for now, before in zip(held, columns, strict=True)
        )
        Register(uai=opened.uai, act_id=opened.id).give_numbers([(student_id, ine, bea, rnie)])
