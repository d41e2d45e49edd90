"""The official call of a machine: a file put at the address of its school and year, told as done later."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from ninja import Header, Path, Router

from bascule.accounts.once import Answer
from bascule.accounts.scopes import Scope
from bascule.api import problem
from bascule.api.bearer import TokenOf, caller
from bascule.api.v1.imports import told
from bascule.api.v1.settled import settle
from bascule.api.v1.words import Run, refusals
from bascule.exchange import acknowledgements
from bascule.exchange.receive import GROUP_LINKS, deposit

router = Router(tags=["Imports"])
_ACCEPTED = 202
_BODY = {"schema": {"type": "string", "format": "binary"}}
_FILE = {
    "requestBody": {
        "description": "Le ZIP, ou le fichier XML, tel quel ; 5 Mo au plus.",
        "required": True,
        "content": {"application/zip": _BODY, "application/xml": _BODY},
    }
}


@router.put(
    "/sconetechange/resources/flux-netsync/imports/prive/eleve-groupe/{str:uai}/{int:annee}",
    auth=TokenOf(Scope.IMPORTS_WRITE),
    response={_ACCEPTED: Run, **refusals(403, 404, 409, 413, 422)},
    url_name="group-links",
    operation_id="group-links.put",
    summary="Déposer les groupes des élèves, par l’appel officiel",
    openapi_extra=_FILE,
)
def put_group_links(
    request: HttpRequest,
    uai: str,
    annee: Annotated[int, Path(ge=1990, le=2100)],
    tache: Annotated[
        UUID,
        Header(
            alias="tacheId",
            description="Numéro de l’envoi, choisi par le logiciel : il sert aussi de clé d’idempotence.",
        ),
    ],
    retour: Annotated[
        str,
        Header(
            alias="returnAddress",
            description="Où prévenir quand le fichier est lu : une adresse que l’académie a inscrite.",
            max_length=500,
        ),
    ] = "",
    etablissement: Annotated[
        str, Header(alias="codeRne", description="L’établissement, s’il est redit.", max_length=8)
    ] = "",
) -> HttpResponse:
    """Garde un fichier de groupes, et prévient le logiciel quand il est lu.

    Il s’intègre de lui-même si le jeton le permet et que rien ne le retient. Portées : `imports:write`, et
    `imports:confirm` pour intégrer.
    """
    if etablissement and etablissement != uai:
        raise problem.NothingThereError
    content = request.body
    # Servers give what came of a body that was cut.
    if len(content) != int(request.headers.get("Content-Length") or 0):
        raise UnreadablePostError
    kind = "zip" if content.startswith(b"PK") else "xml"
    bearer, now = caller(request), timezone.now()
    # As the software would have named it: the call gives no name.
    name = f"{uai}ELEGROUPE{annee}{timezone.localtime(now):%y%m%d%H%M%S}.{kind}"

    def write() -> Answer:
        if retour:
            acknowledgements.check_address(retour)
        run = deposit(
            files=[(name, content)],
            uai=uai,
            year=annee,
            actor=bearer.signature,
            at=now,
            apply=Scope.IMPORTS_CONFIRM in bearer.scopes,
            only=GROUP_LINKS,
        ).run
        if retour:
            acknowledgements.ask(run=run, task=str(tache), address=retour)
        return Answer(_ACCEPTED, told(request, run))

    return settle(request, f"tache:{tache}", write, files=[("", content)], asked={"retour": retour})
