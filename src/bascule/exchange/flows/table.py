"""The way in of a table that a school keeps by hand: one row for each pupil, guardians beside. Pure.

What each column is was said by a person, or is proposed. Numbers that workbooks eat the zeros of are
given them back; everything else goes to the rules as it is, and they name it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Final

from bascule.errors import RefusedError
from bascule.exchange.flows.columns import NAMELESS, propose
from bascule.exchange.flows.completing import complete
from bascule.exchange.flows.flow import NOTHING_SAID, Encodings, Flow, Said, nothing_recalled
from bascule.exchange.records import Heading
from bascule.formats.envelope import Envelope
from bascule.formats.kinds import TABLE
from bascule.formats.record import Fields, Record
from bascule.formats.sheet import ENCODINGS, Sheet, day_of, read_sheet
from bascule.formats.xml_reader import Recall
from bascule.values.civil_identity import key

CODE = "table"
#: Stands for the software: whoever leaves a table for one declares it.
SOFTWARE = "TABLEAU"

_FRANCE = "100"
_NUMBERS: Final = 99_999
_TELEPHONE, _POSTCODE = 9, 4
_SEXES = {
    "M": "1",
    "G": "1",
    "GARCON": "1",
    "H": "1",
    "MASCULIN": "1",
    "F": "2",
    "FILLE": "2",
    "FEMININ": "2",
}
_YES_NO = {
    "OUI": "true",
    "O": "true",
    "X": "true",
    "1": "true",
    "NON": "false",
    "N": "false",
    "0": "false",
}
_REGIMES = {
    "EXTERNE": "0", "EXT": "0", "EXTERNE LIBRE": "0", "DEMI PENSIONNAIRE": "2", "DP": "2", "DEMI PENSION": "2",
    "INTERNE": "3", "INT": "3", "INTERNE EXTERNE": "4",
}  # fmt: skip
_CIVILITIES = {
    "M": "1",
    "MR": "1",
    "MONSIEUR": "1",
    "MME": "2",
    "MADAME": "2",
    "MLLE": "2",
    "MADEMOISELLE": "2",
}
_KINSHIPS = {
    "MERE": "10", "PERE": "20", "FRERE": "37", "SOEUR": "37", "GRAND MERE": "38", "GRAND PERE": "38", "TUTEUR": "50",
    "TUTRICE": "50", "ONCLE": "39", "TANTE": "39",
}  # fmt: skip


class ColumnsNotToldError(RefusedError):
    """Columns without which no pupil can be read are not told.

    Args:
        missing (Sequence[str]): French titles of what is missing.
        headings (Sequence[str]): headings of the table.
    """

    code = "table.columns"

    def __init__(self, missing: Sequence[str], headings: Sequence[str]) -> None:
        super().__init__(
            f"Dans ce tableau, rien ne dit : {', '.join(missing)}. Colonnes trouvées : {', '.join(headings[:20])}. "
            "Donnez à ces colonnes un intitulé courant, ou dites ce que contient chacune."
        )
        self.missing, self.headings = tuple(missing), tuple(headings)


class SeveralTablesError(RefusedError):
    """Several tables were given."""

    code = "table.several"

    def __init__(self) -> None:
        super().__init__(
            "Vous déposez plusieurs tableaux. Déposez un seul tableau, avec une ligne par élève et ses responsables."
        )


class OpenedTable:
    """A table being read.

    Args:
        sheet (Sheet): the table.
        columns (Mapping[str, str] | None): what a person said of them, by heading.

    Attributes:
        heading: what is known of the table.
    """

    def __init__(self, sheet: Sheet, columns: Mapping[str, str] | None) -> None:
        self._sheet = sheet
        self.proposal = propose(sheet, columns)
        told = self.proposal.columns
        self.heading = Heading(
            kind=FLOW.title,
            flow=CODE,
            uai="",
            year=0,
            encoding=sheet.encoding,
            software=SOFTWARE,
            columns=tuple((heading, told.get(heading, "")) for heading in self.proposal.headings),
        )

    def records(self, recall: Recall = nothing_recalled) -> Iterator[Record]:  # noqa: ARG002 (the protocol's)
        """Read the records.

        Args:
            recall (Recall): not asked: rows have no text of their own.

        Yields:
            Record: `PERSONNE` then `ELEVE`, in the words of `IMPORT_ELEVES`; the line is that of the
                table.

        Raises:
            ColumnsNotToldError: if no pupil can be read.
        """
        missing = self.proposal.missing()
        if missing:
            raise ColumnsNotToldError(missing, self.proposal.headings)
        rows = [row for row in self._rows() if any(row[1].values())]
        kinships = _kinships(self.proposal.columns)
        persons = _Numbers()
        pupils = _Numbers()
        linked: dict[int, list[tuple[str, str]]] = {}
        seen: set[str] = set()
        for line, cells in rows:
            for place in (1, 2):
                person = _person(cells, place)
                if person:
                    number = persons.of(_whose(person, cells))
                    said = cells.get(f"guardian{place}.kinship", "")
                    kinship = _coded(_KINSHIPS, said) or kinships.get(place, "")
                    linked.setdefault(line, []).append((number, kinship))
                    if number not in seen:
                        seen.add(number)
                        yield Record("PERSONNE", line, len(seen), {"ID_PRV_PER": number, **person})
        for rank, (line, cells) in enumerate(rows, 1):
            number = cells.get("private_id", "") or pupils.of(_identity(cells))
            yield Record("ELEVE", line, rank, _pupil(number, cells, linked.get(line, ())))

    def unknown(self) -> dict[str, int]:
        """Name the columns that are not read; call at the end.

        Returns:
            dict[str, int]: heading → line of the headings.
        """
        told = self.proposal.columns
        return {
            heading: self.proposal.row + 1
            for heading in self.proposal.headings
            if heading not in told and not heading.startswith(NAMELESS)
        }

    def _rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        proposal = self.proposal
        places = [(place, proposal.columns.get(h)) for place, h in enumerate(proposal.headings)]
        for line, row in enumerate(self._sheet.rows[proposal.row + 1 :], proposal.row + 2):
            yield (
                line,
                {
                    code: row[place]
                    for place, code in places
                    if code and place < len(row) and row[place]
                },
            )


def open_table(envelopes: Sequence[Envelope], said: Said = NOTHING_SAID, /) -> OpenedTable:
    """Open a table.

    Args:
        envelopes (Sequence[Envelope]): the files deposited.
        said (Said): `columns`, the field of each heading, what is proposed when nothing is said; `encoding` of a CSV.

    Returns:
        OpenedTable: the table.
    """
    return OpenedTable(sheet_of(envelopes, said), said.get("columns"))


def sheet_of(envelopes: Sequence[Envelope], said: Said) -> Sheet:
    """Read the table of a deposit.

    Args:
        envelopes (Sequence[Envelope]): the files deposited.
        said (Said): what the person says of it.

    Returns:
        Sheet: the table.

    Raises:
        SeveralTablesError: if there is not exactly one.
    """
    if len(envelopes) != 1:
        raise SeveralTablesError
    (envelope,) = envelopes
    return read_sheet(envelope.content, envelope.files(), str(said.get("encoding", "")))


def _texts(envelopes: Sequence[Envelope], encoding: str, /) -> Iterator[str]:
    for row in sheet_of(envelopes, {"encoding": encoding}).rows:
        yield from row


FLOW = Flow(
    code=CODE,
    title="Tableau",
    kinds=(TABLE.code,),
    open=open_table,
    complete=complete,
    has_columns=True,
    software=SOFTWARE,
    encodings=Encodings(ENCODINGS, _texts),
    # What no table has, and what is always put in its place.
    silent_rules=frozenset(
        (
            "STATU_A_01",
            "SCOAC_A_01",
            "INF_COMAD_A_01",
            "TRANS_A_01",
            "SCOPR_A_01",
            "PEPCS_A_01",
            "CIVIL_A_01",
        )
    ),
)


class _Numbers:
    """Numbers for those who have none: the same for the same person in any table, whatever the order of its rows."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}
        self._taken: set[int] = set()

    def of(self, who: str) -> str:
        if who not in self._given:
            number = int.from_bytes(blake2b(who.encode(), digest_size=8).digest()) % _NUMBERS + 1
            while number in self._taken:
                number = number % _NUMBERS + 1
            self._taken.add(number)
            self._given[who] = number
        return str(self._given[who])


