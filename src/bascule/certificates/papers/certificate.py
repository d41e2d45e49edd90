"""Certificates as PDF, a page for each (PDF/UA-1, A4, readable in black and white)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from bascule.accounts.papers.words import long_day
from bascule.certificates.facts import PupilFacts
from bascule.certificates.models import Certificate
from bascule.formats.pdf import typeset

_TITLES: Final[Mapping[str, str]] = {
    Certificate.Kind.SCHOOLING: "Certificat de scolarité",
    Certificate.Kind.LEAVING: "Certificat de radiation (exeat)",
}
_HEAD: Final = "Le chef d’établissement"
_GIVEN: Final = (
    "Ce certificat est délivré à la demande de l’intéressé, pour servir et valoir ce que de droit."
)
_SIGNED: Final = "Signature et cachet de l’établissement"
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Paper:
    """What one certificate says.

    Attributes:
        kind: what it certifies.
        number: its number.
        code: what is typed to check it.
        digest: of what it certifies, hexadecimal.
        pupil: the pupil.
        division: in words, blank for none.
        mef: in words, blank for none.
        year: `2026-2027`.
        issued_on: day of its first making.
        made_on: day of this document.
        is_duplicate: whether it was made before, with the same content.
        is_past: whether the year is over.
        replaces: number of the one that no longer holds, if any.
        address: of the page where it is checked.
    """

    kind: str
    number: str
    code: str
    digest: str
    pupil: PupilFacts
    division: str
    mef: str
    year: str
    issued_on: date
    made_on: date
    is_duplicate: bool
    is_past: bool
    replaces: str
    address: str


def render_certificates(
    papers: Sequence[Paper], *, school: Mapping[str, str], authority: str, at: datetime
) -> bytes:
    """Write certificates as one document.

    Args:
        papers (Sequence[Paper]): at least one.
        school (Mapping[str, str]): the school: `UAI`, `NOM`, and the words of its common data.
        authority (str): name of the authority.
        at (datetime): when, in the time zone of the authority.

    Returns:
        bytes: PDF, to print on A4.
    """
    title = _TITLES[papers[0].kind]
    return typeset(
        template=_template(),
        content={
            "title": title if len(papers) == 1 else f"{title} : {len(papers)} élèves",
            "author": f"{school['UAI']} {school['NOM']}",
            "papers": [_content(paper, school, authority) for paper in papers],
        },
        at=at,
    )


def _content(paper: Paper, school: Mapping[str, str], authority: str) -> dict[str, Any]:
    town = school.get("LIBELLE_POSTAL", "")
    where = f"Fait à {town}, le" if town else "Fait le"
    return {
        "title": _TITLES[paper.kind],
        "school": list(_head_of(school)),
        "authority": authority,
        "number": f"N°{_NO_BREAK}{paper.number}",
        "year": f"Année scolaire {paper.year}",
        "duplicate": (
            f"DUPLICATA du certificat établi le {long_day(paper.issued_on)}"
            if paper.is_duplicate
            else ""
        ),
        "opening": f"{_signatory(school)} que l’élève",
        "name": paper.pupil.name,
        "born": _born(paper.pupil),
        "body": _body(paper),
        "rows": [(label, value) for label, value in _rows(paper) if value],
        "closing": _GIVEN,
        "made": f"{where} {long_day(paper.made_on)}",
        "signed": _SIGNED,
        "replaces": (
            f"Ce certificat remplace le n°{_NO_BREAK}{paper.replaces} : le dossier de l’élève a changé depuis."
            if paper.replaces
            else ""
        ),
        "check": f"Pour vérifier ce certificat : {paper.address}",
        "digest": f"Empreinte : {paper.digest[:32]}",
    }


def _head_of(school: Mapping[str, str]) -> Iterator[str]:
    yield school.get("DENOM_PRINC") or school["NOM"]
    for tag in ("DENOM_COMPL", "LIGNE1_ADRESSE", "LIGNE2_ADRESSE"):
        if school.get(tag):
            yield school[tag]
    place = f"{school.get('CODE_POSTAL', '')} {school.get('LIBELLE_POSTAL', '')}".strip()
    if place:
        yield place
    yield f"Établissement n°{_NO_BREAK}{school['UAI']}"


def _signatory(school: Mapping[str, str]) -> str:
    name, quality = school.get("NOM_RESP"), school.get("QUAL_RESP")
    if not name:
        return f"{_HEAD} certifie"
    return f"Je soussigné(e), {name}, {(quality or 'chef d’établissement').lower()}, certifie"


def _born(pupil: PupilFacts) -> str:
    place = f" à {pupil.birth_place}" if pupil.birth_place else ""
    return f"{pupil.agreed('né')} le {long_day(pupil.birth_date)}{place}"


def _body(paper: Paper) -> str:
    pupil = paper.pupil
    if paper.kind == Certificate.Kind.LEAVING and pupil.left_on:
        return (
            f"a été {pupil.agreed('radié')} des listes de l’établissement le {long_day(pupil.left_on)}."
            " Rien ne s’oppose à son inscription dans un autre établissement."
        )
    since = f", depuis le {long_day(pupil.entered_on)}" if pupil.entered_on else ""
    return f"est {pupil.agreed('inscrit')} dans l’établissement pour l’année scolaire {paper.year}{since}."


def _rows(paper: Paper) -> Iterator[tuple[str, str]]:
    # Why somebody left is kept by the school: a certificate is shown to many.
    yield "Division", paper.division
    yield "Formation", paper.mef


@cache
def _template() -> bytes:
    return resources.files(__package__ or "").joinpath("certificate.typ").read_bytes()
