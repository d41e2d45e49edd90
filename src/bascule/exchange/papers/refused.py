"""The refused lines of an import: to read in a spreadsheet, and to deposit again once corrected."""

import io
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]

from bascule.errors import RefusedError
from bascule.exchange.flows.flow import Opened
from bascule.exchange.import_pipeline.report import Report, Row
from bascule.exchange.papers import words
from bascule.exchange.papers.csv import sheet
from bascule.exchange.records import Heading
from bascule.formats.import_eleves.description import ANY_VERSION
from bascule.formats.record import Fields, Record
from bascule.formats.xml_writer import write

#: Name and width, in characters, of each column.
COLUMNS: Final = (
    ("N° de ligne", 11),
    ("Rang", 7),
    ("Élève/Responsable", 34),
    ("Identifiant", 18),
    ("Champ", 26),
    ("Valeur", 26),
    ("Anomalie", 60),
    ("Comment corriger", 60),
    ("Code", 20),
)
_HEAD: Final = tuple(name for name, _ in COLUMNS)
_SHEET, _READ_ME = "Fiches refusées", "À lire"
_PERSON, _PUPIL = "PERSONNE", "ELEVE"
#: The one way in whose records are those of the file, and may be cut from it.
_PRIVATE: Final = "private"
#: Loses no character that a file could hold.
_ENCODING: Final = "UTF-8"


class NothingRefusedError(RefusedError):
    """The import set no record aside."""

    code = "report.nothing-refused"

    def __init__(self) -> None:
        super().__init__(
            "Cet import n’a refusé aucune fiche : il n’y a pas de fichier à reprendre. "
            "Consultez le compte rendu."
        )


class CannotCutError(RefusedError):
    """The files are not an import of the private software: nothing can be cut from them.

    Args:
        kind (str): French name of the kind of file.
    """

    code = "report.cannot-cut"

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"Les fiches refusées ne se découpent que dans un import du privé, et ce dépôt est : {kind}. "
            "Prenez la liste des refus en classeur, puis renvoyez des fichiers corrigés."
        )
        self.kind = kind


def render_refused_csv(report: Report) -> bytes:
    """Write what is said of the refused records as CSV.

    Args:
        report (Report): the report.

    Returns:
        bytes: UTF-8 with its byte order mark.
    """
    return sheet(_HEAD, map(_cells, report.refused_rows))


