"""Faults of who the pupils are: their ids, their names, their birth, their national numbers."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Final

from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.generator.spoiling import (
    FREE_BEA,
    FREE_INE,
    NUMBERS,
    PUPIL,
    Fault,
    Sheet,
    Spoil,
    added,
    drop,
    like,
    pupil_text,
)
from bascule.values.ine import make_ine_bea, make_ine_rnie

_NOTE, _DEFAULT, _PART, _RECORD = Effect.NOTE, Effect.DEFAULT, Effect.PART, Effect.RECORD


def _pupil_id_twice(sheet: Sheet) -> Iterable[Fields]:
    one, other = sheet.pupil("ID_PRV_ELE"), sheet.pupil("ID_PRV_ELE", rank=2)
    other["ID_PRV_ELE"] = one["ID_PRV_ELE"]
    return one, other


def _two_keys_two_pupils(sheet: Sheet) -> Iterable[Fields]:
    """Give a pupil the private id of another, born the same day, who is not in the file."""
    one, other = sheet.pupil("INE_RNIE"), sheet.pupil("INE_RNIE", rank=2)
    other["DATE_NAISS"] = one["DATE_NAISS"]
    like(sheet.first_pupils, other)["DATE_NAISS"] = one["DATE_NAISS"]
    sheet.pupils.remove(one)
    other["ID_PRV_ELE"] = one["ID_PRV_ELE"]
    return (other,)


def _identity_of_two(sheet: Sheet) -> Iterable[Fields]:
    like = sheet.pupil("SCOLARITE_ACTIVE")
    for _ in range(2):
        sheet.first_pupils.append(deepcopy(sheet.newcomer(like)))
    return (sheet.newcomer(like),)


def _two_records_one_pupil(sheet: Sheet) -> Iterable[Fields]:
    one = sheet.pupil("INE_RNIE")
    other = sheet.newcomer(one)
    for tag in ("NOM_DE_FAMILLE", "PRENOM", "DATE_NAISS"):
        other[tag] = one[tag]
    return one, other


def _other_child(sheet: Sheet) -> Iterable[Fields]:
    one = sheet.pupil("INE_RNIE")
    other = sheet.newcomer(one)
    other["ID_PRV_ELE"] = one["ID_PRV_ELE"]
    sheet.pupils.remove(one)
    return (other,)


def _other_name(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("INE_RNIE")
    fields["NOM_DE_FAMILLE"] += " D'ARVIEU"
    return (fields,)


def _old_age(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("DATE_NAISS")
    fields["DATE_NAISS"] = f"{sheet.teaching.year - 41}-05-17"
    return (fields,)


def _wrong_key(number: str) -> Spoil:
    return added("", "ID_NATIONAL", number)


def _other_number(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("INE_RNIE")
    fields["ID_NATIONAL"] = make_ine_rnie(FREE_INE)
    return (fields,)


def _number_of_another(sheet: Sheet) -> Iterable[Fields]:
    """Give a new child the number of a stored pupil, whose own record does not give it any more."""
    one = sheet.pupil("INE_RNIE")
    other = sheet.newcomer(one)
    other["ID_NATIONAL"] = one["ID_NATIONAL"]
    drop(one, *NUMBERS)
    return (other,)


def _number_twice(sheet: Sheet) -> Iterable[Fields]:
    one, other = sheet.pupil("ID_NATIONAL"), sheet.pupil("ID_NATIONAL", rank=2)
    one["ID_NATIONAL"] = other["ID_NATIONAL"] = make_ine_rnie(FREE_INE)
    return one, other


def _born_abroad(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("CODE_COMMUNE_INSEE_NAISS")
    fields["CODE_PAYS"] = "134"
    return (fields,)


FAULTS_OF_PUPILS: Final = (
    Fault("REJEL_CREAT_A_01", _RECORD, PUPIL, pupil_text("ID_PRV_ELE", "100000")),
    Fault("REJEL_CREAT_A_02", _RECORD, PUPIL, _pupil_id_twice),
    Fault("REJEL_CREAT_B_01", _RECORD, PUPIL, pupil_text("PRENOM", None)),
    Fault("REJEL_CREAT_C_01", _RECORD, PUPIL, _two_keys_two_pupils, needs_first=True),
    Fault("REJEL_CREAT_C_02", _RECORD, PUPIL, _identity_of_two, needs_first=True),
    Fault("REJEL_CREAT_C_03", _RECORD, PUPIL, _two_records_one_pupil, needs_first=True),
    Fault("INF_CREAT_D_01", _NOTE, PUPIL, _other_child, needs_first=True),
    Fault("REJEL_DNAIS_A_01", _RECORD, PUPIL, pupil_text("DATE_NAISS", "2014-02-30")),
    Fault("INF_DNAIS_B_01", _NOTE, PUPIL, _old_age),
    Fault("CSEXE_A_01", _PART, PUPIL, pupil_text("CODE_SEXE", "3")),
    Fault("ELNAT_A_01", _PART, PUPIL, pupil_text("CODE_PAYS_NAT", None)),
    Fault("ELNAT_B_01", _PART, PUPIL, pupil_text("CODE_PAYS_NAT", "000")),
    Fault("INF_ELNOM_A_01", _NOTE, PUPIL, _other_name, needs_first=True),
    Fault("IDNAT_A_01", _PART, PUPIL, _wrong_key("INCONNU")),
    Fault("IDNAT_B_01", _PART, PUPIL, _wrong_key(f"{make_ine_bea(FREE_BEA)[:10]}I")),
    Fault("INF_IDNAT_C_01", _NOTE, PUPIL, _wrong_key(f"{make_ine_rnie(FREE_INE)[:9]}ZZ")),
    Fault("IDNAT_D_01", _PART, PUPIL, _other_number, needs_first=True),
    Fault("IDNAT_E_01", _PART, PUPIL, _number_of_another, needs_first=True),
    Fault("IDNAT_F_01", _PART, PUPIL, _number_twice),
    Fault("LNAIS_A_01", _PART, PUPIL, pupil_text("CODE_COMMUNE_INSEE_NAISS", None)),
    Fault("LNAIS_B_01", _PART, PUPIL, pupil_text("CODE_COMMUNE_INSEE_NAISS", "99999")),
    Fault("LNAIS_C_01", _PART, PUPIL, pupil_text("CODE_PAYS", "000")),
    Fault("LNAIS_D_01", _PART, PUPIL, _born_abroad),
)
