"""The imports of a school: the list, one of them, its report."""

from enum import StrEnum
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from bascule.accounts.scopes import Scope
from bascule.api.bearer import TokenOf
from bascule.api.v1.words import Run, Runs, refusals
from bascule.exchange import reports, runs

router = Router(tags=["Imports"])
_ASKED = TokenOf(Scope.RUNS_READ)
_PATH = "/etablissements/{str:uai}/imports"

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
                kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
                for _, kind, _ in _FORMS.values()
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
    annee: Annotated[int | None, Query(description="Une seule année scolaire.", ge=1990)] = None,
    avant: Annotated[
        int | None, Query(description="Les imports d’avant celui-ci : la page suivante.", ge=1)
    ] = None,
    nombre: Annotated[int, Query(description="Combien au plus.", ge=1, le=_MOST)] = 50,
) -> dict[str, Any]:
    """Les imports de l’établissement, le dernier reçu d’abord. Portée : `runs:read`."""
    found = runs.list_runs(uai=uai, year=annee, most=nombre, before=avant)
    return {"imports": [reports.summary(run) for run in found]}


@router.get(
    _PATH + "/{int:run_id}",
    auth=_ASKED,
    response={200: Run, **refusals(403, 404)},
    url_name="import",
    operation_id="imports.read",
    summary="Un import",
)
def read_import(request: HttpRequest, uai: str, run_id: int) -> dict[str, Any]:
    """Un import : son état, ses chiffres, ce qui le retient. Portée : `runs:read`."""
    return reports.summary(runs.get_run(run_id=run_id, uai=uai))


@router.get(
    _PATH + "/{int:run_id}/compte-rendu",
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
    run_id: int,
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