def _kinships(columns: Mapping[str, str]) -> dict[int, str]:
    """Give what a guardian is to the pupil where the headings say it: mother, father, tutor."""
    found: dict[int, str] = {}
    for heading, code in columns.items():
        whose = code.partition(".")[0].removeprefix("guardian")
        word = next((word for word in key(heading).split() if word in _KINSHIPS), "")
        if whose.isdecimal() and word:
            found.setdefault(int(whose), _KINSHIPS[word])
    return found


def _identity(cells: Mapping[str, str]) -> str:
    names = (key(cells.get(name, "")) for name in ("family_name", "first_name"))
    return "|".join((*names, day_of(cells.get("birth_date", ""))))


def _whose(person: Fields, cells: Mapping[str, str]) -> str:
    """Tell a guardian: by names, and by what brothers and sisters have in common."""
    names = [key(str(person.get(tag, ""))) for tag in ("NOM_DE_FAMILLE", "PRENOM")]
    reached = person.get("TEL_PORTABLE") or person.get("EMAIL") or cells.get("family_name", "")
    return "|".join((*names, key(str(reached))))


def _person(cells: Mapping[str, str], place: int) -> Fields:
    prefix = f"guardian{place}."
    if f"{prefix}family_name" not in cells:
        return {}
    person = _taken(cells, prefix, _PERSON)
    address = _taken(cells, prefix, _ADDRESS)
    if address:
        person["ADRESSE"] = {**address, "CODE_PAYS": _FRANCE}
    return person


