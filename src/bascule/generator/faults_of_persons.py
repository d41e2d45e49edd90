"""Faults of the adults of a file."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Final

from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.generator.spoiling import (
    BASE_ID,
    PERSON,
    UNREADABLE,
    Fault,
    Sheet,
    Spoil,
    like,
    put,
)

_NOTE, _DEFAULT, _PART, _RECORD = Effect.NOTE, Effect.DEFAULT, Effect.PART, Effect.RECORD


def _person_text(path: str, text: str | None) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        tags = tuple(path.split("/"))
        fields = sheet.person(*tags)
        put(fields, tags, text)
        return (fields,)

    return spoil


def _person_id(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.stranger()
    fields["ID_PRV_PER"] = "123456"
    return (fields,)


def _person_id_twice(sheet: Sheet) -> Iterable[Fields]:
    one, other = sheet.stranger(), sheet.stranger()
    other["ID_PRV_PER"] = one["ID_PRV_PER"]
    return one, other


def _person_nameless(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.stranger()
    del fields["PRENOM"]
    return (fields,)


def _person_of_two_keys(sheet: Sheet) -> Iterable[Fields]:
    """Name a person by the base's number of another; no pupil is linked to it any more."""
    fields = sheet.stranger()
    sheet.first_persons.append(deepcopy(fields))
    links = like(sheet.first_pupils, sheet.pupil("RESPONSABLES_ELEVE", "LEGAL"))[
        "RESPONSABLES_ELEVE"
    ]
    links.setdefault("CONTACT", []).append(
        {"ID_PRV_PER": fields["ID_PRV_PER"], "CODE_PARENTE": "90"}
    )
    fields["ID_SIECLE_PER"] = BASE_ID
    sheet.base_person = int(links["LEGAL"][0]["ID_PRV_PER"])
    return (fields,)


def _other_person(sheet: Sheet) -> Iterable[Fields]:
    """Give the number of a stored person to somebody else."""
    fields = sheet.stranger()
    sheet.first_persons.append(deepcopy(fields))
    fields["NOM_DE_FAMILLE"], fields["PRENOM"] = "NOUVEAUVENU", "Gildas"
    return (fields,)


def _long_name(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.person("NOM_DE_FAMILLE")
    fields["NOM_USAGE"] = "LONG " * 21
    return (fields,)


def _children(text: str) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = sheet.person("NOM_DE_FAMILLE")
        fields["ENFANT_A_CHARGE"] = text
        return (fields,)

    return spoil


def _no_postcode(sheet: Sheet) -> Iterable[Fields]:
    return _person_text("ADRESSE/CODE_POSTAL", None)(sheet)


FAULTS_OF_PERSONS: Final = (
    Fault("REJRE_CREAT_A_01", _RECORD, PERSON, _person_id),
    Fault("REJRE_CREAT_A_02", _RECORD, PERSON, _person_id_twice),
    Fault("REJRE_CREAT_B_01", _RECORD, PERSON, _person_nameless),
    Fault("REJRE_CREAT_C_01", _RECORD, PERSON, _person_of_two_keys, "4.0", needs_first=True),
    Fault("INF_CREAT_D_02", _NOTE, PERSON, _other_person, needs_first=True),
    Fault("CIVIL_A_01", _PART, PERSON, _person_text("CODE_CIVILITE", "9")),
    Fault("INF_COMAD_A_01", _NOTE, PERSON, _person_text("COMMUNICATION_ADRESSE", None)),
    Fault("COMAD_B_01", _DEFAULT, PERSON, _person_text("COMMUNICATION_ADRESSE", UNREADABLE)),
    Fault("PEPCS_A_01", _DEFAULT, PERSON, _person_text("CODE_PROFESSION", None)),
    Fault("PEPCS_B_01", _DEFAULT, PERSON, _person_text("CODE_PROFESSION", "00")),
    Fault("NBENF_F_03", _DEFAULT, PERSON, _children("0")),
    Fault("NBENF_A_01", _PART, PERSON, _children("trois")),
    Fault("TELEP_A_01", _PART, PERSON, _person_text("TEL_PORTABLE", "voir M. Morel")),
    Fault("TELEP_B_01", _PART, PERSON, _person_text("EMAIL", "sans adresse")),
    Fault("TELEP_C_01", _PART, PERSON, _person_text("ACCEPTE_SMS", UNREADABLE)),
    Fault("ADRES_A_01", _PART, PERSON, _person_text("ADRESSE/CODE_POSTAL", "9912")),
    Fault("ADRES_B_01", _PART, PERSON, _person_text("ADRESSE/CODE_PAYS", "000")),
    Fault(
        "ADRES_C_01",
        _PART,
        PERSON,
        _person_text("ADRESSE/LIGNE1_ADRESSE", "12 RUE " + "LONGUE " * 6),
    ),
    Fault("INF_ADRES_D_01", _NOTE, PERSON, _no_postcode),
    Fault("FORMA_A_01", _PART, PERSON, _long_name),
)
