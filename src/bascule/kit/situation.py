"""The situation that has every element of the file of pupils: one pupil has all of them, one the least."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

from bascule.formats.description import Block, Leaf
from bascule.formats.import_eleves.description import REQUIRED_IN_SCHOOL, description_of
from bascule.generator.files import private_records
from bascule.kit.sandbox import YEAR, SandboxSchool
from bascule.values.ine import make_ine_bea, make_ine_rnie

#: The pupils of the situation, by their private ids.
MAXIMAL, MINIMAL, ABROAD, LEAVER = "901", "902", "903", "904"
#: The persons: the first two are legal guardians, the third has the pupils in charge, the last may be called.
_FAMILY: Final = ("801", "802", "803", "804")
_INE: Final = 777_000_001
_ANY_DAY: Final = datetime(YEAR, 11, 5, tzinfo=UTC)
_LEFT_ON: Final = f"{YEAR}-11-02"
_EXIT: Final = ("CODE_MOTIF_SORTIE", "DATE_SORTIE")
#: What fills an element that the generator's pupil lacks.
_FILLINGS: Final[Mapping[str, str]] = {
    "NOM_USAGE": "D’USAGE", "PRENOM2": "Zoé", "PRENOM3": "Maëlle", "TEL_PERSONNEL": "0199000011",
    "TEL_PROFESSIONNEL": "0199000012", "TEL_PORTABLE": "0699000013", "ACCEPTE_SMS": "true",
    "EMAIL": "famille@example.fr", "COMMUNICATION_ADRESSE": "true", "ENFANT_A_CHARGE": "2", "TYPE_MEF": "1",
}  # fmt: skip
_ADDRESS: Final = {
    "LIGNE1_ADRESSE": "3 RUE DU PRÉ", "LIGNE2_ADRESSE": "BÂTIMENT B", "LIGNE3_ADRESSE": "ESCALIER 2",
    "LIGNE4_ADRESSE": "BOÎTE 12", "CODE_POSTAL": "75011", "LL_POSTAL": "PARIS", "CODE_PAYS": "100",
}  # fmt: skip
_ABROAD: Final = {
    "LIGNE1_ADRESSE": "1 CALLE MAYOR", "COMMUNE_ETRANGERE": "MADRID", "CODE_PAYS": "134"
}  # fmt: skip


def situation_of(school: SandboxSchool, version: str, *, year: int = YEAR) -> dict[str, Any]:
    """Make the situation that has every element once at least.

    Args:
        school (SandboxSchool): the school.
        version (str): the version that the software writes.
        year (int): first calendar year.

    Returns:
        dict[str, Any]: `school`, `year`, `persons` and `pupils`, the latter in the words of the file.
    """
    blocks = description_of(version).records()
    records: list[Any] = list(private_records(school.population, version=version, at=_ANY_DAY))
    like = next(one.fields for one in records if one.tag == "ELEVE" and _is_typical(one.fields))
    adult = next(one.fields for one in records if one.tag == "PERSONNE" and "ADRESSE" in one.fields)
    maker = _Maker(deepcopy(like), adult, blocks, school.uai, year)
    return {
        "school": school.uai,
        "year": year,
        "persons": maker.persons(),
        "pupils": maker.pupils(),
    }


def _is_typical(pupil: Any) -> bool:
    return bool(
        "CODE_MOTIF_SORTIE" not in pupil
        and "CODE_COMMUNE_INSEE_NAISS" in pupil
        and pupil["SCOLARITE_ACTIVE"]["OPTIONS"]
        and pupil.get("ETABLISSEMENT_AN_DERNIER", {}).get("OPTIONS_AN_DERNIER")
    )


class _Maker:
    def __init__(
        self, like: Any, adult: Any, blocks: Mapping[str, Block], uai: str, year: int
    ) -> None:
        self._like, self._adult, self._uai, self._year = like, adult, uai, year
        self._person, self._pupil = blocks["PERSONNE"], blocks["ELEVE"]
        self._is_4 = "UAI_ETAB_HEBERGEMENT" in _leaves(self._pupil)
        for tag in ("INE_BEA", "INE_RNIE", "ADRESSE", "BOURSES", *_FILLINGS):
            like.pop(tag, None)
        like["SCOLARITE_ACTIVE"]["DATE_DEB_SCO"] = like["DATE_ENTREE"] = f"{year}-09-01"

    def persons(self) -> list[Any]:
        every = deepcopy(self._adult) | {"ADRESSE": dict(_ADDRESS)}
        _fill(every, self._person)
        abroad = deepcopy(self._adult) | {"ADRESSE": dict(_ABROAD)}
        least = _required(self._adult, self._person)
        found = [every, abroad, least, deepcopy(self._adult)]
        for fields, number, first in zip(
            found, _FAMILY, ("Ève", "Lise", "Aude", "Jean"), strict=True
        ):
            fields["ID_PRV_PER"], fields["PRENOM"] = number, first
        return found

    def pupils(self) -> list[Any]:
        return [self._maximal(), self._minimal(), self._from_abroad(), self._leaver()]

    def _maximal(self) -> Any:
        fields = self._one(MAXIMAL, "MAXIMAL", "Élise")
        fields["ADRESSE"] = dict(_ADDRESS)
        fields["BOURSES"] = {"BOURSE": [{"CODE_BOURSE": "8", "NB_PART": "3"}]}
        fields["RESPONSABLES_ELEVE"] = self._links()
        before = fields["ETABLISSEMENT_AN_DERNIER"]
        before.pop("CODE_DEPARTEMENT", None)
        before |= {
            "CODE_RNE": self._uai,
            "TYPE_MEF": "1",
            "CODE_DIVISION": "5A",
            "CODE_STATUT": "ST",
            "DATE_DEB_SCO": f"{self._year - 1}-09-01",
            "DATE_FIN_SCO": f"{self._year}-07-04",
        }
        before.setdefault("CODE_MEF", fields["SCOLARITE_ACTIVE"]["CODE_MEF"])
        _fill(fields, self._pupil, but=_EXIT)
        if self._is_4:
            fields["UAI_ETAB_HEBERGEMENT"] = self._uai
            now = fields["SCOLARITE_ACTIVE"]
            now["OPTIONS"]["OPTION"][0]["UAJ_ACCUEIL"] = self._uai
            now["DPPS"] = _pathway(self._year)
            before |= {"CODE_REGIME": "0", "DPPS": _pathway(self._year - 1)}
        else:
            fields |= {"INE_RNIE": fields["ID_NATIONAL"], "INE_BEA": make_ine_bea(_INE)}
        return fields

    def _minimal(self) -> Any:
        whole = self._one(MINIMAL, "MINIMAL", "Noé")
        fields = _required(whole, self._pupil, REQUIRED_IN_SCHOOL)
        fields["CODE_COMMUNE_INSEE_NAISS"] = whole["CODE_COMMUNE_INSEE_NAISS"]
        fields["SCOLARITE_ACTIVE"]["CODE_DIVISION"] = whole["SCOLARITE_ACTIVE"]["CODE_DIVISION"]
        fields["ETABLISSEMENT_AN_DERNIER"]["CODE_DEPARTEMENT"] = "075"
        link = {"ID_PRV_PER": _FAMILY[1], "CODE_PARENTE": "10", "HEBERGE_ELEVE": "true"}
        fields["RESPONSABLES_ELEVE"] = {"LEGAL": [link]}
        return fields

    def _from_abroad(self) -> Any:
        fields = self._one(ABROAD, "AILLEURS", "Ana")
        del fields["CODE_COMMUNE_INSEE_NAISS"]
        return fields | {"ADRESSE": dict(_ABROAD), "CODE_PAYS": "134", "VILLE_NAISS": "MADRID"}

    def _leaver(self) -> Any:
        fields = self._one(LEAVER, "SORTIE", "Tom")
        fields["SCOLARITE_ACTIVE"] |= {"DATE_FIN_SCO": _LEFT_ON, "ARRET_FORMATION": "true"}
        return {"CODE_MOTIF_SORTIE": "10", "DATE_SORTIE": _LEFT_ON} | fields

    def _one(self, number: str, family: str, first: str) -> Any:
        rank = int(number) % 10
        return deepcopy(self._like) | {
            "ID_PRV_ELE": number,
            "ID_NATIONAL": make_ine_rnie(_INE + rank),
            "NOM_DE_FAMILLE": family,
            "PRENOM": first,
            "DATE_NAISS": f"{self._like['DATE_NAISS'][:8]}{10 + rank}",
            "RESPONSABLES_ELEVE": {"LEGAL": self._links()["LEGAL"]},
        }

    def _links(self) -> Any:
        yes = {"PAIE_FRAIS_SCOLAIRES": "true", "HEBERGE_ELEVE": "true"}
        first = {"PERCOIT_LES_AIDES": "true", "A_CONTACTER_EN_PRIORITE": "true"}
        in_charge = dict(first) if self._is_4 else {"A_CONTACTER_EN_PRIORITE": "true"}
        no = dict.fromkeys((*yes, *first), "false")
        kin: tuple[tuple[str, dict[str, str]], ...] = (
            ("10", yes | first),
            ("20", no),
            ("37", {**no, "HEBERGE_ELEVE": "true"}),
            ("90", {}),
        )
        found = [
            {"ID_PRV_PER": number, "CODE_PARENTE": code, **more}
            for number, (code, more) in zip(_FAMILY, kin, strict=True)
        ]
        for name in set(found[2]) & set(first) - set(in_charge):
            del found[2][name]
        return {"LEGAL": found[:2], "PERSONNE_EN_CHARGE": [found[2]], "CONTACT": [found[3]]}


def _pathway(year: int) -> Any:
    one = {
        "CODE_DPP": "01",
        "DATE_DEB_DPP": f"{year}-09-01",
        "DATE_FIN_DPP": f"{year + 1}-06-30",
    }
    return {"DPP": [one]}


def _leaves(block: Block) -> set[str]:
    return {one.tag for one in block.children if isinstance(one, Leaf)}


def _fill(fields: Any, block: Block, but: tuple[str, ...] = ()) -> None:
    for tag, text in _FILLINGS.items():
        if tag in _leaves(block) and tag not in but:
            fields[tag] = text


def _required(fields: Any, block: Block, also: frozenset[str] = frozenset()) -> Any:
    """Keep of a record what each must have."""
    found: dict[str, Any] = {}
    for child in block.children:
        if not (child.required or child.tag in also) or child.tag not in fields:
            continue
        if isinstance(child, Leaf):
            found[child.tag] = deepcopy(fields[child.tag])
        else:
            found[child.tag] = _required(fields[child.tag], child)
    return found
