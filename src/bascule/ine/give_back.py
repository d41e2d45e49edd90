"""What becomes of given numbers in a school: lost by an undoing they are given back; carried by a file, noted so."""

from collections.abc import Sequence

from bascule.ine.deciding import best_fit, numbers_of
from bascule.ine.directory import open_directory
from bascule.ine.known import Known
from bascule.ine.matching.verdict import is_automatic
from bascule.ine.records import lost_numbers
from bascule.ine.weights import model_in_force
from bascule.journal.act import OpenAct
from bascule.store import staging
from bascule.students.register import Register
from bascule.values.ine import IneKind, ine_kind


def give_back(opened: OpenAct) -> None:
    """Write again, within an act of the school, the numbers that its records lost.

    A record that became another child's gets nothing: it is asked about again, like any that changed.

    Args:
        opened (OpenAct): the act that undid something.
    """
    lost = lost_numbers(uai=opened.uai)
    if not lost:
        return
    open_directory()
    model, known = model_in_force(), Known(opened.uai)
    roots = {record.student_id: known.roots[record.person_id or 0] for record, _ in lost}
    known.read_persons(roots.values())
    known.read_numbers(number for record, _ in lost for number in numbers_of(record))
    rows = []
    for record, number in lost:
        fit = best_fit(record, roots[record.student_id], known, model)
        if record.is_same_civil or (fit is not None and is_automatic(fit[1])):
            root = roots[record.student_id]
            # What came back with an older state may be the number of whom the record is no more.
            ine, bea, rnie = (
                own if known.owners.get(own or "", root) == root else None for own in record.numbers
            )
            kind = ine_kind(number)
            rows.append(
                (
                    record.student_id,
                    ine or number,
                    bea or (number if kind is IneKind.BEA else None),
                    rnie or (number if kind is IneKind.RNIE else None),
                )
            )
    Register(uai=opened.uai, act_id=opened.id).give_numbers(rows)


def note_taken(opened: OpenAct, carried: Sequence[tuple[int, str]]) -> None:
    """Note, within an act of the school, the numbers that the school's software took back.

    Args:
        opened (OpenAct): the act of the import.
        carried (Sequence[tuple[int, str]]): pupil and number, as the file gives them.
    """
    if not carried:
        return
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "UPDATE ine_link l SET returned_at = %s, act_id = %s FROM unnest(%s::bigint[], %s::text[])"
            " AS c (id, number) WHERE l.uai = %s AND l.student_id = c.id AND l.given = c.number"
            " AND l.returned_at IS NULL",
            [
                opened.at,
                opened.id,
                [student_id for student_id, _ in carried],
                [number for _, number in carried],
                opened.uai,
            ],
        )
