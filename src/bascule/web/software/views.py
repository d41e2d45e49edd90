"""The register of qualified software: what schools send with, what is qualified, and who decided it."""

from collections.abc import Sequence
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bascule.accounts import policy
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.exchange.papers.table import TableForm
from bascule.journal import kinds
from bascule.qualification import register as verbs
from bascule.qualification.models import Qualification
from bascule.qualification.sheets import write_register, write_uses
from bascule.qualification.standing import State, day_of, read_register, state_of
from bascule.qualification.usage import in_use
from bascule.values import school_year
from bascule.values.civil_identity import key as plain
from bascule.web.access import authority
from bascule.web.components.filters import page_asked
from bascule.web.components.taken import file_taken
from bascule.web.gate import PageRequest, actor_on
from bascule.web.software.forms import RegisterForm

_PAGE: Final = 50
#: Where a line of the register may stand.
_STATES: Final = (State.QUALIFIED, State.TO_COME, State.ENDED, State.WITHDRAWN)
TONES: Final = {
    State.QUALIFIED: "success",
    State.NO_REGISTER: "neutral",
    State.UNSAID: "info",
    State.TO_COME: "info",
    State.ENDED: "warning",
    State.OTHER_VERSION: "warning",
    State.UNKNOWN: "warning",
    State.WITHDRAWN: "danger",
}


@authority(Permission.SCHOOLS_FOLLOW)
def home(request: PageRequest) -> HttpResponse:
    """Show what schools send with, and the register."""
    today = timezone.localdate()
    year = _year_asked(request)
    known = read_register()
    form = RegisterForm(request.GET, states=_STATES)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = _wanted(known.rows, wanted)
    used = [
        (one, known.standing(software=one.software, version=one.version, today=today))
        for one in in_use(uais=_schools(request), year=year)
    ]
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "year": year,
        "years": (year - 1, year + 1),
        "used": [(one, standing, TONES[standing.state]) for one, standing in used],
        "form": form,
        "here": request.path,
        "query": query.urlencode(),
        "is_filtered": any(wanted.values()),
        "has_register": bool(known.rows),
        "count": len(rows),
        "pages": Paginator([_line(row) for row in rows], _PAGE).get_page(page_asked(request.GET)),
        "may_qualify": _may_qualify(request),
        "history": [(one, kinds.words(one.kind)) for one in verbs.history(most=20)],
    }
    return render(request, "software/home.html", context)


@authority(Permission.SCHOOLS_FOLLOW)
def one(request: PageRequest, qualification_id: int) -> HttpResponse:
    """Show a line of the register: its ground, its period, and what was done with it."""
    row = verbs.qualification(qualification_id=qualification_id)
    latest = verbs.find(software=row.software, version=row.version)
    context = {
        **_line(row),
        "totals": row.totals,
        "unanswered": row.totals.get("no-answer", 0),
        "is_latest": latest.pk == row.pk,
        "latest": latest,
        "may_qualify": _may_qualify(request),
        "history": [
            (said, kinds.words(said.kind)) for said in verbs.history(software=row.software)
        ],
    }
    return render(request, "software/one.html", context)


@authority(Permission.SCHOOLS_FOLLOW)
def register_sheet(request: PageRequest, form: str) -> HttpResponse:
    """Give the register as a table, filtered as it is shown."""
    filters = RegisterForm(request.GET, states=_STATES)
    rows = _wanted(read_register().rows, filters.cleaned_data if filters.is_valid() else {})
    content = write_register(
        rows, form=_form(form), author=actor_on(request).name, at=timezone.now()
    )
    return _taken(request, "registre-logiciels", form, content)


@authority(Permission.SCHOOLS_FOLLOW)
def used_sheet(request: PageRequest, form: str) -> HttpResponse:
    """Give what schools send with as a table."""
    year = _year_asked(request)
    content = write_uses(
        in_use(uais=_schools(request), year=year),
        read_register(),
        form=_form(form),
        author=actor_on(request).name,
        at=timezone.now(),
    )
    return _taken(request, f"logiciels-utilises_{school_year.label(year)}", form, content)


def _line(row: Qualification) -> dict[str, Any]:
    today = timezone.localdate()
    state = state_of(row, today=today)
    return {"row": row, "state": state, "tone": TONES[state], "day": day_of(row, today=today)}


def _wanted(rows: Sequence[Qualification], wanted: dict[str, Any]) -> list[Qualification]:
    state, words = wanted.get("etat", ""), plain(wanted.get("q", "")).split()
    today = timezone.localdate()
    return [
        row
        for row in rows
        if (not state or state_of(row, today=today) == state)
        and all(word in plain(f"{row.software} {row.editor}") for word in words)
    ]


def _year_asked(request: PageRequest) -> int:
    asked = school_year.parse(request.GET.get("annee", ""))
    return asked or school_year.school_year_of(timezone.localdate())


def _schools(request: PageRequest) -> list[str]:
    return [uai for uai in request.reach if uai != AUTHORITY]


def _may_qualify(request: PageRequest) -> bool:
    return policy.may(actor_on(request), Permission.SOFTWARE, uai=AUTHORITY)


def _form(form: str) -> TableForm:
    if form not in {*TableForm}:
        raise Http404
    return TableForm(form)


def _taken(request: PageRequest, paper: str, form: str, content: bytes) -> HttpResponse:
    name = f"{paper}_{timezone.localtime():%Y%m%d-%H%M}.{form}"
    return file_taken(
        request,
        uai=AUTHORITY,
        about="software",
        paper="software-register",
        name=name,
        content=content,
    )