def render_refused_xlsx(report: Report) -> bytes:
    """Write what is said of the refused records as a workbook.

    Args:
        report (Report): the report.

    Returns:
        bytes: the workbook; only line and rank are numbers; the same for the same report.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        created = report.head.received_at.replace(tzinfo=None)
        book.set_properties({"title": _SHEET, "author": report.head.uai, "created": created})
        _add_rows(book, report.refused_rows)
        _add_read_me(book, report)
    return out.getvalue()


def refused_import(
    *, opened: Opened, pupil_ranks: Collection[int], person_ranks: Collection[int] = ()
) -> bytes:
    """Cut the refused records out of an import, as a file that can be corrected and deposited again.

    The persons that the pupils refer to come with them, since a link to a person who is not in the
    file is not taken over. Pupils linked to a refused person come too, for the same reason. Elements
    that no version of the format knows are not in it.

    Args:
        opened (Opened): the deposit, opened anew; it is read to its end.
        pupil_ranks (Collection[int]): ranks of the refused pupils.
        person_ranks (Collection[int]): ranks of the refused persons.

    Returns:
        bytes: an `IMPORT_ELEVES`, in UTF-8.

    Raises:
        CannotCutError: if the deposit is not an import of the private software.
        NothingRefusedError: if no record of the file is refused.
    """
    if opened.heading.flow != _PRIVATE:
        raise CannotCutError(opened.heading.kind)
    persons, pupils = _refused(opened, frozenset(pupil_ranks), frozenset(person_ranks))
    if not persons and not pupils:
        raise NothingRefusedError
    out = io.BytesIO()
    # The version is sure now that all has been read.
    write(ANY_VERSION, _records(opened.heading, persons, pupils), out, _ENCODING)
    return out.getvalue()


# --- Workbook and CSV ---------------------------------------------------------------------------


def _cells(row: Row) -> Sequence[str | int | None]:
    return (
        row.line, row.rank, f"{row.subject_label} {row.name}", row.ids, row.field, row.value,
        row.anomaly, row.remedy, row.code,
    )  # fmt: skip


def _add_rows(book: Any, rows: Sequence[Row]) -> None:
    page = book.add_worksheet(_SHEET)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    count = book.add_format({"num_format": "0", "valign": "top"})
    for column, (name, width) in enumerate(COLUMNS):
        page.set_column(column, column, width, text)
        page.write_string(0, column, name, bold)
    for place, row in enumerate(rows, 1):
        for column, cell in enumerate(_cells(row)):
            if isinstance(cell, int):
                page.write_number(place, column, cell, count)
            else:
                page.write_string(place, column, cell or "", text)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(rows), len(COLUMNS) - 1)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.set_footer("&L&F&RPage &P/&N")


def _add_read_me(book: Any, report: Report) -> None:
    page = book.add_worksheet(_READ_ME)
    bold = book.add_format({"bold": True, "num_format": "@", "valign": "top"})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 18, bold)
    page.set_column(1, 1, 90, text)
    lines = [
        *words.head_lines(report.head),
        ("Contenu", f"Fiches refusées : {_count(report)}. Les autres fiches n’y sont pas."),
        (
            "Que faire",
            "Corrigez dans votre logiciel, puis renvoyez le fichier. Une ligne par anomalie.",
        ),
    ]
    for place, (label, value) in enumerate(lines):
        page.write_string(place, 0, label, bold)
        page.write_string(place, 1, value, text)


def _count(report: Report) -> str:
    return ", ".join(
        words.counted(section.record_count, section.noun)
        for section in report.sections
        if section.code in ("persons_rejected", "pupils_rejected")
    )


# --- The file to deposit again ------------------------------------------------------------------


def _refused(
    opened: Opened, pupil_ranks: frozenset[int], person_ranks: frozenset[int]
) -> tuple[list[Record], list[Record]]:
    """Read the whole file; pupils are held only while they may be wanted."""
    persons: list[Record] = []
    pupils: list[tuple[Record, set[str]]] = []
    refused: set[str] = set()
    for raw in opened.records():
        if raw.tag == _PERSON:
            persons.append(raw)
            if raw.rank in person_ranks:
                refused |= _keys(raw.fields)
        elif raw.rank in pupil_ranks or person_ranks:
            named = _named(raw.fields)
            # A file may write its pupils first: who is refused is not known yet.
            if raw.rank in pupil_ranks or not persons or not refused.isdisjoint(named):
                pupils.append((raw, named))
    kept = [
        (pupil, named)
        for pupil, named in pupils
        if pupil.rank in pupil_ranks or not refused.isdisjoint(named)
    ]
    wanted = set().union(*(named for _, named in kept))
    return [
        person
        for person in persons
        if person.rank in person_ranks or not wanted.isdisjoint(_keys(person.fields))
    ], [pupil for pupil, _ in kept]


def _keys(fields: Fields) -> set[str]:
    """Return the ids by which a person, or a link, names a person, whatever zeros lead them."""
    keys: set[str] = set()
    for tag, mark in (("ID_PRV_PER", ""), ("ID_SIECLE_PER", "#")):
        text = fields.get(tag)
        if isinstance(text, str):
            keys.add(mark + (str(int(text)) if text.isascii() and text.isdigit() else text))
    return keys


def _named(fields: Fields) -> set[str]:
    block = fields.get("RESPONSABLES_ELEVE")
    if not isinstance(block, dict):
        return set()
    named: set[str] = set()
    for links in block.values():
        for link in links if isinstance(links, list) else [links]:
            if isinstance(link, dict):
                named |= _keys(link)
    return named


def _records(
    heading: Heading, persons: Sequence[Record], pupils: Sequence[Record]
) -> Iterator[Record]:
    yield Record("PARAMETRES", 1, 1, _header(heading))
    for tag, raws in ((_PERSON, persons), (_PUPIL, pupils)):
        for rank, raw in enumerate(raws, 1):
            yield Record(tag, raw.line, rank, raw.fields)


def _header(heading: Heading) -> Fields:
    fields: Fields = {
        "@VERSION": heading.version or heading.declared_version,
        "UAJ": heading.uai,
        "ANNEE_SCOLAIRE": str(heading.year),
    }
    if heading.made_on is not None:
        fields["DATE_IMPORT"] = words.day(heading.made_on)
    if heading.send_number is not None:
        fields["NUM_ENVOI"] = str(heading.send_number)
    if heading.software:
        fields["LOGICIEL"] = heading.software
    return fields
