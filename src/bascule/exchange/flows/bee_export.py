"""The way in of our own exports: `BEE_ELEVES` and `BEE_RESPONSABLES`, brought back together. Pure.

Each pupil and each person is put into the words of `IMPORT_ELEVES`, so that the same rules read them.
What these files cannot say stays unsaid, and so changes nothing: what is exported and brought back
leaves the base as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from bascule.errors import RefusedError
from bascule.exchange.flows.flow import NOTHING_SAID, Flow, Said, nothing_recalled
from bascule.exchange.records import Heading
from bascule.formats.bee_eleves.reader import read as read_pupils
from bascule.formats.bee_responsables.reader import read as read_guardians
from bascule.formats.envelope import Envelope
from bascule.formats.record import Fields, Record
from bascule.formats.xml_reader import Reading, Recall
from bascule.nomenclatures.heading import heading_of
from bascule.values import school_year

CODE = "bee"
PUPILS_ROOT, GUARDIANS_ROOT = "BEE_ELEVES", "BEE_RESPONSABLES"

#: What stands in a file for a character that its encoding lacks.
_LOST = "?"

#: Exports write it for whoever has no other, known or not: it teaches nothing. It is also what is
#: stored for a new pupil of whom a file says none.
_USUAL_STATUS = "ST"

_CIVILITIES = {
    "M.": "1", "M": "1", "MONSIEUR": "1", "MME": "2", "MADAME": "2", "MLLE": "3", "MADEMOISELLE": "3",
}  # fmt: skip
_LEVELS = {"1": "LEGAL", "2": "PERSONNE_EN_CHARGE", "3": "CONTACT"}
_LINK_FIELDS = (
    "CODE_PARENTE", "PAIE_FRAIS_SCOLAIRES", "PERCOIT_LES_AIDES", "HEBERGE_ELEVE", "A_CONTACTER_EN_PRIORITE",
)  # fmt: skip

#: Elements of both kinds of records that only change their name, or not even that.
_PERSON_FIELDS = {
    "@PERSONNE_ID": "ID_SIECLE_PER", "MEL": "EMAIL",
    **{
        tag: tag for tag in (
            "ID_PRV_PER", "NOM_DE_FAMILLE", "NOM_USAGE", "PRENOM", "TEL_PERSONNEL", "TEL_PORTABLE", "ACCEPTE_SMS",
            "TEL_PROFESSIONNEL", "COMMUNICATION_ADRESSE", "CODE_PROFESSION",
        )
    },
}  # fmt: skip
_PUPIL_FIELDS = {
    "@ELEVE_ID": "ID_SIECLE_ELE", "MEL": "EMAIL",
    **{
        tag: tag for tag in (
            "INE_BEA", "INE_RNIE", "ID_PRV_ELE", "NOM_DE_FAMILLE", "NOM_USAGE", "PRENOM", "PRENOM2", "PRENOM3",
            "DOUBLEMENT", "CODE_PAYS", "ACCEPTE_SMS", "CODE_REGIME", "VILLE_NAISS", "CODE_MOTIF_SORTIE",
            "TEL_PERSONNEL", "TEL_PROFESSIONNEL", "TEL_PORTABLE", "CODE_SEXE", "CODE_PAYS_NAT",
            "CODE_COMMUNE_INSEE_NAISS", "ADHESION_TRANSPORT",
        )
    },
}  # fmt: skip
_DATES = ("DATE_NAISS", "DATE_SORTIE", "DATE_ENTREE")
_ADDRESS_FIELDS = {
    "LIBELLE_POSTAL": "LL_POSTAL",
    **{
        tag: tag for tag in (
            "LIGNE1_ADRESSE", "LIGNE2_ADRESSE", "LIGNE3_ADRESSE", "LIGNE4_ADRESSE", "CODE_POSTAL",
            "COMMUNE_ETRANGERE", "CODE_PAYS",
        )
    },
}  # fmt: skip
_LAST_YEAR_FIELDS = {
    "CODE_RNE": "CODE_RNE",
    "CODE_MEF": "CODE_MEF",
    "CODE_STRUCTURE": "CODE_DIVISION",
}


class IncompleteSetError(RefusedError):
    """One of the two files is missing, or there are others.

    Args:
        roots (Sequence[str]): root elements of the files given.
    """

    code = "import.incomplete-set"

    def __init__(self, roots: Sequence[str]) -> None:
        count = len(roots)
        if count == 1:
            given, missing = (
                ("Élèves", "Responsables")
                if roots[0] == PUPILS_ROOT
                else ("Responsables", "Élèves")
            )
            what = f"L’export « {given} » est déposé seul ; il manque l’export « {missing} »."
        else:
            what = f"Vous déposez {count} fichiers."
        super().__init__(
            f"{what} Pour revenir dans la base, un export « Élèves » et un export « Responsables » de la même date "
            "sont nécessaires, et eux seuls : déposez-les ensemble."
        )
        self.roots = tuple(roots)


class UnlikeFilesError(RefusedError):
    """The two files are not of the same school and year.

    Args:
        pupils (tuple[str, int]): school and year of the pupils' file.
        guardians (tuple[str, int]): school and year of the guardians' file.
    """

    code = "import.unlike-files"

    def __init__(self, pupils: tuple[str, int], guardians: tuple[str, int]) -> None:
        one, other = (f"{uai}, {school_year.label(year)}" for uai, year in (pupils, guardians))
        super().__init__(
            f"Les deux fichiers ne vont pas ensemble : l’export « Élèves » est celui de {one} ; l’export "
            f"« Responsables », celui de {other}. Déposez deux exports du même établissement et de la même année."
        )
        self.pupils, self.guardians = pupils, guardians


class OldExportError(RefusedError):
    """A link does not say its level: the export is older than the model of 2018.

    Args:
        line (int): line of the first one.
    """

    code = "import.old-export"

    def __init__(self, line: int) -> None:
        super().__init__(
            f"À la ligne {line} de l’export « Responsables », le niveau de responsabilité est absent ou inconnu : ce "
            "fichier n’est pas un export de la base d’aujourd’hui. Refaites les deux exports et déposez-les ensemble."
        )
        self.line = line


class OpenedExports:
    """The two files being read.

    Args:
        pupils (Reading): `BEE_ELEVES`.
        guardians (Reading): `BEE_RESPONSABLES`, of the same school and year.

    Attributes:
        heading: what the files say of themselves.
    """

    def __init__(self, pupils: Reading, guardians: Reading) -> None:
        self._pupils, self._guardians = pupils, guardians
        said = heading_of(pupils.header)
        fields = pupils.header.fields
        version = _text(fields.get("@VERSION"))
        self.heading = Heading(
            kind="Exports « Élèves » et « Responsables »",
            flow=CODE,
            uai=said.uai,
            year=said.year,
            version=version,
            declared_version=version,
            made_on=_made_on(fields),
        )

    def records(self, recall: Recall = nothing_recalled) -> Iterator[Record]:  # noqa: ARG002 (the protocol's)
        """Read the records; each file is held whole, since its last block completes its first.

        Args:
            recall (Recall): not asked: a record is made of several texts.

        Yields:
            Record: `PERSONNE` then `ELEVE`, in the words of `IMPORT_ELEVES`.
        """
        family = _gather(self._guardians)
        addresses = _addresses(family)
        names: dict[str, tuple[str, str]] = {}
        for record in family.get("PERSONNE", ()):
            known, private = (
                _text(record.fields.get(tag)) for tag in ("@PERSONNE_ID", "ID_PRV_PER")
            )
            names[known] = ("ID_PRV_PER", private) if private else ("ID_SIECLE_PER", known)
            yield Record("PERSONNE", record.line, record.rank, _person(record.fields, addresses))
        links = _links(family, names)
        family.clear()
        school = _gather(self._pupils)
        parts = _Parts(school, links)
        for record in school.get("ELEVE", ()):
            yield Record(
                "ELEVE", record.line, record.rank, _pupil(record.fields, parts, self.heading.year)
            )

    def unknown(self) -> dict[str, int]:
        """Name the elements that were not read; call at the end.

        Returns:
            dict[str, int]: path → line of the first one.
        """
        return self._pupils.unknown | self._guardians.unknown


class _Parts:
    """What the pupils' file says of a pupil outside its record, by `ELEVE_ID`."""

    def __init__(self, school: Mapping[str, Sequence[Record]], links: dict[str, Fields]) -> None:
        self.addresses = _addresses(school)
        self.links = links
        self.options: dict[str, list[Any]] = {}
        self.divisions: dict[str, str] = {}
        for record in school.get("OPTION", ()):
            items: Any = record.fields.get("OPTIONS_ELEVE", ())
            self.options.setdefault(_text(record.fields.get("@ELEVE_ID")), []).extend(items)
        for record in school.get("STRUCTURES_ELEVE", ()):
            held: Any = record.fields.get("STRUCTURE", ())
            for structure in held:
                if structure.get("TYPE_STRUCTURE") == "D" and "CODE_STRUCTURE" in structure:
                    self.divisions.setdefault(
                        _text(record.fields.get("@ELEVE_ID")), structure["CODE_STRUCTURE"]
                    )


