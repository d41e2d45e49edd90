"""`IMPORT_ELEVES`, as the school's own software would write it from what we hold. Pure.

So that software that lost its data, or a second school system, can be served, and our base read again
in every version. Version 2.0 says less: old kinship codes, two legal guardians, nobody else.

Source: schemas of the private import, 2.0 (2017), 3.0 and 3.1 (2018), 4.0 (2022).
"""

from collections.abc import Iterator, Sequence

from bascule.exchange.outgoing.old_readers import old_kinship, old_legal
from bascule.exchange.outgoing.roll import Roll, RollPupil, address_id
from bascule.exchange.outgoing.words import Sending, boolean, given, iso_day, number, numbered
from bascule.formats.record import Fields, Record
from bascule.students.rows import (
    EnrolmentRow,
    GuardianRow,
    LinkRow,
    SchoolingRow,
    StudentRow,
)

OLDEST, LATEST = "2.0", "4.0"

_LEVEL_TAGS = (("LEGAL", "1"), ("PERSONNE_EN_CHARGE", "2"), ("CONTACT", "3"))
_DEFAULT_REGIME = "0"
#: What stands for a date that a `DPP` lacks.
_NO_DATE = "-"


def prive(
    sending: Sending, roll: Roll, *, version: str, software: str, send_number: int
) -> Iterator[Record]:
    """Write a year as a private import.

    Args:
        sending (Sending): the export.
        roll (Roll): the year; each pupil and guardian has an id of the software.
        version (str): `2.0`, `3.0`, `3.1` or `4.0`.
        software (str): `LOGICIEL`.
        send_number (int): `NUM_ENVOI`.

    Yields:
        Record: the file.
    """
    yield Record(
        "PARAMETRES",
        0,
        1,
        {
            "@VERSION": version,
            "UAJ": sending.uai,
            "ANNEE_SCOLAIRE": str(sending.year),
            "DATE_IMPORT": f"{sending.made_at:%d/%m/%Y}",
            "NUM_ENVOI": str(send_number),
            "LOGICIEL": software,
        },
    )
    named = _named(roll, version)
    persons = ((i, guardian) for i, guardian in roll.guardians.items() if i in named)
    yield from numbered(
        "PERSONNE", (_person(i, guardian, roll, version) for i, guardian in persons)
    )
    yield from numbered("ELEVE", (_pupil(pupil, roll, version) for pupil in roll.pupils))


def _named(roll: Roll, version: str) -> set[int]:
    """Give the guardians that the pupils of the file name."""
    return {
        guardian_id
        for pupil in roll.pupils
        for guardian_id, _ in (old_legal(pupil) if version == OLDEST else pupil.links)
    }


def _person(guardian_id: int, guardian: GuardianRow, roll: Roll, version: str) -> Fields:
    is_latest = version == LATEST
    return given(
        {
            "ID_PRV_PER": number(guardian.private_id),
            "ID_SIECLE_PER": str(guardian_id) if is_latest else None,
            "CODE_CIVILITE": guardian.civility,
            "NOM_DE_FAMILLE": guardian.family_name,
            "NOM_USAGE": guardian.usual_name,
            "PRENOM": guardian.first_name,
            "ADRESSE": _address(guardian, roll),
            "COMMUNICATION_ADRESSE": boolean(guardian.shares_address),
            "CODE_PROFESSION": guardian.profession,
            **_contact(guardian),
            "ENFANT_A_CHARGE": None if is_latest else number(guardian.dependent_children),
        }
    )


def _address(row: GuardianRow | StudentRow, roll: Roll) -> "Fields | None":
    place = address_id(row)
    if place is None:
        return None
    address = roll.addresses[place]
    return given(
        {
            "LIGNE1_ADRESSE": address.line1,
            "LIGNE2_ADRESSE": address.line2,
            "LIGNE3_ADRESSE": address.line3,
            "LIGNE4_ADRESSE": address.line4,
            "CODE_POSTAL": address.postcode,
            "LL_POSTAL": address.town,
            "COMMUNE_ETRANGERE": address.foreign_town,
            "CODE_PAYS": address.country,
        }
    )


def _contact(row: GuardianRow | StudentRow) -> dict[str, str | None]:
    return {
        "TEL_PERSONNEL": row.personal_phone,
        "TEL_PROFESSIONNEL": row.work_phone,
        "TEL_PORTABLE": row.mobile_phone,
        "ACCEPTE_SMS": boolean(row.accepts_sms),
        "EMAIL": row.email,
    }


