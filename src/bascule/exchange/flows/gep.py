"""The way in of GEP: the tables of pupils and households, taken over once. Pure.

A household of F_ERE is up to two persons, whom brothers and sisters share. Who has no division is in
school no more, and GEP does not say since when: such records are counted and passed over.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

from bascule.exchange.flows.completing import complete
from bascule.exchange.flows.flow import NOTHING_SAID, Encodings, Flow, Said, nothing_recalled
from bascule.exchange.records import Heading
from bascule.formats.dbf import ENCODINGS, Row
from bascule.formats.envelope import Envelope
from bascule.formats.gep.description import HOUSEHOLDS, OPTIONS, PUPILS
from bascule.formats.gep.reader import read_set
from bascule.formats.kinds import GEP
from bascule.formats.record import Fields, Record
from bascule.formats.xml_reader import Recall

CODE = "gep"
#: Stands for the software: the first import of the school's own is then a change of software.
SOFTWARE = "GEP"

_FRANCE = "100"
_MOST_HOUSEHOLDS = 50_000
_DAY = 8
_MOBILE = ("06", "07")
#: Columns of the two persons of a household: name, first name, address, continuation, postcode, town, telephones.
_PERSONS = (
    (
        "ERENOM", "EREPRE", "EREADR", "EREADRS", "ERECLD", "ERELCOM",
        ("EREPP1", "EREEP1", "ERETP1"),
    ),
    (
        "EREANOM", "EREAPRE", "EREAADR", "EREAADRS", "EREACLD", "EREALCOM",
        ("EREPP2", "EREEP2", "ERETP2"),
    ),
)  # fmt: skip


class OpenedGep:
    """A set being read.

    Args:
        files (Sequence[tuple[str, bytes]]): path and bytes of each.
        encoding (str): what texts are read as; told by their accents when it is blank.

    Attributes:
        heading: what is known of the set.
    """

    def __init__(self, files: Sequence[tuple[str, bytes]], encoding: str) -> None:
        tables = read_set(files, encoding)
        pupils = list(tables[PUPILS].rows())
        self._pupils = [row for row in pupils if "DIVCOD" in row.values]
        self._households = list(tables[HOUSEHOLDS].rows())
        self.heading = Heading(
            kind=FLOW.title,
            flow=CODE,
            uai="",
            year=0,
            encoding=tables[PUPILS].encoding,
            software=SOFTWARE,
            passed_over=len(pupils) - len(self._pupils),
        )

    def records(self, recall: Recall = nothing_recalled) -> Iterator[Record]:  # noqa: ARG002 (the protocol's)
        """Read the records.

        Args:
            recall (Recall): not asked: a set comes once.

        Yields:
            Record: `PERSONNE` then `ELEVE`, in the words of `IMPORT_ELEVES`; the line is the place in
                the table.
        """
        wanted = {row.values.get("ERENO", "") for row in self._pupils}
        numbers = _numbers(self._households)
        members: dict[str, list[str]] = {}
        rank = 0
        for row in self._households:
            key = row.values.get("ERENO", "")
            if key not in wanted or key in members:
                continue
            members[key] = []
            for place, columns in enumerate(_PERSONS):
                person = _person(row.values, columns)
                if person:
                    rank += 1
                    number = str(2 * numbers[key] + place)
                    members[key].append(number)
                    yield Record("PERSONNE", row.number, rank, {"ID_PRV_PER": number, **person})
        for rank, row in enumerate(self._pupils, 1):
            persons = members.get(row.values.get("ERENO", ""), [])
            yield Record("ELEVE", row.number, rank, _pupil(row.values, persons))

    def unknown(self) -> dict[str, int]:
        """Name what was not read; call at the end.

        Returns:
            dict[str, int]: nothing: tables hold many columns that nobody knows.
        """
        return {}


def open_gep(envelopes: Sequence[Envelope], said: Said = NOTHING_SAID, /) -> OpenedGep:
    """Open a set of tables: a ZIP of the folder, or its files.

    Args:
        envelopes (Sequence[Envelope]): the files deposited.
        said (Said): `encoding`, when it is not what the accents tell.

    Returns:
        OpenedGep: the set.
    """
    return OpenedGep(_files(envelopes), str(said.get("encoding", "")))


def _texts(envelopes: Sequence[Envelope], encoding: str, /) -> Iterator[str]:
    tables = read_set(_files(envelopes), encoding)
    for row in tables[PUPILS].rows():
        yield f"{row.values.get('ELENOM', '')} {row.values.get('ELEPRE', '')}"


def _files(envelopes: Sequence[Envelope]) -> list[tuple[str, bytes]]:
    return [file for envelope in envelopes for file in envelope.files()]


FLOW = Flow(
    code=CODE,
    title="Reprise de GEP",
    kinds=(GEP.code,),
    open=open_gep,
    complete=complete,
    # Elements that GEP does not have.
    silent_rules=frozenset(
        (
            "CIVIL_A_01", "INF_COMAD_A_01", "PEPCS_A_01", "PAREN_C_01", "LNAIS_A_01", "LNAIS_C_01", "ELNAT_A_01",
            "TRANS_A_01", "SCOPR_A_01", "INF_REGIM_A_01", "STATU_A_01", "SCOAC_A_01", "HETAB_B_01", "PROVE_A_01",
        )
    ),
    keeps_blocks=True,
    is_incomplete=True,
    encodings=Encodings(ENCODINGS, _texts),
    is_stopped_by_school=True,
    software=SOFTWARE,
)  # fmt: skip


@cache
def _codes() -> Mapping[tuple[str, str], str]:
    """Read what each code of GEP became."""
    text = resources.files("bascule.exchange.flows").joinpath("gep_codes.csv").read_text("utf-8")
    return {(row["column"], row["gep"]): row["new"] for row in csv.DictReader(text.splitlines())}


def _translated(column: str, value: str) -> str:
    """Give today's code; one that is not known goes to the rules as it is, and they name it."""
    return _codes().get((column, value.upper()), value)


