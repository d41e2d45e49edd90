"""Lists of classes as PDF (PDF/UA-1, A4, readable in black and white), with a column to write in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from bascule.accounts.papers.words import long_instant
from bascule.certificates.facts import PupilFacts
from bascule.formats.pdf import typeset

_HEAD: Final = ("N°", "Nom et prénom", "Né(e) le", "Sexe", "Formation", "Remarques")
_SEXES: Final = {"1": "M", "2": "F"}


@dataclass(frozen=True, slots=True)
class ClassList:
    """The pupils of a division.

    Attributes:
        code: of the division; blank for those without one.
        label: its words, blank for none.
        pupils: in the order of their names.
    """

    code: str
    label: str
    pupils: tuple[PupilFacts, ...]


def render_class_lists(
    lists: Sequence[ClassList], *, school: str, year: str, mefs: Mapping[str, str], at: datetime
) -> bytes:
    """Write lists as one document.

    Args:
        lists (Sequence[ClassList]): at least one.
        school (str): number and name.
        year (str): `2026-2027`.
        mefs (Mapping[str, str]): words of the MEF, by code.
        at (datetime): when, in the time zone of the authority.

    Returns:
        bytes: PDF, to print on A4.
    """
    return typeset(
        template=_template(),
        content={
            "title": f"Liste de classe {lists[0].code}".strip()
            if len(lists) == 1
            else "Listes de classe",
            "author": school,
            "left": school,
            "right": f"{year} – {long_instant(at)}",
            "head": _HEAD,
            "lists": [_content(one, mefs) for one in lists],
        },
        at=at,
    )


def _content(one: ClassList, mefs: Mapping[str, str]) -> dict[str, Any]:
    title = f"Division {one.code}" if one.code else "Élèves sans division"
    if one.label and one.label != one.code:
        title = f"{title} – {one.label}"
    count = len(one.pupils)
    girls, boys = (sum(pupil.sex == sex for pupil in one.pupils) for sex in ("2", "1"))
    return {
        "title": title,
        "count": f"{count} élève{'s' if count > 1 else ''} : {girls} fille{'s' if girls > 1 else ''},"
        f" {boys} garçon{'s' if boys > 1 else ''}",
        "rows": [
            (
                str(rank), pupil.name, f"{pupil.birth_date:%d/%m/%Y}", _SEXES.get(pupil.sex or "", ""),
                mefs.get(pupil.mef or "", pupil.mef or ""), "",
            )
            for rank, pupil in enumerate(one.pupils, start=1)
        ],
    }  # fmt: skip


@cache
def _template() -> bytes:
    return resources.files(__package__ or "").joinpath("class_list.typ").read_bytes()
