"""The imports of a school: deposited, followed, read line by line, confirmed, undone."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import File, Header, Query, Router
from ninja.files import UploadedFile

from bascule.accounts.once import Answer
from bascule.accounts.scopes import Scope
from bascule.api import english, problem
from bascule.api.bearer import TokenOf, caller, refuse_without
from bascule.api.v1.settled import Key, is_of_state, read_files, settle, tagged
from bascule.api.v1.words import (
    MOST_ID,
    DepositAsked,
    Findings,
    Number,
    PlanLines,
    Run,
    Runs,
    refusals,
)
from bascule.exchange import reports, run_lines, runs
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import deposit, said

router = Router(tags=["Imports"])
_ASKED = TokenOf(Scope.RUNS_READ)
_CONFIRMS = TokenOf(Scope.IMPORTS_CONFIRM)
_PATH = "/etablissements/{str:uai}/imports"
_RUN = _PATH + "/{int:run_id}"
_ACCEPTED, _DONE = 202, 200

#: The state for which a confirmation is asked.
_IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="L’`ETag` de l’import tel que le logiciel l’a lu : ce qui a été vu est ce qui sera écrit.",
    ),
]
_Software = Annotated[
    str,
    Header(
        alias="Bascule-Software",
        description="Le logiciel qui envoie, par le nom que `LOGICIEL` porte puis sa version : `NOM 4.2`. Une fois le"
        " fichier intégré, la version est connue : personne n’a à la saisir.",
        max_length=60,
    ),
]
_After = Annotated[
    int, Query(description="Ceux d’après ce rang : la page suivante.", ge=0, le=MOST_ID)
]
_MOST_LINES = 1000
_Lines = Annotated[int, Query(description="Combien au plus.", ge=1, le=_MOST_LINES)]

_MOST = 200


class PaperForm(StrEnum):
    """The forms in which the report is given."""

    JSON = "json"
    PDF = "pdf"
    CSV = "csv"
    TEXT = "texte"


_FORMS = {
    PaperForm.JSON: (reports.Form.JSON, "application/json", "json"),
    PaperForm.PDF: (reports.Form.PDF, "application/pdf", "pdf"),
    PaperForm.CSV: (reports.Form.CSV, "text/csv; charset=utf-8", "csv"),
    PaperForm.TEXT: (reports.Form.TEXT, "text/plain; charset=utf-8", "txt"),
}
_PAPER = {
    "responses": {
        200: {
            "description": "Le compte rendu, dans la forme demandée.",
            "content": {
                kind.partition(";")[0]: {
                    "schema": {"type": "object"}
                    if form is PaperForm.JSON
                    else {"type": "string", "format": "binary"}
                }
                for form, (_, kind, _) in _FORMS.items()
            },
        }
    }
}


@router.get(
    _PATH,
    auth=_ASKED,
    response={200: Runs, **refusals(403, 404, 422)},
    url_name="imports",
    operation_id="imports.list",
    summary="Les imports de l’établissement",
)
def list_imports(
    request: HttpRequest,
    uai: str,
    annee: Annotated[
        int | None, Query(description="Une seule année scolaire.", ge=1990, le=2100)
    ] = None,
    avant: Annotated[
        int | None,
        Query(description="Les imports d’avant celui-ci : la page suivante.", ge=1, le=MOST_ID),
    ] = None,
    nombre: Annotated[int, Query(description="Combien au plus.", ge=1, le=_MOST)] = 50,
) -> dict[str, Any]:
    """Les imports de l’établissement, le dernier reçu d’abord. Portée : `runs:read`."""
    found = runs.list_runs(uai=uai, year=annee, most=nombre, before=avant)
    return {"imports": [told(request, run) for run in found]}


@router.post(
    _PATH,
    auth=TokenOf(Scope.IMPORTS_WRITE),
    response={_ACCEPTED: Run, _DONE: Run, **refusals(403, 404, 409, 413, 422)},
    url_name="imports",
    operation_id="imports.deposit",
    summary="Déposer un fichier",
)
def deposit_import(
    request: HttpRequest,
    uai: str,
    asked: Annotated[DepositAsked, Query()],
    fichiers: Annotated[
        list[UploadedFile],
        File(description="Un fichier, ou ceux d’un même envoi.", min_length=1, max_length=10),
    ],
    cle: Key,
    logiciel: _Software = "",
) -> HttpResponse:
    """Garde un fichier, qui sera lu aussitôt : suivez l’import jusqu’à `planned`, `held`, `applied` ou `refused`.

    Les mêmes octets qu’un import déjà intégré, quand rien n’a changé depuis, répondent 200 avec cet import.
    Portée : `imports:write`.
    """
    if asked.integrer:
        refuse_without(request, Scope.IMPORTS_CONFIRM)
    files = read_files(fichiers)

    def write() -> Answer:
        received = deposit(
            files=files,
            uai=uai,
            year=asked.annee,
            actor=caller(request).signature,
            at=timezone.now(),
            apply=asked.integrer,
            changes_software=asked.changement_logiciel,
            is_partial=asked.partiel,
            asks=True,
            said=said(software=logiciel),
        )
        status = _DONE if received.is_repeat else _ACCEPTED
        return Answer(status, told(request, received.run))

    return settle(request, cle, write, files=files)


@router.get(
    _RUN,
    auth=_ASKED,
    response={200: Run, 304: None, **refusals(403, 404, 422)},
    url_name="import",
    operation_id="imports.read",
    summary="Un import",
)
def read_import(request: HttpRequest, uai: str, run_id: Number) -> HttpResponse:
    """Un import : son état, ses chiffres, ce qui le retient ; son `ETag` dit s’il a bougé. Portée : `runs:read`."""
    return tagged(request, told(request, runs.get_run(run_id=run_id, uai=uai)))


@router.get(
    _RUN + "/anomalies",
    auth=_ASKED,
    response={200: Findings, **refusals(403, 404, 422)},
    url_name="findings",
    operation_id="imports.findings",
    summary="Les anomalies d’un import",
)
def read_findings(
    request: HttpRequest, uai: str, run_id: Number, apres: _After = 0, nombre: _Lines = 200
) -> dict[str, Any]:
    """Ce que les règles disent du fichier, dans l’ordre du fichier. Portée : `runs:read`."""
    found = run_lines.findings_after(run_id=run_id, uai=uai, after=apres, most=nombre)
    return {"findings": [english.finding(one) for one in found], "next": _next(found, nombre)}


@router.get(
    _RUN + "/plan",
    auth=_ASKED,
    response={200: PlanLines, **refusals(403, 404, 422)},
    url_name="plan",
    operation_id="imports.plan",
    summary="Ce qu’un import fait, ou ferait",
)
def read_plan(
    request: HttpRequest, uai: str, run_id: Number, apres: _After = 0, nombre: _Lines = 200
) -> dict[str, Any]:
    """Chaque effet, dans l’ordre du fichier : pour un changement, avant et après. Portée : `runs:read`."""
    found = run_lines.effects_after(run_id=run_id, uai=uai, after=apres, most=nombre)
    return {"lines": found, "next": _next(found, nombre)}


@router.post(
    _RUN + "/confirmation",
    auth=_CONFIRMS,
    response={200: Run, **refusals(403, 404, 409, 412, 422, 428)},
    url_name="confirm",
    operation_id="imports.confirm",
    summary="Confirmer un import",
)
def confirm_import(
    request: HttpRequest, uai: str, run_id: Number, cle: Key, etat: _IfMatch = None
) -> HttpResponse:
    """Écrit ce qui a été lu. Ce qu’une garde retient se confirme par une personne, à l’adresse `page`.

    Portée : `imports:confirm`.
    """
    if etat is None:
        return problem.state_needed()

    def write() -> Answer:
        seen = runs.get_run(run_id=run_id, uai=uai)
        if not is_of_state(etat, told(request, seen)):
            raise problem.MovedOnError
        return Answer(
            _DONE,
            told(
                request,
                runs.approve(
                    run_id=run_id,
                    uai=uai,
                    actor=caller(request).signature,
                    at=timezone.now(),
                    plan_hash=seen.plan_hash,
                ),
            ),
        )

    return settle(request, cle, write)


@router.post(
    _RUN + "/abandon",
    auth=TokenOf(Scope.IMPORTS_WRITE),
    response={200: Run, **refusals(403, 404, 409, 422)},
    url_name="decline",
    operation_id="imports.decline",
    summary="Abandonner un import",
)
def decline_import(request: HttpRequest, uai: str, run_id: Number, cle: Key) -> HttpResponse:
    """Abandonne un import qui attend : rien n’en est écrit. Portée : `imports:write`."""
    return settle(
        request,
        cle,
        lambda: Answer(_DONE, told(request, runs.decline(run_id=run_id, uai=uai))),
    )


@router.post(
    _RUN + "/annulation",
    auth=_CONFIRMS,
    response={200: Run, **refusals(403, 404, 409, 422)},
    url_name="undo",
    operation_id="imports.undo",
    summary="Annuler un import",
)
def undo_import(request: HttpRequest, uai: str, run_id: Number, cle: Key) -> HttpResponse:
    """Rend à l’établissement son état d’avant l’import, pendant sept jours, le dernier d’abord.

    Portée : `imports:confirm`.
    """

    def write() -> Answer:
        done = runs.undo(run_id=run_id, uai=uai, actor=caller(request).signature, at=timezone.now())
        return Answer(_DONE, told(request, done.run))

    return settle(request, cle, write)


@router.get(
    _RUN + "/compte-rendu",
    auth=_ASKED,
    response={**refusals(403, 404, 422)},
    url_name="report",
    operation_id="imports.report",
    summary="Le compte rendu d’un import",
    openapi_extra=_PAPER,
)
def read_report(
    request: HttpRequest,
    uai: str,
    run_id: Number,
    forme: Annotated[PaperForm, Query(description="La forme du document.")] = PaperForm.JSON,
) -> HttpResponse:
    """Le compte rendu officiel d’un import, qui nomme des élèves. Portée : `runs:read`."""
    form, kind, extension = _FORMS[forme]
    content = reports.report(run_id=run_id, uai=uai, form=form)
    name = f"compte-rendu_{uai}_{run_id}.{extension}"
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _next(found: Sequence[Mapping[str, Any]], most: int) -> int | None:
    """Give what asks for the page after a full one."""
    return found[-1]["rank_in_run"] if len(found) == most else None


def told(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    """Give an import, with the page that shows it to a person.

    Args:
        request (HttpRequest): the request.
        run (ImportRun): the import.

    Returns:
        dict[str, Any]: a `Run`.
    """
    page = reverse("exchanges:run", args=(run.uai, run.year, run.pk))
    return {
        **reports.summary(run),
        "applies": bool(run.options.get("apply")),
        "page": request.build_absolute_uri(page),
    }