def _pupil(number: str, cells: Mapping[str, str], linked: Sequence[tuple[str, str]]) -> Fields:
    pupil: Fields = {"ID_PRV_ELE": number, **_taken(cells, "", _PUPIL)}
    pupil["SCOLARITE_ACTIVE"] = _taken(cells, "", _SCHOOLING)
    last_year = _taken(cells, "", _LAST_YEAR)
    if last_year:
        pupil["ETABLISSEMENT_AN_DERNIER"] = last_year
    if "CODE_COMMUNE_INSEE_NAISS" in pupil:
        pupil.setdefault("CODE_PAYS", _FRANCE)
    links: list[Fields] = [_link(*one) for one in dict(linked).items()]
    if links:
        pupil["RESPONSABLES_ELEVE"] = {"LEGAL": links}
    return pupil


def _link(person: str, kinship: str) -> Fields:
    link: Fields = {"ID_PRV_PER": person}
    if kinship:
        link["CODE_PARENTE"] = kinship
    return link


_Turn = Callable[[str], str]


def _as_it_is(text: str) -> str:
    return text


def _coded(codes: Mapping[str, str], text: str) -> str:
    return codes.get(key(text), text)


def _one_of(codes: Mapping[str, str]) -> _Turn:
    return lambda text: _coded(codes, text)


def _telephone(text: str) -> str:
    """Give a number back the zero that a workbook took for nothing."""
    digits = re.sub(r"[\s.\-]", "", text)
    return f"0{digits}" if digits.isdigit() and len(digits) == _TELEPHONE else text


def _postcode(text: str) -> str:
    return f"0{text}" if text.isdigit() and len(text) == _POSTCODE else text


def as_read(code: str, text: str) -> str:
    """Give a value as people read it once it is taken: a day as a day, a number with its first zero.

    Args:
        code (str): the field that it is taken for; blank for none.
        text (str): the value in the table.

    Returns:
        str: the value, in French.
    """
    turn = _GIVEN_BACK.get(code.rpartition(".")[2], _as_it_is)
    value = turn(text)
    day = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", value)
    return "/".join(day.groups()[::-1]) if day else value


def _upper(text: str) -> str:
    return text.replace(" ", "").upper()


_Taken = tuple[tuple[str, str, _Turn], ...]
_PUPIL: Final[_Taken] = (
    ("ine", "ID_NATIONAL", _upper),
    ("family_name", "NOM_DE_FAMILLE", _as_it_is),
    ("usual_name", "NOM_USAGE", _as_it_is),
    ("first_name", "PRENOM", _as_it_is),
    ("second_name", "PRENOM2", _as_it_is),
    ("third_name", "PRENOM3", _as_it_is),
    ("birth_date", "DATE_NAISS", day_of),
    ("sex", "CODE_SEXE", _one_of(_SEXES)),
    ("birth_country", "CODE_PAYS", _as_it_is),
    ("birth_commune", "CODE_COMMUNE_INSEE_NAISS", _postcode),
    ("birth_town", "VILLE_NAISS", _as_it_is),
    (
        "nationality",
        "CODE_PAYS_NAT",
        _one_of({"FRANCAISE": _FRANCE, "FRANCE": _FRANCE, "FR": _FRANCE}),
    ),
    ("entered_on", "DATE_ENTREE", day_of),
    ("left_on", "DATE_SORTIE", day_of),
    ("exit_reason", "CODE_MOTIF_SORTIE", _as_it_is),
    ("regime", "CODE_REGIME", _one_of(_REGIMES)),
    ("repeats", "DOUBLEMENT", _one_of(_YES_NO)),
    ("transport", "ADHESION_TRANSPORT", _one_of(_YES_NO)),
)
_SCHOOLING: Final[_Taken] = (
    ("division", "CODE_DIVISION", _as_it_is),
    ("mef", "CODE_MEF", _as_it_is),
)
_LAST_YEAR: Final[_Taken] = (
    ("previous_uai", "CODE_RNE", _upper),
    ("previous_origin", "CODE_PROVENANCE", _as_it_is),
)
_PERSON: Final[_Taken] = (
    ("family_name", "NOM_DE_FAMILLE", _as_it_is),
    ("first_name", "PRENOM", _as_it_is),
    ("civility", "CODE_CIVILITE", _one_of(_CIVILITIES)),
    ("profession", "CODE_PROFESSION", _as_it_is),
    ("home_phone", "TEL_PERSONNEL", _telephone),
    ("work_phone", "TEL_PROFESSIONNEL", _telephone),
    ("mobile", "TEL_PORTABLE", _telephone),
    ("email", "EMAIL", _as_it_is),
)
_ADDRESS: Final[_Taken] = (
    ("line1", "LIGNE1_ADRESSE", _as_it_is),
    ("line2", "LIGNE2_ADRESSE", _as_it_is),
    ("postcode", "CODE_POSTAL", _postcode),
    ("town", "LL_POSTAL", _as_it_is),
)

#: What workbooks take away, and is given back.
_GIVEN_BACK: Final[Mapping[str, _Turn]] = {
    name: turn
    for name, _, turn in (*_PUPIL, *_PERSON, *_ADDRESS)
    if turn in {day_of, _telephone, _postcode}
}


def _taken(cells: Mapping[str, str], prefix: str, fields: _Taken) -> Fields:
    return {tag: turn(cells[prefix + name]) for name, tag, turn in fields if prefix + name in cells}
