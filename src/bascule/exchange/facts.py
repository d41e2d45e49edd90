"""Gather what rules may know of a school's year: its own profile, calendar and structures."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from bascule.errors import RefusedError
from bascule.exchange.records import Facts
from bascule.exchange.rules.book import rules_digest
from bascule.nomenclatures import package
from bascule.store import staging
from bascule.values import school_year


class NotReadyError(RefusedError):
    """The school's year lacks what an import needs.

    Args:
        sentence (str): French, what is missing and who provides it.
    """

    code = "import.year-not-ready"


@dataclass(frozen=True, slots=True)
class Context:
    """Facts not yet read, and the digest that tells whether they changed."""

    digest: str
    text: str
    year: int
    starts_on: date
    ends_on: date

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
                f"Les nomenclatures de l'année {school_year.label(self.year)} n'ont pas été reçues par "
                "l'établissement. Chargez-les avant d'importer les élèves."
            )
        if not content["divisions"]:
            raise NotReadyError(
                f"Aucune division n'existe pour l'année {school_year.label(self.year)}. Créez les structures "
                "de l'établissement avant d'importer les élèves."
            )
        return Facts(
            year=self.year,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            **_small_tables(profile),
            countries=package.codes("pays"),
            communes=package.communes(),
            mefs=frozenset(_codes(profile, "MEF", "@CODE_MEF", "MEF_SELECTIONNE")),
            origin_mefs=frozenset(_codes(profile, "MEF", "@CODE_MEF", "MEF_SELORIG")),
            subjects=frozenset(_codes(profile, "MATIERE", "@CODE_MATIERE")),
            programmes=_programmes(profile),
            minimum_options={
                mef["@CODE_MEF"]: int(mef["NB_OPT_MINI"])
                for mef in profile["MEF"]
                if mef.get("NB_OPT_MINI", "").isdigit()
            },
            divisions={code: frozenset(mefs) for code, mefs in content["divisions"]},
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
        **{attribute: package.codes(table) for attribute, _, _, table in _TABLES},
        countries=package.codes("pays"),
        communes=package.communes(),
    )


def read_context(*, uai: str, year: int) -> Context:
    """Read the context of a school's year, in one query; its schools are open.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        Context: facts and their digest.
    """
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT y.starts_on, y.ends_on, json_build_object('profile', coalesce((SELECT json_agg(json_build_array("
            " block, fields) ORDER BY id) FROM nomenclatures_profileentry p WHERE p.uai = y.uai AND p.year = y.year),"
            " '[]'::json), 'divisions', coalesce((SELECT json_agg(json_build_array(code, mefs) ORDER BY code)"
            " FROM schools_structure t WHERE t.uai = y.uai AND t.year = y.year AND t.kind = 'D'), '[]'::json))::text"
            " FROM schools_schoolyear y WHERE y.uai = %s AND y.year = %s",
            [uai, year],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotReadyError(f"L'année {school_year.label(year)} n'est pas ouverte pour l'établissement {uai}.")
    starts_on, ends_on, text = row
    digest = hashlib.sha256(f"{rules_digest()} {package.fingerprint()} {starts_on} {ends_on} {text}".encode())
    return Context(digest.hexdigest(), text, year, starts_on, ends_on)


def _small_tables(profile: dict[str, list[dict[str, Any]]]) -> dict[str, frozenset[str]]:
    return {attribute: frozenset(_codes(profile, block, code)) for attribute, block, code, _ in _TABLES}


def _codes(profile: dict[str, list[dict[str, Any]]], block: str, code: str, flag: str = "") -> list[str]:
    return [entry[code] for entry in profile.get(block, ()) if not flag or entry.get(flag) == "1"]


def _programmes(profile: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, str]]:
    programmes: dict[str, dict[str, str]] = {}
    for entry in profile.get("PROGRAMME", ()):
        programmes.setdefault(entry["CODE_MEF"], {})[entry["CODE_MATIERE"]] = entry.get("CODE_MODALITE_ELECT", "")
    for entry in profile.get("OPTION_OBLIGATOIRE", ()):
        programmes.setdefault(entry["CODE_MEF"], {}).setdefault(entry["CODE_MATIERE"], "O")
    return programmes