def open_exports(
    envelopes: Sequence[Envelope],
    said: Said = NOTHING_SAID,  # noqa: ARG001 (the protocol's)
    /,
) -> OpenedExports:
    """Open our own exports, in any order.

    Args:
        envelopes (Sequence[Envelope]): the files deposited.
        said (Said): not asked: these files say all that is needed.

    Returns:
        OpenedExports: the files, their headings read.

    Raises:
        IncompleteSetError: if they are not one export of pupils and one of guardians.
        UnlikeFilesError: if they are not of the same school and year.
    """
    roots = [envelope.root or "" for envelope in envelopes]
    if sorted(roots) != [PUPILS_ROOT, GUARDIANS_ROOT]:
        raise IncompleteSetError(roots)
    files = {envelope.root: envelope for envelope in envelopes}
    pupils = read_pupils(files[PUPILS_ROOT].chunks())
    guardians = read_guardians(files[GUARDIANS_ROOT].chunks())
    one, other = heading_of(pupils.header), heading_of(guardians.header)
    if one != other:
        raise UnlikeFilesError((one.uai, one.year), (other.uai, other.year))
    return OpenedExports(pupils, guardians)


FLOW = Flow(
    code=CODE,
    title="Retour d’exports",
    kinds=("bee_eleves", "bee_responsables"),
    open=open_exports,
    # DATE_DEB_SCO and the département of last year have no place in these files; the usual status is
    # not read in them.
    keeps_blocks=True,
    silent_rules=frozenset(("SCOAC_A_01", "HETAB_B_01", "STATU_A_01")),
)


