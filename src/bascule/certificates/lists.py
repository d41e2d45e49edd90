"""The lists of classes, to print: the pupils present, one division a page or more."""

from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from bascule.certificates.facts import labels_of, present_in
from bascule.certificates.papers.class_list import ClassList, render_class_lists
from bascule.errors import RefusedError
from bascule.schools.directory import known_school
from bascule.schools.structures import structures_of
from bascule.store.policies import open_schools
from bascule.values import school_year


class EmptyDivisionError(RefusedError):
    """Nobody is present there.

    Args:
        division (str): its code; blank for the whole school.
    """

    code = "class-list.nobody"

    def __init__(self, division: str) -> None:
        where = f"La division {division} n’a" if division else "L’établissement n’a"
        super().__init__(
            f"{where} aucun élève présent cette année : il n’y a pas de liste à imprimer. Choisissez une autre"
            " division, ou importez d’abord le fichier des élèves."
        )
        self.division = division


def divisions_of(*, uai: str, year: int) -> list[tuple[str, str]]:
    """List the divisions of a year.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        list[tuple[str, str]]: code and words of each, in the school's order.
    """
    return [
        (row.code, f"{row.code} – {row.label}" if row.label and row.label != row.code else row.code)
        for row in structures_of(uai=uai, year=year)
        if row.kind == row.Kind.DIVISION
    ]


def class_lists(*, uai: str, year: int, at: datetime, division: str = "") -> tuple[str, bytes]:
    """Write the list of a division, or of all.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        at (datetime): when, with its time zone.
        division (str): its code; blank for all.

    Returns:
        tuple[str, bytes]: name and PDF; each division begins a page.

    Raises:
        EmptyDivisionError: if nobody is present there.
    """
    with transaction.atomic():
        open_schools(uai)
        pupils = present_in(uai=uai, year=year, division=division)
        labels = labels_of(uai=uai, year=year, pupils=pupils)
    if not pupils:
        raise EmptyDivisionError(division)
    lists = [
        ClassList(code or "", labels.get(code or "", ""), tuple(group))
        for code, group in groupby(pupils, key=lambda pupil: pupil.division)
    ]
    content = render_class_lists(
        lists,
        school=f"{uai} {known_school(uai).name}",
        year=school_year.label(year),
        mefs=labels,
        at=timezone.localtime(at),
    )
    which = "".join(filter(str.isalnum, division)) or "toutes"
    return f"liste-de-classe_{uai}_{which}_{year}-{year + 1}.pdf", content
