"""Write what one sees of the pupils as a file to take away: a list, or the labels of their households."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple

from django.utils import timezone

from bascule.errors import RefusedError
from bascule.exchange.papers.labels import Label, render_labels
from bascule.exchange.papers.table import Table, render_table_csv, render_table_xlsx
from bascule.schools.directory import known_school
from bascule.students.columns import Column
from bascule.students.households import households
from bascule.students.lists import Criteria, Pupil, list_pupils
from bascule.values import school_year

#: Pupils written between two words about it.
_EVERY = 2_000


class Form(Enum):
    """What a list may be taken as."""

    XLSX = "xlsx"
    CSV = "csv"


class ListFile(NamedTuple):
    """A list, written.

    Attributes:
        name: its file's.
        content: its bytes.
        held: how many pupils, or labels, it holds.
    """

    name: str
    content: bytes
    held: int


def write_list(
    *,
    uai: str,
    year: int,
    criteria: Criteria,
    columns: Sequence[Column],
    filters: Sequence[str],
    form: Form,
    author: str,
    at: datetime,
    heard: Callable[[int], None] | None = None,
) -> ListFile:
    """Write all the pupils that answer.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        criteria (Criteria): who, and in what order.
        columns (Sequence[Column]): what is told of each; whoever asks may see them.
        filters (Sequence[str]): the criteria in words, for who reads the file.
        form (Form): workbook or CSV.
        author (str): name of whoever takes it.
        at (datetime): when.
        heard (Callable[[int], None] | None): is told now and then how many are written.

    Returns:
        ListFile: the file.
    """
    found = list_pupils(uai=uai, year=year, criteria=criteria, columns=columns, size=None)
    here, label = timezone.localtime(at), school_year.label(year)
    school = f"{uai} {known_school(uai).name}"
    table = Table(
        title="Élèves",
        heads=[(column.label, column.width) for column in columns],
        rows=_rows(found.lines, heard),
        about=[
            ("Établissement", school),
            ("Année scolaire", label),
            ("Fait le", f"{here:%d/%m/%Y} à {here:%-H} h {here:%M}"),
            ("Par", author),
            ("Élèves", str(found.count)),
            ("Filtres", " ; ".join(filters) or "aucun"),
            ("À savoir", "Ce fichier contient des données personnelles : ne le gardez pas plus que nécessaire."),
        ],
        header=f"{school} – {label} – {here:%d/%m/%Y}",
        author=author,
        at=here,
    )  # fmt: skip
    write = render_table_csv if form is Form.CSV else render_table_xlsx
    name = f"eleves_{uai}_{label}_{here:%Y%m%d-%H%M}.{form.value}"
    return ListFile(name, write(table), found.count)


def _rows(
    lines: Sequence[Pupil], heard: Callable[[int], None] | None
) -> Iterator[Sequence[str | int | date | None]]:
    for rank, line in enumerate(lines):
        if heard and rank % _EVERY == 0:
            heard(rank)
        yield line.cells


class NobodyToWriteToError(RefusedError):
    """No household of those asked for has an address that may be used."""

    code = "labels.nobody"

    def __init__(self) -> None:
        super().__init__(
            "Aucune étiquette à imprimer : aucun foyer n’a d’adresse, ou aucun n’accepte qu’elle soit communiquée. "
            "Choisissez d’autres élèves, ou complétez les adresses dans votre logiciel."
        )


def write_labels(
    *, uai: str, year: int, division: str, for_association: bool, at: datetime
) -> ListFile:
    """Write the address labels of the households of pupils.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        division (str): code of a division; blank for all.
        for_association (bool): for an association of parents: only where all agreed.
        at (datetime): when.

    Returns:
        ListFile: a PDF; what it holds is labels.

    Raises:
        NobodyToWriteToError: if there is no label to print.
    """
    mailing = households(uai=uai, year=year, division=division, for_association=for_association)
    if not mailing.households:
        raise NobodyToWriteToError
    labels = [Label(one.guardians, one.lines, ", ".join(one.pupils)) for one in mailing.households]
    here = timezone.localtime(at)
    name = f"etiquettes_{uai}_{school_year.label(year)}_{here:%Y%m%d-%H%M}.pdf"
    return ListFile(name, render_labels(labels=labels, author=uai, at=at), len(labels))
