"""What goes out to the school's software: official files, structures and nomenclatures."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from bascule.accounts.once import Answer
from bascule.accounts.scopes import Scope
from bascule.api import problem
from bascule.api.bearer import TokenOf, caller
from bascule.api.v1.settled import Key, settle, tagged
from bascule.api.v1.words import (
    Entries,
    ExportAsked,
    Exports,
    ExportsMade,
    Number,
    SchoolYear,
    Structures,
    refusals,
)
from bascule.exchange import taken
from bascule.exchange.export import KINDS, export, make_again
from bascule.exchange.follow import sent_file
from bascule.exchange.models import SentFile
from bascule.nomenclatures.profile import profile_records
from bascule.schools.open_year import year_of
from bascule.schools.structures import structures_of

router = Router(tags=["Exports"])
_ASKED = TokenOf(Scope.EXPORTS_READ)
_SCHOOL = "/etablissements/{str:uai}"
_PATH = _SCHOOL + "/exports"
_MADE = 201
_FILE = {
    "responses": {
        200: {
            "description": "Les octets du fichier, tels qu’ils sont sortis.",
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    }
}


@router.get(
    _PATH,
    auth=_ASKED,
    response={200: Exports, **refusals(403, 404, 409, 422)},
    url_name="exports",
    operation_id="exports.list",
    summary="Les fichiers sortis",
)
def list_exports(request: HttpRequest, uai: str, annee: SchoolYear) -> dict[str, Any]:
    """Le dernier fichier de chaque sorte, et ce qui peut être demandé. Portée : `exports:read`."""
    sent = taken.last_sent(uai=uai, year=annee)
    return {
        "kinds": list(KINDS),
        "expected": list(taken.kinds_for_software(uai=uai, year=annee)),
        "files": [_told(sent[kind]) for kind in KINDS if kind in sent],
    }


@router.post(
    _PATH,
    auth=_ASKED,
    response={_MADE: ExportsMade, **refusals(403, 404, 409, 422)},
    url_name="exports",
    operation_id="exports.make",
    summary="Produire des fichiers",
)
def make_exports(request: HttpRequest, uai: str, asked: ExportAsked, cle: Key) -> HttpResponse:
    """Produit des fichiers officiels ; prenez-les ensuite un par un. Portée : `exports:read`."""

    def write() -> Answer:
        kinds = asked.kinds or taken.kinds_for_software(uai=uai, year=asked.year)
        files = export(
            uai=uai,
            year=asked.year,
            kinds=kinds,
            actor=caller(request).signature,
            at=timezone.now(),
        )
        sent = taken.last_sent(uai=uai, year=asked.year)
        return Answer(_MADE, {"files": [_told(sent[file.kind]) for file in files]})

    return settle(request, cle, write, asked=asked.dict())


@router.get(
    _PATH + "/{int:sent_id}",
    auth=_ASKED,
    response={**refusals(403, 404, 409, 422)},
    url_name="export",
    operation_id="exports.take",
    summary="Prendre un fichier",
    openapi_extra=_FILE,
)
def take_export(request: HttpRequest, uai: str, sent_id: Number) -> HttpResponse:
    """Les octets d’un fichier sorti, tant que rien n’a changé depuis. Portée : `exports:read`."""
    sent = sent_file(uai=uai, sent_id=sent_id)
    content = make_again(sent=sent)
    if content is None:
        raise problem.ChangedSinceError
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{sent.name}"',
            "ETag": f'"{bytes(sent.digest).hex()}"',
        },
    )


@router.get(
    _SCHOOL + "/structures",
    auth=_ASKED,
    response={200: Structures, 304: None, **refusals(403, 404, 409, 422)},
    url_name="structures",
    operation_id="structures.read",
    summary="Les divisions et les groupes",
)
def read_structures(request: HttpRequest, uai: str, annee: SchoolYear) -> HttpResponse:
    """Les divisions et les groupes d’une année, dans leur ordre. Portée : `exports:read`."""
    year_of(uai=uai, year=annee)
    found = [
        {
            "kind": "division" if row.kind == row.Kind.DIVISION else "group",
            "code": row.code,
            "label": row.label,
            "mefs": list(row.mefs),
            "divisions": list(row.divisions),
        }
        for row in structures_of(uai=uai, year=annee)
    ]
    return tagged(request, {"structures": found})


@router.get(
    _SCHOOL + "/nomenclatures",
    auth=_ASKED,
    response={200: Entries, 304: None, **refusals(403, 404, 409, 422)},
    url_name="nomenclatures",
    operation_id="nomenclatures.read",
    summary="Les nomenclatures de l’établissement",
)
def read_nomenclatures(request: HttpRequest, uai: str, annee: SchoolYear) -> HttpResponse:
    """Ce que l’établissement a retenu des nomenclatures, table par table. Portée : `exports:read`."""
    year_of(uai=uai, year=annee)
    found = [
        {"table": record.tag, "values": dict(record.fields)}
        for record in profile_records(uai=uai, year=annee)
    ]
    return tagged(request, {"entries": found})


def _told(sent: SentFile) -> dict[str, Any]:
    return {
        "export": sent.pk,
        "kind": sent.kind,
        "year": sent.year,
        "name": sent.name,
        "sha256": bytes(sent.digest).hex(),
        "sent_at": sent.sent_at.isoformat(),
        "counts": sent.counts,
    }