def _numbers(households: Sequence[Row]) -> dict[str, int]:
    """Number the households: by their own number where all of them have one, else in the order of the table."""
    keys = list(dict.fromkeys(row.values.get("ERENO", "") for row in households))
    own = [int(key) if key.isascii() and key.isdigit() else _MOST_HOUSEHOLDS for key in keys]
    if len(set(own)) == len(keys) and max(own, default=0) < _MOST_HOUSEHOLDS:
        return dict(zip(keys, own, strict=True))
    return {key: place for place, key in enumerate(keys)}


def _person(
    values: Mapping[str, str], columns: tuple[str, str, str, str, str, str, tuple[str, ...]]
) -> Fields:
    family, first, *address, telephones = columns
    if family not in values:
        return {}
    person: Fields = {"NOM_DE_FAMILLE": values[family]}
    if first in values:
        person["PRENOM"] = values[first]
    tags = ("LIGNE1_ADRESSE", "LIGNE2_ADRESSE", "CODE_POSTAL", "LL_POSTAL")
    place: Fields = {
        tag: values[str(column)]
        for tag, column in zip(tags, address, strict=True)
        if column in values
    }
    if place:
        person["ADRESSE"] = {**place, "CODE_PAYS": _FRANCE}
    for column in telephones:
        if column in values:
            person.setdefault(_telephone(values[column], column), values[column])
    return person


def _telephone(number: str, column: str) -> str:
    """Tell which telephone a column gives: only the first is known to be that of the home."""
    if number.startswith(_MOBILE):
        return "TEL_PORTABLE"
    return "TEL_PERSONNEL" if column.startswith("EREPP") else "TEL_PROFESSIONNEL"


def _pupil(values: Mapping[str, str], persons: Sequence[str]) -> Fields:
    pupil: Fields = {
        tag: values[column]
        for column, tag in (
            ("ELENOET", "ID_PRV_ELE"), ("ELENONAT", "ID_NATIONAL"), ("ELENOM", "NOM_DE_FAMILLE"),
            ("ELENAT", "CODE_PAYS_NAT"),
        )
        if column in values
    }  # fmt: skip
    tags = ("PRENOM", "PRENOM2", "PRENOM3")
    pupil |= dict(zip(tags, values.get("ELEPRE", "").split(), strict=False))
    birth = values.get("ELEDATNAIS", "")
    if birth:
        pupil["DATE_NAISS"] = (
            f"{birth[:4]}-{birth[4:6]}-{birth[6:]}" if len(birth) == _DAY else birth
        )
    for column, tag in (
        ("ELESEXE", "CODE_SEXE"),
        ("ELEREG", "CODE_REGIME"),
        ("ELEDOUBL", "DOUBLEMENT"),
    ):
        if column in values:
            pupil[tag] = _translated(column, values[column])
    if persons:
        links: list[Fields] = [{"ID_PRV_PER": number} for number in persons]
        pupil["RESPONSABLES_ELEVE"] = {"LEGAL": links}
    options: list[Fields] = [
        {"CODE_GESTION": values[column]} for column in OPTIONS if column in values
    ]
    pupil["SCOLARITE_ACTIVE"] = {"CODE_DIVISION": values["DIVCOD"], "OPTIONS": {"OPTION": options}}
    if "ETOCOD_EP" in values:
        pupil["ETABLISSEMENT_AN_DERNIER"] = {"CODE_RNE": values["ETOCOD_EP"]}
    return pupil
