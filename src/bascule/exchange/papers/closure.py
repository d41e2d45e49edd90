"""The closure of GEP as PDF: what was compared, what was found, who signed (PDF/UA-1, A4). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Final

from bascule.accounts.papers.words import long_day, long_instant
from bascule.formats.pdf import typeset

_TEMPLATE: Final = "closure.typ"
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Closure:
    """What the paper says.

    Attributes:
        number: its number.
        uai: the school.
        school: its name.
        year: `2026-2027`.
        stopped_on: last day of GEP.
        signed_at: when, in the time zone of the authority.
        signatory: who signed.
        withdrawn_at: when the authority took it back, if it did.
        sides: of each side compared, its words, how many pupils, and the digest of who they are.
        files: of each import read, its words and the digest of its files.
        agreed: pupils about whom all sides agree.
        divisions: pupils on all sides, whose division differs.
        differences: of each pupil who is not on every side: name, birth date, what is not right, reason.
    """

    number: str
    uai: str
    school: str
    year: str
    stopped_on: date
    signed_at: datetime
    signatory: str
    withdrawn_at: datetime | None
    sides: Sequence[tuple[str, str, str]]
    files: Sequence[tuple[str, str]]
    agreed: int
    divisions: int
    differences: Sequence[tuple[str, str, str, str]]


def render_closure(paper: Closure) -> bytes:
    """Write the paper.

    Args:
        paper (Closure): what it says.

    Returns:
        bytes: PDF, the same for the same paper.
    """
    count = len(paper.differences)
    verdict = "Chaque élève est connu des trois côtés : aucun écart."
    if count == 1:
        verdict = "1 écart, confirmé par le chef d’établissement avec sa raison."
    elif count:
        verdict = f"{count} écarts, chacun confirmé par le chef d’établissement avec sa raison."
    moved = f" Division différente selon le côté : {paper.divisions}." if paper.divisions else ""
    return typeset(
        template=_template(),
        content={
            "title": "Procès-verbal d’arrêt de GEP",
            "author": f"{paper.uai} {paper.school}".rstrip(),
            "left": f"{paper.uai} {paper.school}".rstrip(),
            "right": f"{paper.year} – n°{_NO_BREAK}{paper.number}",
            "withdrawn": (
                f"ANNULÉ par le rectorat le {long_instant(paper.withdrawn_at)}"
                if paper.withdrawn_at
                else ""
            ),
            "opening": (
                f"GEP est arrêté dans l’établissement {paper.school} ({paper.uai}) le {long_day(paper.stopped_on)}."
                " Depuis la signature, aucun fichier de GEP n’y est plus reçu."
            ),
            "verdict": f"Élèves identiques des trois côtés : {paper.agreed}.{moved} {verdict}",
            "sides-head": ("Ce qui a été comparé", "Élèves présents", "Empreinte de la liste"),
            "sides": [(words, count, _broken(digest)) for words, count, digest in paper.sides],
            "files-head": ("Fichiers lus", "Empreinte des fichiers déposés"),
            "files": [(words, _broken(digest)) for words, digest in paper.files],
            "differences-title": "Écarts confirmés",
            "differences-head": ("Élève", "Né(e) le", "Écart", "Raison"),
            "differences": paper.differences,
            "signed": f"Signé par {paper.signatory} le {long_instant(paper.signed_at)}.",
        },
        at=paper.signed_at,
    )


def _broken(digest: str) -> str:
    """Let a line end within a digest."""
    return "\N{ZERO WIDTH SPACE}".join(digest[i : i + 8] for i in range(0, len(digest), 8))


@cache
def _template() -> bytes:
    return resources.files(__package__ or "").joinpath(_TEMPLATE).read_bytes()