def _gather(reading: Reading) -> dict[str, list[Record]]:
    records: dict[str, list[Record]] = {}
    for record in reading:  # the header stands among them, and nobody asks for it
        records.setdefault(record.tag, []).append(record)
    return records


def _renamed(fields: Fields, names: Mapping[str, str]) -> Fields:
    """Take texts over under their new names; a text that lost a character is not taken."""
    taken: Fields = {}
    for tag, name in names.items():
        value = fields.get(tag)
        if isinstance(value, str) and _LOST not in value:
            taken[name] = value
    return taken


def _addresses(records: Mapping[str, Sequence[Record]]) -> dict[str, Fields]:
    return {
        _text(record.fields.get("@ADRESSE_ID")): _renamed(record.fields, _ADDRESS_FIELDS)
        for record in records.get("ADRESSE", ())
        if not any(_LOST in _text(value) for value in record.fields.values())
    }


def _address_of(fields: Fields, addresses: Mapping[str, Fields]) -> Fields:
    address = addresses.get(_text(fields.get("ADRESSE_ID")))
    return {"ADRESSE": address} if address else {}


def _person(fields: Fields, addresses: Mapping[str, Fields]) -> Fields:
    person = _renamed(fields, _PERSON_FIELDS) | _address_of(fields, addresses)
    label = _text(fields.get("LC_CIVILITE")) or _text(fields.get("LL_CIVILITE"))
    if label:
        # A label that we do not know goes to the rules as it is: they name it.
        person["CODE_CIVILITE"] = _CIVILITIES.get(label.upper(), label)
    return person


