"""Make, change and remove a division or a group."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts.profiles import Permission
from bascule.errors import NotThereError, RefusedError
from bascule.preparation import structures as verbs
from bascule.schools.models import Structure
from bascule.schools.structures import mefs_retained, structure_numbered, structures_of
from bascule.values.steps import MissingStepError
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.structures.forms import DivisionForm, GroupForm, StructureForm

Kind = Structure.Kind


@school(Permission.STRUCTURES, writes_year=True)
def new_division(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Make a division."""
    return _form_page(request, uai, year, Kind.DIVISION, None)


@school(Permission.STRUCTURES, writes_year=True)
def new_group(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Make a group."""
    return _form_page(request, uai, year, Kind.GROUP, None)


@school(Permission.STRUCTURES, writes_year=True)
def edit(request: PageRequest, uai: str, year: int, structure_id: int) -> HttpResponse:
    """Change a division or a group."""
    row = structure_numbered(uai=uai, year=year, structure_id=structure_id)
    return _form_page(request, uai, year, Kind(row.kind), row)


@school(Permission.STRUCTURES, writes_year=True)
@require_POST
def remove(request: PageRequest, uai: str, year: int, structure_id: int) -> HttpResponse:
    """Remove a division without pupils, or a group."""
    row = structure_numbered(uai=uai, year=year, structure_id=structure_id)
    verbs.remove_structure(
        uai=uai,
        year=year,
        kind=Kind(row.kind),
        code=row.code,
        actor=actor_on(request).login,
        at=timezone.now(),
    )
    messages.success(request, _("%(code)s est retiré de la liste.") % {"code": row.code})
    return redirect("structures:list", uai=uai, year=year)


def _form_page(
    request: PageRequest, uai: str, year: int, kind: Structure.Kind, row: Structure | None
) -> HttpResponse:
    form = _form(request, uai, year, kind, row)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.save_structure(
                uai=uai,
                year=year,
                kind=kind,
                typed=form.typed(),
                code=row.code if row else "",
                actor=actor_on(request).login,
                at=timezone.now(),
            )
        except (NotThereError, MissingStepError):
            raise
        except RefusedError as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request, _("%(code)s est enregistré.") % {"code": form.cleaned_data["code"]}
            )
            return redirect("structures:list", uai=uai, year=year)
    shown = {
        "uai": uai,
        "year": year,
        "form": form,
        "row": row,
        "is_division": kind is Kind.DIVISION,
        "pupils": verbs.pupils_by_division(uai=uai, year=year)[row.code] if row else 0,
    }
    return render(request, "structures/edit.html", shown)


def _form(
    request: PageRequest, uai: str, year: int, kind: Structure.Kind, row: Structure | None
) -> StructureForm:
    typed = request.POST if request.method == "POST" else None
    initial = {
        name: getattr(row, name)
        for name in ("code", "label", "mefs", "divisions", "planned_count")
        if row
    }
    if kind is Kind.DIVISION:
        labels = mefs_retained(uai=uai, year=year)
        mefs = [(mef, f"{label} ({mef})" if label else mef) for mef, label in labels.items()]
        return DivisionForm(typed, initial=initial, offered=mefs)
    divisions = [
        (one.code, f"{one.code} {one.label}".strip())
        for one in structures_of(uai=uai, year=year)
        if one.kind == Kind.DIVISION
    ]
    return GroupForm(typed, initial=initial, offered=divisions)
