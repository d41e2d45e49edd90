"""Faults of the year of the pupils: guardians, schooling, exit, options, the year before."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any, Final

from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.generator.courses import COURSES
from bascule.generator.school import programme
from bascule.generator.spoiling import (
    PUPIL,
    UNREADABLE,
    Fault,
    Sheet,
    Spoil,
    added,
    drop,
    like,
    pupil_text,
    put,
)

_NOTE, _DEFAULT, _PART, _RECORD = Effect.NOTE, Effect.DEFAULT, Effect.PART, Effect.RECORD
_LEGAL = "RESPONSABLES_ELEVE/LEGAL"
_NOW, _BEFORE = "SCOLARITE_ACTIVE", "ETABLISSEMENT_AN_DERNIER"


def _grants(*grants: tuple[str, str]) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = sheet.pupil("SCOLARITE_ACTIVE", "CODE_MEF")
        fields["BOURSES"] = {
            "BOURSE": [{"CODE_BOURSE": code, "NB_PART": parts} for code, parts in grants]
        }
        return (fields,)

    return spoil


def _link(level: str, kinship: str = "90", *, known: bool = True, twice: bool = False) -> Spoil:
    """Add a link to the first pupil who has two legal guardians."""

    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = next(
            fields
            for fields in sheet.pupils
            if len(_legal(fields)) == 2 and "CODE_MOTIF_SORTIE" not in fields  # noqa: PLR2004
        )
        if twice:
            person = _legal(fields)[0]["ID_PRV_PER"]
        elif known:
            person = sheet.stranger()["ID_PRV_PER"]
        else:
            person = sheet.free_id("ID_PRV_PER", sheet.persons)
        block: Any = fields["RESPONSABLES_ELEVE"]
        link = {"ID_PRV_PER": person, "CODE_PARENTE": kinship}
        block.setdefault(level, []).append(link)
        return (fields,)

    return spoil


def _legal(fields: Fields) -> Any:
    block: Any = fields.get("RESPONSABLES_ELEVE") or {}
    return block.get("LEGAL", ())


def _unknown_mef(sheet: Sheet) -> Iterable[Fields]:
    return pupil_text("SCOLARITE_ACTIVE/CODE_MEF", sheet.other_mef())(sheet)


def _unknown_origin_mef(sheet: Sheet) -> Iterable[Fields]:
    return pupil_text("ETABLISSEMENT_AN_DERNIER/CODE_MEF", sheet.other_mef())(sheet)


def _dated(path: str, years: int, month_day: str) -> Spoil:
    """Put a date some years after the beginning of the school year's calendar year."""
    block, _, tag = path.rpartition("/")

    def spoil(sheet: Sheet) -> Iterable[Fields]:
        return added(block, tag, f"{sheet.teaching.year + years}-{month_day}")(sheet)

    return spoil


def _other_period(sheet: Sheet) -> Iterable[Fields]:
    """Move a pupil to another MEF during the year."""
    fields = sheet.pupil("SCOLARITE_ACTIVE")
    mef = fields["SCOLARITE_ACTIVE"]["CODE_MEF"]
    other = next(
        record["SCOLARITE_ACTIVE"]
        for record in map(dict[str, Any], sheet.pupils)
        if record.get("SCOLARITE_ACTIVE", {}).get("CODE_MEF", mef) != mef
    )
    fields["SCOLARITE_ACTIVE"] = {
        **deepcopy(other),
        "DATE_DEB_SCO": f"{sheet.teaching.year}-11-09",
    }
    drop(fields["SCOLARITE_ACTIVE"], "DATE_FIN_SCO")
    return (fields,)


def _left(tag: str, text: str | None) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = sheet.leaver()
        put(fields, (tag,), text)
        return (fields,)

    return spoil


def _left_next_year(sheet: Sheet) -> Iterable[Fields]:
    return _left("DATE_SORTIE", f"{sheet.teaching.year + 1}-11-02")(sheet)


