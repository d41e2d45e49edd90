"""The pupils of a year for software that keeps a copy: all of them, what changes, and their national numbers."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from bascule.accounts.scopes import Scope
from bascule.api.bearer import TokenOf
from bascule.api.v1.words import Changes, Numbers, Pupils, SchoolYear, refusals
from bascule.exchange import feed
from bascule.ine.standing import standing
from bascule.schools.open_year import year_of

router = Router(tags=["Élèves"])
_ASKED = TokenOf(Scope.PUPILS_READ)
_PATH = "/etablissements/{str:uai}/eleves"


@router.get(
    _PATH,
    auth=_ASKED,
    response={200: Pupils, **refusals(403, 404, 409, 422)},
    url_name="pupils",
    operation_id="pupils.read",
    summary="Tous les élèves d’une année",
)
def read_pupils(request: HttpRequest, uai: str, annee: SchoolYear) -> dict[str, Any]:
    """Tous les élèves d’une année, présents et sortis, au même instant. Portée : `pupils:read`."""
    found = feed.read_year(uai=uai, year=annee, at=timezone.now())
    return {"cursor": found.cursor, "pupils": found.pupils}


@router.get(
    _PATH + "/changements",
    auth=_ASKED,
    response={200: Changes, **refusals(403, 404, 409, 422)},
    url_name="changes",
    operation_id="pupils.changes",
    summary="Ce qui a changé depuis un repère",
)
def read_changes(
    request: HttpRequest,
    uai: str,
    annee: SchoolYear,
    depuis: Annotated[str, Query(description="Le repère de la lecture d’avant.", max_length=19)],
) -> dict[str, Any]:
    """Les élèves qui ont changé, ceux qui ne sont plus de l’année, et les clés d’avant. Portée : `pupils:read`."""
    found = feed.read_changes(uai=uai, year=annee, since=depuis, at=timezone.now())
    return {"cursor": found.cursor, "pupils": found.pupils, "removed": found.removed}


@router.get(
    "/etablissements/{str:uai}/ine",
    auth=_ASKED,
    response={200: Numbers, **refusals(403, 404, 409, 422)},
    url_name="numbers",
    operation_id="numbers.read",
    summary="Les INE d’une année",
)
def read_numbers(request: HttpRequest, uai: str, annee: SchoolYear) -> dict[str, Any]:
    """L’INE de chaque élève, ou pourquoi il n’en a pas et que faire. Portée : `pupils:read`."""
    year_of(uai=uai, year=annee)
    found = standing(uai=uai, year=annee)
    return {
        "to_take": found.to_take,
        "numbers": [
            {
                "id": pupil.student_id,
                "ine": pupil.number,
                "stand": pupil.stand.value,
                "why": pupil.words.why if pupil.words else "",
                "remedy": pupil.words.remedy if pupil.words else "",
                "given_at": pupil.given_at.isoformat() if pupil.given_at else None,
            }
            for pupil in found.pupils
        ],
    }
