"""The links between pupils and groups, as the school's timetable software would write them. Pure.

Source: schema of the links between pupils and groups, 1.4 (20/09/2016).
"""

from collections.abc import Iterator, Mapping, Sequence

from bascule.exchange.outgoing.roll import Roll, RollPupil
from bascule.exchange.outgoing.words import Sending, given, iso_day, numbered
from bascule.formats.import_groups.description import VERSION
from bascule.formats.record import Fields, Record
from bascule.students.rows import MembershipRow


def groupes(
    sending: Sending,
    roll: Roll,
    held: Mapping[int, Sequence[MembershipRow]],
    *,
    software: str,
    send_number: int,
) -> Iterator[Record]:
    """Write the groups of a year.

    Args:
        sending (Sending): the export.
        roll (Roll): the year.
        held (Mapping[int, Sequence[MembershipRow]]): the places of each pupil who has any.
        software (str): `LOGICIEL`.
        send_number (int): `NUM_ENVOI`.

    Yields:
        Record: the file; a pupil of no group is not in it.
    """
    yield Record(
        "PARAMETRES",
        0,
        1,
        {
            "@VERSION": VERSION,
            "UAJ": sending.uai,
            "ANNEE_SCOLAIRE": str(sending.year),
            "DATE_IMPORT": f"{sending.made_at:%d/%m/%Y}",
            "NUM_ENVOI": str(send_number),
            "LOGICIEL": software,
        },
    )
    placed = (pupil for pupil in roll.pupils if pupil.id in held)
    yield from numbered("ELEVE", (_pupil(pupil, held[pupil.id]) for pupil in placed))


def _pupil(pupil: RollPupil, held: Sequence[MembershipRow]) -> Fields:
    row = pupil.student
    places = [
        given(
            {
                "CODE_GROUPE": place.group_code,
                "DATE_DEBUT_GROUPE": iso_day(place.starts_on),
                "DATE_FIN_GROUPE": iso_day(place.ends_on),
            }
        )
        for place in held
    ]
    return given(
        {
            "ELEVE_ID": str(pupil.id),
            "NOM_DE_FAMILLE": row.family_name,
            "NOM_USAGE": row.usual_name,
            "PRENOM": row.first_name,
            "PRENOM2": row.second_name,
            "PRENOM3": row.third_name,
            "DATE_NAISS": iso_day(row.birth_date),
            "GROUPES": {"GROUPE": places},
        }
    )
