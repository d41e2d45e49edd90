"""`ElevesAvecAdresses.xml`, `ElevesSansAdresses.xml`: the pupils, for the school's own software. Pure.

Source: Spécifications détaillées des exports BEE 17.4, §9; order of a real 3.0 file (2019).
"""

from collections.abc import Iterator

from bascule.exchange.outgoing.roll import Roll, RollPupil, address_id, address_records
from bascule.exchange.outgoing.words import (
    Sending,
    flag,
    french_day,
    given,
    header,
    number,
    numbered,
)
from bascule.formats.record import Fields, Record
from bascule.nomenclatures import package
from bascule.values import school_year

#: Longest telephone number that the format takes.
LONGEST_PHONE = 20
#: Digits of `ELENOET` in `ID_ELEVE_ETAB`.
_NUMBER_WIDTH = 5
_DEFAULT_REGIME = "0"
_DEFAULT_STATUS = "ST"


def eleves(sending: Sending, roll: Roll, *, with_addresses: bool) -> Iterator[Record]:
    """Write the pupils of a year.

    Args:
        sending (Sending): the export.
        roll (Roll): the year.
        with_addresses (bool): whether addresses are written out.

    Yields:
        Record: the file.
    """
    pupils = roll.pupils
    yield header(sending)
    yield from numbered("ELEVE", (_pupil(pupil, sending) for pupil in pupils))
    yield from numbered(
        "OPTION",
        (_options(pupil) for pupil in pupils if pupil.schooling and pupil.schooling.options),
    )
    yield from numbered(
        "STRUCTURES_ELEVE",
        (block for block in map(_structures, pupils) if block["STRUCTURE"]),
    )
    yield from numbered(
        "BOURSE",
        (
            {**_named(pupil), "CODE_BOURSE": grant.split()[0]}
            for pupil in pupils
            for grant in pupil.enrolment.grants or ()
        ),
    )
    if with_addresses:
        ids = (address_id(pupil.student) for pupil in pupils)
        yield from address_records(roll, ids, dict(package.labels("pays")))


def phone(text: str | None) -> str | None:
    """Leave out a telephone number that the format does not take.

    Args:
        text (str | None): as stored.

    Returns:
        str | None: None where it is unknown or too long.
    """
    return text if text is not None and len(text) <= LONGEST_PHONE else None


def _named(pupil: RollPupil) -> dict[str, str]:
    return {"@ELEVE_ID": str(pupil.id), "@ELENOET": str(pupil.number)}


def _pupil(pupil: RollPupil, sending: Sending) -> Fields:
    student, enrolment, schooling = pupil.student, pupil.enrolment, pupil.schooling
    return given(
        {
            **_named(pupil),
            "ID_NATIONAL": student.national_number,
            "INE_BEA": student.ine_bea,
            "INE_RNIE": student.ine_rnie,
            "ELENOET": str(pupil.number),
            "ID_ELEVE_ETAB": f"{pupil.number:0{_NUMBER_WIDTH}d}{sending.uai[1:7]}",
            "ID_PRV_ELE": number(enrolment.private_id),
            "NOM_DE_FAMILLE": student.family_name,
            "NOM_USAGE": student.usual_name,
            "PRENOM": student.first_name,
            "PRENOM2": student.second_name,
            "PRENOM3": student.third_name,
            "DATE_NAISS": french_day(student.birth_date),
            "DOUBLEMENT": flag(bool(enrolment.is_repeating)),
            "TEL_PROFESSIONNEL": phone(student.work_phone),
            "CODE_PAYS": student.birth_country,
            "ACCEPTE_SMS": flag(student.accepts_sms),
            "DATE_SORTIE": french_day(enrolment.left_on),
            "MEL": student.email,
            "CODE_REGIME": enrolment.regime or _DEFAULT_REGIME,
            "DATE_ENTREE": _entry(pupil, sending),
            "VILLE_NAISS": student.birth_town,
            "ADRESSE_ID": number(address_id(student)),
            "CODE_MOTIF_SORTIE": enrolment.exit_reason,
            "TEL_PERSONNEL": phone(student.personal_phone),
            "CODE_SEXE": student.sex,
            "TEL_PORTABLE": phone(student.mobile_phone),
            "CODE_PAYS_NAT": student.nationality,
            "CODE_STATUT": (schooling.status if schooling else None) or _DEFAULT_STATUS,
            "CODE_MEF": schooling.mef if schooling else None,
            "CODE_DEPARTEMENT_NAISS": package.department_of(student.birth_commune)
            if student.birth_commune
            else None,
            "CODE_COMMUNE_INSEE_NAISS": student.birth_commune,
            "ADHESION_TRANSPORT": flag(bool(enrolment.takes_transport)),
            "CODE_PROVENANCE": enrolment.previous_origin,
            "SCOLARITE_AN_DERNIER": _last_year(pupil) or None,
        }
    )


def _entry(pupil: RollPupil, sending: Sending) -> str | None:
    """Give the day of entry: local software wants one for everybody.

    Where it is not known, whoever is there from the start entered on the first of September; our own
    way in reads that day as "not known", so that nothing is invented on the way back.
    """
    entered_on = pupil.enrolment.entered_on
    if entered_on is None and not pupil.came_late:
        entered_on = school_year.starts_on(sending.year)
    return french_day(entered_on)


def _last_year(pupil: RollPupil) -> Fields:
    enrolment = pupil.enrolment
    return given(
        {
            "CODE_MEF": enrolment.previous_mef,
            "CODE_STRUCTURE": enrolment.previous_division,
            "CODE_RNE": enrolment.previous_uai,
        }
    )


def _options(pupil: RollPupil) -> Fields:
    options = pupil.schooling.options if pupil.schooling else None
    chosen: list[Fields] = []
    for rank, option in enumerate(options or (), 1):
        subject, mode, *_ = option.split()
        chosen.append(
            {"NUM_OPTION": str(rank), "CODE_MODALITE_ELECT": mode, "CODE_MATIERE": subject}
        )
    return {**_named(pupil), "OPTIONS_ELEVE": chosen}


def _structures(pupil: RollPupil) -> Fields:
    division = pupil.schooling.division if pupil.schooling else None
    held: list[Fields] = []
    if division:
        held.append({"CODE_STRUCTURE": division, "TYPE_STRUCTURE": "D"})
    held += ({"CODE_STRUCTURE": code, "TYPE_STRUCTURE": "G"} for code in pupil.groups)
    return {**_named(pupil), "STRUCTURE": held}
