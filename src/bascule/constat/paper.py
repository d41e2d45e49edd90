"""A signed constat as PDF: what was counted, from what, who signed (PDF/UA-1, A4)."""

from functools import cache
from importlib import resources
from typing import Final

from django.utils import timezone

from bascule.accounts.papers.words import long_day, long_instant
from bascule.bea.board import why
from bascule.constat.counting import read
from bascule.constat.models import Signature
from bascule.constat.rebuild import signature_of
from bascule.constat.tables import rows_by
from bascule.formats.pdf import typeset
from bascule.schools.directory import known_school
from bascule.values import school_year

_TEMPLATE: Final = "constat.typ"
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
#: Tables on the paper: dimension, title, what its lines are.
_TABLES: Final = (
    ("mef", "Effectifs par formation", "Formation (MEF)"),
    ("division", "Effectifs par division", "Division"),
    ("regime", "Effectifs par régime", "Régime"),
)


def constat_paper(*, uai: str, year: int, number: int) -> tuple[str, bytes]:
    """Write the paper of a signed constat, from what was kept when it was signed.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        number (int): which signature.

    Returns:
        tuple[str, bytes]: name and PDF, the same for the same signature.

    Raises:
        NothingSignedError: if there is none of this number.
    """
    signature = signature_of(uai=uai, year=year, number=number)
    school = f"{uai} {known_school(uai).name}".rstrip()
    counts = read(signature.cells)
    content = typeset(
        template=_template(),
        content={
            "title": "Constat de rentrée",
            "author": school,
            "left": school,
            "right": f"{school_year.label(year)} – n°{_NO_BREAK}{signature.shown_number}",
            "withdrawn": _withdrawn(signature),
            "opening": (
                f"Au {long_day(signature.observed_on)}, {signature.pupil_count} élèves sont présents dans"
                f" l’établissement {school}, pour l’année {school_year.label(year)}."
            ),
            "sources-head": ("Ce qui a été compté", "Élèves", "Empreinte du tableau"),
            "sources": [
                ("Dossiers de l’établissement", str(signature.pupil_count), _broken(signature.digest)),
                (
                    f"Base académique, nuit n°{_NO_BREAK}{signature.night_id}",
                    str(signature.base_count),
                    _broken(signature.base_digest),
                ),
            ],
            "tables": [
                {
                    "title": title,
                    "head": (head, "Garçons", "Filles", "Ensemble"),
                    "rows": [
                        (row.words or "non renseigné", str(row.boys), str(row.girls), str(row.total))
                        for row in rows_by(counts, dimension)
                    ],
                }
                for dimension, title, head in _TABLES
            ],
            "explained-title": "Dossiers bloqués, chacun expliqué",
            "explained-head": ("Fiche n°", "Ce qui la retient", "Explication"),
            "explained": [
                (str(pupil_id), ", ".join(one.words for one in why(codes)), text)
                for pupil_id, codes, text in signature.explained
            ],
            "signed": (
                f"Signé avec sa clé par {signature.signatory} le"
                f" {long_instant(timezone.localtime(signature.signed_at))}."
            ),
        },
        at=timezone.localtime(signature.signed_at),
    )  # fmt: skip
    return f"constat_{uai}_{year}_{number}.pdf", content


def _withdrawn(signature: Signature) -> str:
    if signature.withdrawn_at is None:
        return ""
    at = long_instant(timezone.localtime(signature.withdrawn_at))
    return f"ROUVERT par le rectorat le {at} : {signature.withdrawn_why}"


def _broken(digest: str) -> str:
    """Let a line end within a digest."""
    return "\N{ZERO WIDTH SPACE}".join(digest[i : i + 8] for i in range(0, len(digest), 8))


@cache
def _template() -> bytes:
    return resources.files(__package__ or "").joinpath(_TEMPLATE).read_bytes()
