"""`ResponsablesAvecAdresses.xml`, `ResponsablesSansAdresses.xml`: the guardians and their links. Pure.

Source: Spécifications détaillées des exports BEE 17.4, §10; order of a real 2.1 file (2019).
"""

from collections.abc import Iterator

from bascule.exchange.outgoing.eleves import phone
from bascule.exchange.outgoing.roll import Roll, address_id, address_records
from bascule.exchange.outgoing.words import Sending, boolean, flag, given, header, number, numbered
from bascule.formats.record import Fields, Record
from bascule.nomenclatures import package
from bascule.students.rows import GuardianRow, LinkRow


def responsables(sending: Sending, roll: Roll, *, with_addresses: bool) -> Iterator[Record]:
    """Write the guardians of the pupils of a year.

    Args:
        sending (Sending): the export.
        roll (Roll): the year.
        with_addresses (bool): whether addresses are written out.

    Yields:
        Record: the file.
    """
    civilities = {row["code"]: row for row in package.rows("civilite")}
    yield header(sending)
    yield from numbered(
        "PERSONNE",
        (
            _person(i, guardian, civilities.get(guardian.civility or "", {}))
            for i, guardian in roll.guardians.items()
        ),
    )
    yield from numbered(
        "RESPONSABLE_ELEVE",
        (
            _link(pupil.id, guardian_id, link)
            for pupil in roll.pupils
            for guardian_id, link in pupil.links
        ),
    )
    if with_addresses:
        ids = map(address_id, roll.guardians.values())
        yield from address_records(roll, ids, dict(package.labels("pays")))


def _person(guardian_id: int, guardian: GuardianRow, civility: dict[str, str]) -> Fields:
    return given(
        {
            "@PERSONNE_ID": str(guardian_id),
            "ID_PRV_PER": number(guardian.private_id),
            "LC_CIVILITE": civility.get("libelle_court"),
            "LL_CIVILITE": civility.get("libelle_long"),
            "NOM_DE_FAMILLE": guardian.family_name,
            "NOM_USAGE": guardian.usual_name,
            "PRENOM": guardian.first_name,
            "TEL_PERSONNEL": phone(guardian.personal_phone),
            "TEL_PORTABLE": phone(guardian.mobile_phone),
            "ACCEPTE_SMS": flag(guardian.accepts_sms),
            "TEL_PROFESSIONNEL": phone(guardian.work_phone),
            "MEL": guardian.email,
            "COMMUNICATION_ADRESSE": flag(guardian.shares_address),
            "ADRESSE_ID": number(address_id(guardian)),
            "CODE_PROFESSION": guardian.profession,
        }
    )


def _link(student_id: int, guardian_id: int, link: LinkRow) -> Fields:
    return given(
        {
            "ELEVE_ID": str(student_id),
            "PERSONNE_ID": str(guardian_id),
            "NIVEAU_RESPONSABILITE": link.level,
            "CODE_PARENTE": link.kinship,
            "PAIE_FRAIS_SCOLAIRES": flag(link.pays_fees),
            "PERCOIT_LES_AIDES": boolean(link.receives_aid),
            "HEBERGE_ELEVE": boolean(link.lodges_pupil),
            "A_CONTACTER_EN_PRIORITE": boolean(link.is_first_to_call),
        }
    )