def _links(
    family: Mapping[str, Sequence[Record]], names: Mapping[str, tuple[str, str]]
) -> dict[str, Fields]:
    """Give the links of each pupil, as the block of an `IMPORT_ELEVES`."""
    links: dict[str, Fields] = {}
    for record in family.get("RESPONSABLE_ELEVE", ()):
        fields = record.fields
        tag = _LEVELS.get(_text(fields.get("NIVEAU_RESPONSABILITE")))
        if tag is None:
            raise OldExportError(record.line)
        known = _text(fields.get("PERSONNE_ID"))
        name, value = names.get(known, ("ID_SIECLE_PER", known))
        link: Fields = {name: value, **{tag: fields[tag] for tag in _LINK_FIELDS if tag in fields}}
        of_level: Any = links.setdefault(_text(fields.get("ELEVE_ID")), {}).setdefault(tag, [])
        of_level.append(link)
    return links


def _pupil(fields: Fields, parts: _Parts, year: int) -> Fields:
    pupil_id = _text(fields.get("@ELEVE_ID"))
    pupil = _renamed(fields, _PUPIL_FIELDS) | _dates(fields, year) | _number(fields)
    pupil |= _address_of(fields, parts.addresses)
    links = parts.links.get(pupil_id)
    if links:
        pupil["RESPONSABLES_ELEVE"] = links
    schooling = _schooling(fields, parts.divisions.get(pupil_id), parts.options.get(pupil_id))
    if schooling:
        pupil["SCOLARITE_ACTIVE"] = schooling
    last_year = _last_year(fields)
    if last_year:
        pupil["ETABLISSEMENT_AN_DERNIER"] = last_year
    return pupil


def _dates(fields: Fields, year: int) -> Fields:
    dates: Fields = {tag: _iso(_text(fields[tag])) for tag in _DATES if tag in fields}
    if dates.get("DATE_ENTREE") == school_year.starts_on(year).isoformat():
        # Exports write it for whoever is there from the start, known or not: it teaches nothing.
        del dates["DATE_ENTREE"]
    return dates


def _number(fields: Fields) -> Fields:
    """Take the number in force where it is not one of the two others, said again."""
    number = fields.get("ID_NATIONAL")
    if number is None or number in (fields.get("INE_RNIE"), fields.get("INE_BEA")):
        return {}
    return {"ID_NATIONAL": number}


def _schooling(fields: Fields, division: str | None, options: Sequence[Fields] | None) -> Fields:
    if division is None and "CODE_MEF" not in fields:
        return {}
    schooling = _renamed(fields, {"CODE_MEF": "CODE_MEF"})
    if fields.get("CODE_STATUT") != _USUAL_STATUS:
        schooling |= _renamed(fields, {"CODE_STATUT": "CODE_STATUT"})
    if division is not None:
        schooling["CODE_DIVISION"] = division
    if options:
        schooling["OPTIONS"] = {
            "OPTION": [
                _renamed(
                    option,
                    {"CODE_MATIERE": "CODE_MATIERE", "CODE_MODALITE_ELECT": "CODE_MODALITE_ELECT"},
                )
                for option in sorted(options, key=_place)
            ]
        }
    return schooling


def _place(option: Fields) -> int:
    text = _text(option.get("NUM_OPTION"))
    return int(text) if text.isascii() and text.isdigit() else 0


def _last_year(fields: Fields) -> Fields:
    block = fields.get("SCOLARITE_AN_DERNIER")
    last_year = _renamed(block, _LAST_YEAR_FIELDS) if isinstance(block, dict) else {}
    if "CODE_PROVENANCE" in fields:
        last_year["CODE_PROVENANCE"] = fields["CODE_PROVENANCE"]
    return last_year


def _iso(text: str) -> str:
    """Turn `JJ/MM/AAAA` round; anything else goes to the rules as it is, and they name it."""
    parts = text.split("/")
    return "-".join(reversed(parts)) if [len(part) for part in parts] == [2, 2, 4] else text


def _made_on(fields: Fields) -> date | None:
    try:
        return date.fromisoformat(_iso(_text(fields.get("DATE_EXPORT"))))
    except ValueError:
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
