"""What rules may know of a school's year: its own profile, calendar and structures. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bascule.errors import RefusedError
from bascule.exchange.records import Facts
from bascule.formats.record import Record
from bascule.nomenclatures import package
from bascule.values import school_year


class NotReadyError(RefusedError):
    """The school's year lacks what an import needs.

    Args:
        sentence (str): French, what is missing and who provides it.
    """

    code = "import.year-not-ready"


@dataclass(frozen=True, slots=True)
class Context:
    """Facts not yet read, and the digest that tells whether they changed.

    Attributes:
        digest: of all that rules depend on but the records.
        text: profile, divisions and groups, as JSON.
        year: first calendar year.
        starts_on: first day of the year for pupils.
        ends_on: last day, included.
        national: gives the codes of a national table; for countries and communes alone.
    """

    digest: str
    text: str
    year: int
    starts_on: date
    ends_on: date
    national: Callable[[str], frozenset[str]]

    def facts(self) -> Facts:
        """Read the facts.

        Returns:
            Facts: what rules may know.

        Raises:
            NotReadyError: if the profile or the divisions are not there yet.
        """
        content = json.loads(self.text)
        profile: dict[str, list[dict[str, Any]]] = {}
        for block, fields in content["profile"]:
            profile.setdefault(block, []).append(fields)
        if "MEF" not in profile:
            raise NotReadyError(
                f"Les nomenclatures de l’année {school_year.label(self.year)} n’ont pas été reçues par "
                "l’établissement. Chargez-les avant d’importer les élèves."
            )
        if not content["divisions"]:
            raise NotReadyError(
                f"Aucune division n’existe pour l’année {school_year.label(self.year)}. Créez les structures "
                "de l’établissement avant d’importer les élèves."
            )
        return Facts(
            year=self.year,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            countries=self.national("pays"),
            communes=self.national("commune"),
            **_profile_facts(profile),
            divisions=(served := {code: frozenset(mefs) for code, mefs in content["divisions"]}),
            groups={
                code: _served(mefs, divisions, served)
                for code, mefs, divisions in content["groups"]
            },
        )


#: Attribute of `Facts`, block of the profile, its code, national table of the package.
_TABLES = (
    ("kinships", "LIEN_PARENTE", "@CODE_PARENTE", "lien_parente"),
    ("civilities", "CIVILITE", "@CODE_CIVILITE", "civilite"),
    ("professions", "PROFESSION", "@CODE_PROFESSION", "pcs"),
    ("regimes", "REGIME", "@CODE_REGIME", "regime"),
    ("grants", "BOURSE", "@CODE_BOURSE", "bourse"),
    ("origins", "PROVENANCE", "@CODE_PROVENANCE", "provenance"),
    ("exit_reasons", "MOTIF_SORTIE", "@CODE_MOTIF_SORTIE", "motif_sortie"),
    ("statuses", "STATUT_ELEVE", "@CODE_STATUT", "statut_eleve"),
    ("modes", "MODALITE_ELECTION", "@CODE_MODALITE_ELECT", "modalite_election"),
)


def offline_facts(year: int) -> Facts:
    """Give what is known without a school: the national tables of the package, and no profile.

    Args:
        year (int): first calendar year of the file.

    Returns:
        Facts: rules about the profile and the structures keep silent.
    """
    return Facts(
        year=year,
        starts_on=school_year.starts_on(year),
        ends_on=school_year.ends_on(year),
        **_small_tables({}),
        countries=package.codes("pays"),
        communes=package.communes(),
    )


def facts_from_files(year: int, profile: Sequence[Record], structures: Sequence[Record]) -> Facts:
    """Give what is known from a school's own files.

    Args:
        year (int): first calendar year.
        profile (Sequence[Record]): records of its `Nomenclature.xml`; empty when there is none.
        structures (Sequence[Record]): records of its `Structures.xml`; empty when there is none.

    Returns:
        Facts: rules about what is not given keep silent.
    """
    facts = offline_facts(year)
    if profile:
        blocks: dict[str, list[dict[str, Any]]] = {}
        for record in profile:
            blocks.setdefault(record.tag, []).append(record.fields)
        facts = replace(facts, **_profile_facts(blocks))
    if structures:
        divisions = _divisions(structures)
        facts = replace(facts, divisions=divisions, groups=_groups(structures, divisions))
    return facts


def _served(
    mefs: Sequence[str], divisions: Sequence[str], served: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Give the MEF of a group: its own, and those of the divisions it draws from."""
    return frozenset(mefs).union(*(served.get(code, ()) for code in divisions))


def _groups(
    structures: Sequence[Record], served: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for record in structures:
        if record.tag == "GROUPE":
            mefs: Any = record.fields.get("MEFS_APPARTENANCE") or {}
            drawn: Any = record.fields.get("DIVISIONS_APPARTENANCE") or {}
            found[str(record.fields["@CODE_STRUCTURE"])] = _served(
                [mef["CODE_MEF"] for mef in mefs.get("MEF_APPARTENANCE", ())],
                [one["CODE_STRUCTURE"] for one in drawn.get("DIVISION_APPARTENANCE", ())],
                served,
            )
    return found


def _divisions(structures: Sequence[Record]) -> dict[str, frozenset[str]]:
    served: dict[str, frozenset[str]] = {}
    for record in structures:
        if record.tag == "DIVISION":
            block: Any = record.fields.get("MEFS_APPARTENANCE") or {}
            served[str(record.fields["@CODE_STRUCTURE"])] = frozenset(
                mef["CODE_MEF"] for mef in block.get("MEF_APPARTENANCE", ())
            )
    return served


def _profile_facts(profile: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        **_small_tables(profile),
        "mefs": frozenset(_codes(profile, "MEF", "@CODE_MEF", "MEF_SELECTIONNE")),
        "origin_mefs": frozenset(_codes(profile, "MEF", "@CODE_MEF", "MEF_SELORIG")),
        "subjects": frozenset(_codes(profile, "MATIERE", "@CODE_MATIERE")),
        "mnemonics": {
            entry["CODE_GESTION"]: entry["@CODE_MATIERE"]
            for entry in profile.get("MATIERE", ())
            if "CODE_GESTION" in entry
        },
        "programmes": _programmes(profile),
        "minimum_options": {
            mef["@CODE_MEF"]: int(mef["NB_OPT_MINI"])
            for mef in profile["MEF"]
            if mef.get("NB_OPT_MINI", "").isdigit()
        },
    }


def _small_tables(profile: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Take the small tables from the profile; one that it leaves out is the package's, not an empty one."""
    return {
        attribute: frozenset(_codes(profile, block, code))
        if block in profile
        else package.codes(table)
        for attribute, block, code, table in _TABLES
    }


def _codes(
    profile: dict[str, list[dict[str, Any]]], block: str, code: str, flag: str = ""
) -> list[str]:
    return [entry[code] for entry in profile.get(block, ()) if not flag or entry.get(flag) == "1"]


def _programmes(profile: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, str]]:
    programmes: dict[str, dict[str, str]] = {}
    for entry in profile.get("PROGRAMME", ()):
        programmes.setdefault(entry["CODE_MEF"], {})[entry["CODE_MATIERE"]] = entry.get(
            "CODE_MODALITE_ELECT", ""
        )
    for entry in profile.get("OPTION_OBLIGATOIRE", ()):
        programmes.setdefault(entry["CODE_MEF"], {}).setdefault(entry["CODE_MATIERE"], "O")
    return programmes