def _pupil(pupil: RollPupil, roll: Roll, version: str) -> Fields:
    student, enrolment = pupil.student, pupil.enrolment
    is_latest = version == LATEST
    return given(
        {
            "CODE_MOTIF_SORTIE": enrolment.exit_reason,
            "DATE_SORTIE": iso_day(enrolment.left_on),
            "ID_PRV_ELE": number(enrolment.private_id),
            "ID_SIECLE_ELE": str(pupil.id) if is_latest else None,
            **_numbers(student, version),
            "NOM_DE_FAMILLE": student.family_name,
            "NOM_USAGE": student.usual_name,
            "PRENOM": student.first_name,
            "PRENOM2": student.second_name,
            "PRENOM3": student.third_name,
            "CODE_PAYS_NAT": student.nationality,
            "DATE_NAISS": iso_day(student.birth_date),
            "CODE_SEXE": student.sex,
            "CODE_PAYS": student.birth_country,
            "CODE_COMMUNE_INSEE_NAISS": student.birth_commune,
            "VILLE_NAISS": None if student.birth_commune else student.birth_town,
            "DATE_ENTREE": iso_day(enrolment.entered_on),
            "ADRESSE": _address(student, roll),
            **_contact(student),
            "ADHESION_TRANSPORT": boolean(bool(enrolment.takes_transport)),
            "CODE_REGIME": enrolment.regime or _DEFAULT_REGIME,
            "UAI_ETAB_HEBERGEMENT": enrolment.lodging_uai if is_latest else None,
            "DOUBLEMENT": boolean(bool(enrolment.is_repeating)),
            "BOURSES": _grants(enrolment.grants or ()),
            "RESPONSABLES_ELEVE": _guardians(pupil, roll, version) or None,
            "SCOLARITE_ACTIVE": _schooling(pupil.latest, version) if pupil.latest else None,
            "ETABLISSEMENT_AN_DERNIER": _last_year(enrolment, version) or None,
        }
    )


def _numbers(student: StudentRow, version: str) -> dict[str, str | None]:
    if version == LATEST:
        # One number only is left in this version.
        return {"ID_NATIONAL": student.national_number}
    return {"ID_NATIONAL": student.ine, "INE_BEA": student.ine_bea, "INE_RNIE": student.ine_rnie}


def _grants(grants: Sequence[str]) -> "Fields | None":
    if not grants:
        return None
    tags = ("CODE_BOURSE", "NB_PART")
    held: list[Fields] = [dict(zip(tags, grant.split(), strict=True)) for grant in grants]
    return {"BOURSE": held}


def _guardians(pupil: RollPupil, roll: Roll, version: str) -> Fields:
    if version == OLDEST:
        return {
            f"LEGAL{rank}": {
                "ID_PRV_PER": str(roll.guardians[guardian_id].private_id),
                "CODE_PARENTE": old_kinship(link.kinship),
            }
            for rank, (guardian_id, link) in enumerate(old_legal(pupil), 1)
        }
    links = [(str(roll.guardians[i].private_id), link) for i, link in pupil.links]
    return given(
        {
            tag: [
                _link(tag, person, link, version) for person, link in links if link.level == level
            ]
            or None
            for tag, level in _LEVEL_TAGS
        }
    )


def _link(tag: str, person: str, link: LinkRow, version: str) -> Fields:
    fields: dict[str, str | None] = {"ID_PRV_PER": person, "CODE_PARENTE": link.kinship}
    if tag != "CONTACT":
        is_first = version == "3.0"
        fields |= {
            "FINANCIER" if is_first else "PAIE_FRAIS_SCOLAIRES": boolean(link.pays_fees),
            "HEBERGE_ELEVE": boolean(link.lodges_pupil),
            "PERCOIT_LES_AIDES": boolean(link.receives_aid)
            if tag == "LEGAL" or version == LATEST
            else None,
            "A_CONTACTER_EN_PRIORITE": None if is_first else boolean(link.is_first_to_call),
        }
    return given(fields)


def _schooling(row: SchoolingRow, version: str) -> Fields:
    is_latest = version == LATEST
    return given(
        {
            "CODE_MEF": row.mef,
            "CODE_DIVISION": row.division,
            "CODE_STATUT": row.status,
            "DATE_DEB_SCO": iso_day(row.starts_on),
            "DATE_FIN_SCO": iso_day(row.ends_on),
            "ARRET_FORMATION": boolean(row.is_stopped),
            "OPTIONS": None if row.options is None else _options(row.options, is_latest=is_latest),
            "DPPS": _plans(row.plans) if is_latest else None,
        }
    )


def _options(options: Sequence[str], *, is_latest: bool) -> Fields:
    tags = ("CODE_MATIERE", "CODE_MODALITE_ELECT", "UAJ_ACCUEIL")[: 3 if is_latest else 2]
    # Whatever stands between blanks has its tag; an option without a host is shorter.
    chosen: list[Fields] = [dict(zip(tags, option.split(), strict=False)) for option in options]
    return {"OPTION": chosen} if chosen else {}


def _plans(plans: Sequence[str] | None) -> "Fields | None":
    if not plans:
        return None
    tags = ("CODE_DPP", "DATE_DEB_DPP", "DATE_FIN_DPP")
    held: list[Fields] = [
        {tag: part for tag, part in zip(tags, plan.split(), strict=True) if part != _NO_DATE}
        for plan in plans
    ]
    return {"DPP": held}


def _last_year(row: EnrolmentRow, version: str) -> Fields:
    is_latest = version == LATEST
    options = row.previous_options
    return given(
        {
            "CODE_RNE": row.previous_uai,
            "CODE_DEPARTEMENT": None if row.previous_uai else row.previous_department,
            "CODE_PROVENANCE": row.previous_origin,
            "CODE_MEF": row.previous_mef,
            "TYPE_MEF": row.previous_mef_type,
            "CODE_DIVISION": row.previous_division,
            "CODE_STATUT": row.previous_status,
            "DATE_DEB_SCO": iso_day(row.previous_starts_on),
            "DATE_FIN_SCO": iso_day(row.previous_ends_on),
            "CODE_REGIME": row.previous_regime if is_latest else None,
            "OPTIONS_AN_DERNIER": None
            if options is None
            else {"CODE_MATIERE": list(options)}
            if options
            else {},
            "DPPS": _plans(row.previous_plans) if is_latest else None,
        }
    )
