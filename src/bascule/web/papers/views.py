"""The papers of a year: certificates of one pupil, of some, of a division; class lists."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.certificates import issue as verbs
from bascule.certificates.lists import EmptyDivisionError, class_lists, divisions_of
from bascule.certificates.models import Certificate
from bascule.errors import NotThereError, RefusedError
from bascule.students import lookup
from bascule.web.access import school
from bascule.web.components.taken import file_taken
from bascule.web.gate import PageRequest, actor_on

Kind = Certificate.Kind

#: What the journal calls each paper.
_PAPERS: Final = {Kind.SCHOOLING: "certificat-de-scolarite", Kind.LEAVING: "exeat"}
#: A number of ours has ten digits at most.
_LONGEST_NUMBER: Final = 10


@school(Permission.PUPILS_READ)
def home(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show what may be printed, and the certificates made this year."""
    return _home(request, uai, year)


@school(Permission.PUPILS_READ)
def class_list(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Give the list of a division, or of all."""
    division = request.GET.get("division", "")
    try:
        name, content = class_lists(uai=uai, year=year, division=division, at=timezone.now())
    except EmptyDivisionError as refusal:
        return _home(request, uai, year, refusal)
    return file_taken(
        request, uai=uai, about="", paper="liste-de-classe", name=name, content=content
    )


@school(Permission.PUPILS_WRITE)
def certificate(request: PageRequest, uai: str, year: int, pupil_id: int) -> HttpResponse:
    """Make the certificate of one pupil; before, say what it will be."""
    return _one(request, uai, year, pupil_id, Kind.SCHOOLING)


@school(Permission.PUPILS_WRITE)
def exeat(request: PageRequest, uai: str, year: int, pupil_id: int) -> HttpResponse:
    """Make the leaving certificate of one pupil; before, say what it will be."""
    return _one(request, uai, year, pupil_id, Kind.LEAVING)


@school(Permission.PUPILS_WRITE)
def certificates(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Make the certificates of the pupils who are ticked, or of a whole division."""
    asked = request.POST if request.method == "POST" else request.GET
    # Blank for all divisions; None until one is chosen.
    division = asked.get("division")
    chosen = [int(one) for one in asked.getlist("eleve") if _is_number(one)]
    refusal: RefusedError | None = None
    if request.method == "POST":
        whole = "toute" in request.POST
        try:
            return _made(
                request,
                uai,
                year,
                Kind.SCHOOLING,
                pupil_ids=[] if whole else chosen,
                division=division or "" if whole else "",
            )
        except NotThereError:
            raise
        except RefusedError as refused:
            refusal = refused
    context = {
        "uai": uai,
        "year": year,
        "refusal": refusal,
        "divisions": divisions_of(uai=uai, year=year),
        "division": division,
        "chosen": chosen,
        "lines": []
        if division is None
        else verbs.candidates(uai=uai, year=year, division=division),
    }
    return render(request, "papers/certificates.html", context, status=409 if refusal else 200)


@school(Permission.PUPILS_WRITE)
def withdraw(request: PageRequest, uai: str, year: int, certificate_id: int) -> HttpResponse:
    """Withdraw a certificate made by mistake."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    row = verbs.withdraw(
        uai=uai,
        year=year,
        certificate_id=certificate_id,
        actor=actor_on(request).login,
        at=timezone.now(),
    )
    messages.success(
        request,
        _(
            "Le certificat n° %(number)s est annulé : qui le vérifie apprend qu’il n’est plus valable."
        )
        % {"number": row.shown_number},
    )
    return redirect("papers:home", uai, year)


def _one(
    request: PageRequest, uai: str, year: int, pupil_id: int, kind: Certificate.Kind
) -> HttpResponse:
    record = lookup.names_of(uai=uai, pupil_ids=[pupil_id])
    seen = verbs.foresee(uai=uai, year=year, kind=kind, pupil_id=pupil_id)
    if request.method == "POST" and seen.refusal is None:
        return _made(request, uai, year, kind, pupil_ids=[pupil_id])
    context = {
        "uai": uai,
        "year": year,
        "pupil_id": pupil_id,
        "name": record.get(pupil_id, ""),
        "is_leaving": kind is Kind.LEAVING,
        "seen": seen,
    }
    is_refused = request.method == "POST"
    return render(request, "papers/one.html", context, status=409 if is_refused else 200)


def _made(
    request: PageRequest, uai: str, year: int, kind: Certificate.Kind, **whose: Any
) -> HttpResponse:
    made = verbs.issue(
        uai=uai, year=year, kind=kind, actor=actor_on(request).login, at=timezone.now(), **whose
    )
    return file_taken(
        request,
        uai=uai,
        about=[f"student/{row.student_id}" for row in made.certificates],
        paper=_PAPERS[kind],
        name=made.name,
        content=made.content,
    )


def _home(
    request: PageRequest, uai: str, year: int, refusal: RefusedError | None = None
) -> HttpResponse:
    rows = verbs.issued_in(uai=uai, year=year)
    names = lookup.names_of(uai=uai, pupil_ids={row.student_id for row in rows})
    context = {
        "uai": uai,
        "year": year,
        "refusal": refusal,
        "divisions": divisions_of(uai=uai, year=year),
        "issued": [
            {
                "row": row,
                "name": names.get(row.student_id, ""),
                "kind": _(row.get_kind_display()),
            }
            for row in rows
        ],
        "may_issue": policy.may(actor_on(request), Permission.PUPILS_WRITE, uai=uai),
    }
    return render(request, "papers/home.html", context, status=409 if refusal else 200)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= _LONGEST_NUMBER