def _left_before_entry(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.leaver()
    fields["DATE_ENTREE"] = f"{sheet.teaching.year}-12-01"
    return (fields,)


def _options(fields: Any) -> list[Any]:
    options: list[Any] = fields["SCOLARITE_ACTIVE"]["OPTIONS"].setdefault("OPTION", [])
    return options


def _option(subject: str, mode: str) -> Any:
    return {"CODE_MATIERE": subject, "CODE_MODALITE_ELECT": mode}


def _new_option(subject: str, mode: str) -> Spoil:
    def spoil(sheet: Sheet) -> Iterable[Fields]:
        fields = sheet.pupil("SCOLARITE_ACTIVE")
        _options(fields).append(_option(subject, mode))
        return (fields,)

    return spoil


def _option_of_others(mode: str) -> Spoil:
    """Give a pupil a subject that the school teaches in other MEF only."""

    def spoil(sheet: Sheet) -> Iterable[Fields]:
        for fields in map(dict[str, Any], sheet.pupils):
            schooling = fields.get("SCOLARITE_ACTIVE")
            if not schooling or "CODE_MOTIF_SORTIE" in fields:
                continue
            own = {subject for subject, _, _ in programme(COURSES[schooling["CODE_MEF"]])}
            for subject in sheet.teaching.subjects:
                if subject not in own:
                    _options(fields).append(_option(subject, mode))
                    return (like(sheet.pupils, fields),)
        raise LookupError("every subject is taught in every MEF")

    return spoil


def _thirteen_options(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("SCOLARITE_ACTIVE")
    options = _options(fields)
    taken = {option["CODE_MATIERE"] for option in options}
    more = [subject for subject in sheet.teaching.subjects if subject not in taken]
    options += [_option(subject, "X") for subject in more[: 13 - len(options)]]
    return (fields,)


def _option_twice(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("SCOLARITE_ACTIVE", "OPTIONS", "OPTION")
    options = _options(fields)
    options.append(dict(options[0]))
    return (fields,)


def _strange_mode(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("SCOLARITE_ACTIVE")
    taken = {option["CODE_MATIERE"] for option in _options(fields)}
    subject = next(subject for subject in sheet.teaching.subjects if subject not in taken)
    _options(fields).append(_option(subject, "Z"))
    return (fields,)


def _no_options(sheet: Sheet) -> Iterable[Fields]:
    fields = sheet.pupil("SCOLARITE_ACTIVE", "OPTIONS", "OPTION")
    fields["SCOLARITE_ACTIVE"]["OPTIONS"] = {}
    return (fields,)


FAULTS_OF_YEARS: Final = (
    Fault("INF_REGIM_A_01", _NOTE, PUPIL, pupil_text("CODE_REGIME", None)),
    Fault("REGIM_B_01", _DEFAULT, PUPIL, pupil_text("CODE_REGIME", "99")),
    Fault("TRANS_A_01", _DEFAULT, PUPIL, pupil_text("ADHESION_TRANSPORT", UNREADABLE)),
    Fault("SCOPR_A_01", _DEFAULT, PUPIL, pupil_text("DOUBLEMENT", UNREADABLE)),
    Fault("BOURS_A_01", _PART, PUPIL, _grants(("9", "1"))),
    Fault("BOURS_B_01", _PART, PUPIL, _grants(("8", "100"))),
    Fault("BOURS_C_01", _PART, PUPIL, _grants(("8", "1"), ("8", "2"))),
    Fault("HETAB_C_01", _PART, PUPIL, added("", "UAI_ETAB_HEBERGEMENT", "0990001I"), "4.0"),
    # Guardians
    Fault("REJEL_PAREN_A_01", _RECORD, PUPIL, pupil_text("RESPONSABLES_ELEVE", None)),
    Fault("PAREN_B_01", _PART, PUPIL, _link("CONTACT", known=False)),
    Fault("PAREN_C_01", _DEFAULT, PUPIL, pupil_text(f"{_LEGAL}/CODE_PARENTE", "99")),
    Fault("PAREN_C_02", _DEFAULT, PUPIL, pupil_text(f"{_LEGAL}/CODE_PARENTE", "1")),
    Fault("PAREN_D_01", _PART, PUPIL, _link("LEGAL")),
    Fault("PAREN_E_01", _PART, PUPIL, _link("CONTACT", twice=True)),
    Fault("PAREN_F_01", _PART, PUPIL, pupil_text(f"{_LEGAL}/HEBERGE_ELEVE", UNREADABLE)),
    # Schooling
    Fault("ACMEF_A_01", _PART, PUPIL, pupil_text(f"{_NOW}/CODE_MEF", None)),
    Fault("ACMEF_B_01", _PART, PUPIL, _unknown_mef),
    Fault("ACDIV_A_01", _PART, PUPIL, pupil_text(f"{_NOW}/CODE_DIVISION", None)),
    Fault("ACDIV_B_01", _PART, PUPIL, pupil_text(f"{_NOW}/CODE_DIVISION", "INCONNUE")),
    Fault("STATU_A_01", _DEFAULT, PUPIL, pupil_text(f"{_NOW}/CODE_STATUT", None)),
    Fault("STATU_C_01", _PART, PUPIL, pupil_text(f"{_NOW}/CODE_STATUT", "ZZ")),
    Fault("SCOAC_A_01", _DEFAULT, PUPIL, pupil_text(f"{_NOW}/DATE_DEB_SCO", None)),
    Fault("SCOAC_B_01", _PART, PUPIL, _dated(f"{_NOW}/DATE_FIN_SCO", 1, "02-30")),
    Fault("SCOAC_C_01", _PART, PUPIL, pupil_text("DATE_ENTREE", "rentrée")),
    Fault("SCOAC_D_01", _PART, PUPIL, pupil_text(_NOW, None)),
    Fault("SCOAC_E_02", _PART, PUPIL, _dated(f"{_NOW}/DATE_DEB_SCO", 0, "05-04")),
    Fault("SCOAC_E_03", _PART, PUPIL, _dated(f"{_NOW}/DATE_FIN_SCO", 1, "11-02")),
    Fault("INF_SCOAC_F_01", _NOTE, PUPIL, _other_period, needs_first=True),
    # Exit
    Fault("REJEL_SORTI_A_01", _RECORD, PUPIL, _left("CODE_MOTIF_SORTIE", None)),
    Fault("REJEL_SORTI_B_01", _RECORD, PUPIL, _left("DATE_SORTIE", None)),
    Fault("REJEL_SORTI_F_01", _RECORD, PUPIL, _left("CODE_MOTIF_SORTIE", "98")),
    Fault("SORTI_C_01", _PART, PUPIL, _left_next_year),
    Fault("SORTI_D_01", _PART, PUPIL, _left_before_entry),
    # Options
    Fault("INOPT_A_01", _PART, PUPIL, _new_option("999999", "F")),
    Fault("INOPT_B_01", _PART, PUPIL, _thirteen_options),
    Fault("INOPT_C_01", _PART, PUPIL, _option_twice),
    Fault("MODCH_A_01", _PART, PUPIL, _strange_mode),
    Fault("OPOBL_A_01", _PART, PUPIL, _option_of_others("O")),
    Fault("OPFAC_A_01", _PART, PUPIL, _option_of_others("F")),
    Fault("INF_OPOBL_B_01", _NOTE, PUPIL, _no_options),
    # Last year
    Fault("HETAB_A_01", _PART, PUPIL, pupil_text(f"{_BEFORE}/CODE_RNE", "0990001I")),
    Fault("HETAB_B_01", _PART, PUPIL, pupil_text(f"{_BEFORE}/CODE_RNE", None)),
    Fault("PROVE_A_01", _PART, PUPIL, pupil_text(f"{_BEFORE}/CODE_PROVENANCE", None)),
    Fault("PROVE_B_01", _PART, PUPIL, pupil_text(f"{_BEFORE}/CODE_PROVENANCE", "0")),
    Fault("MEFAD_C_02", _PART, PUPIL, _unknown_origin_mef),
    Fault("STATU_D_01", _PART, PUPIL, pupil_text(f"{_BEFORE}/CODE_STATUT", "ZZ")),
    Fault("SCOPR_B_01", _PART, PUPIL, _dated(f"{_BEFORE}/DATE_DEB_SCO", -1, "09-31")),
)
