"""The list of pupils: searched, filtered, sorted, with the columns one chose; and the same as a file."""

from collections.abc import Sequence
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.liked import keep_list_columns
from bascule.accounts.profiles import Permission
from bascule.exchange import long_lists
from bascule.exchange.lists import Form, write_list
from bascule.journal import access as trail
from bascule.schools.open_year import years_of
from bascule.students import lists
from bascule.students.columns import Column
from bascule.students.typed import understood
from bascule.values import school_year
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.pupils.asked import Asked, asked, chips, open_columns
from bascule.web.pupils.views import may_write

#: The page of a long list asks again after so many seconds.
_WAIT: Final = 2
#: Shown in one cell, that leads to the record.
_NAMES: Final = frozenset(("nom", "usage", "prenom"))
_TYPES: Final = {
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.CSV: "text/csv; charset=utf-8",
}


@school(Permission.PUPILS_READ)
def pupils(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """List the pupils of a year who answer; a whole national number leads to its record."""
    wanted, actor = asked(request, uai), actor_on(request)
    found = lists.list_pupils(
        uai=uai,
        year=year,
        criteria=wanted.criteria,
        columns=wanted.columns,
        page=wanted.page,
        size=wanted.size,
    )
    if found.count == 1 and understood(wanted.criteria.text).national:
        return redirect("pupils:record", uai, year, found.lines[0].id)
    choices = lists.choices(uai=uai, year=year)
    context = {
        "uai": uai,
        "year": year,
        "found": found,
        "pages": Paginator(range(found.count), wanted.size).get_page(found.page),
        "criteria": wanted.criteria,
        "choices": choices,
        "chips": chips(request, wanted.criteria, choices),
        "shown": _heads(request, wanted),
        "lines": _lines(wanted.columns, found.lines),
        "columns": _columns(wanted, open_columns(actor, uai)),
        "kept": _without_columns(request),
        "may_keep": not actor.only_looks_at(uai),
        "sizes": lists.SIZES,
        "size": wanted.size,
        "presences": list(lists.Presence),
        "lacks": list(lists.Lack),
        "may_take": policy.may(actor, Permission.EXPORT, uai=uai),
        "may_create": may_write(request, uai),
        "query": request.GET.urlencode(),
        "elsewhere": () if found.count else _elsewhere(uai, year, wanted),
    }
    return render(request, "pupils/list.html", context)


@school(Permission.PUPILS_READ)
@require_POST
def keep_columns(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Keep the columns that one chose, and come back to the list."""
    actor = actor_on(request)
    may_see = {column.key for column in open_columns(actor, uai)}
    chosen = [key for key in request.POST.getlist("col") if key in may_see]
    keep_list_columns(person_id=actor.person_id, columns=chosen)
    asked_before = QueryDict(request.POST.get("liste", "")).urlencode()
    return redirect(f"{reverse('pupils:list', args=(uai, year))}?{asked_before}")


@school(Permission.EXPORT)
def sheet(request: PageRequest, uai: str, year: int, form: str) -> HttpResponse:
    """Give the whole list as a file, with the columns that are seen; who took it is noted."""
    actor = actor_on(request)
    if form not in {one.value for one in Form} or not policy.may(
        actor, Permission.PUPILS_READ, uai=uai
    ):
        raise Http404
    wanted, kind, now = asked(request, uai), Form(form), timezone.now()
    found = lists.list_pupils(
        uai=uai, year=year, criteria=wanted.criteria, columns=(), page=1, size=1
    )
    choices = lists.choices(uai=uai, year=year)
    given: dict[str, Any] = {
        "uai": uai,
        "year": year,
        "criteria": wanted.criteria,
        "columns": wanted.columns,
        "filters": [one.text for one in chips(request, wanted.criteria, choices)],
        "form": kind,
        "author": actor.name,
        "at": now,
    }
    columns = ".".join(column.key for column in wanted.columns)
    _note_taken(request, uai, year, found.count, columns)
    if found.count > long_lists.AT_ONCE:
        number = long_lists.ask(**given, count=found.count, actor=actor.login)
        return redirect("pupils:long-list", uai, year, number)
    made = write_list(**given)
    return _file(made.name, made.content, kind)


@school(Permission.EXPORT)
def long_list(request: PageRequest, uai: str, year: int, number: int) -> HttpResponse:
    """Show how far a long list is written; then lead to it."""
    row = long_lists.read(uai=uai, year=year, number=number, actor=actor_on(request).login)
    context = {"uai": uai, "year": year, "row": row, "wait": _WAIT}
    is_part = request.headers.get("HX-Request")
    name = "pupils/long_list_live.html" if is_part else "pupils/long_list.html"
    return render(request, name, context)


@school(Permission.EXPORT)
def long_file(request: PageRequest, uai: str, year: int, number: int) -> HttpResponse:
    """Give a long list, once it is written, to whoever asked for it."""
    row = long_lists.read(uai=uai, year=year, number=number, actor=actor_on(request).login)
    if row.content is None:
        return redirect("pupils:long-list", uai, year, number)
    return _file(row.name, bytes(row.content), Form(row.asked["form"]))


def _file(name: str, content: bytes, form: Form) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=_TYPES[form], headers=headers)


def _note_taken(request: PageRequest, uai: str, year: int, count: int, columns: str) -> None:
    trail.note(
        kind="paper.taken",
        visitor=actor_on(request).visitor,
        at=timezone.now(),
        uai=uai,
        about=f"year/{year}",
        facts={"paper": "liste", "pupils": count, "columns": columns},
    )


def _without_columns(request: PageRequest) -> str:
    left = request.GET.copy()
    for name in ("col", "page"):
        left.pop(name, None)
    return left.urlencode()


def _heads(request: PageRequest, wanted: Asked) -> list[dict[str, Any]]:
    """Give the heads of the columns; those of an order lead to it, or to its reverse."""
    criteria, given = wanted.criteria, request.GET
    sorts = {sort.word for sort in lists.Sort}
    heads: list[dict[str, Any]] = []
    for column in _after_name(wanted.columns):
        head: dict[str, Any] = {"label": column.label, "kind": column.kind}
        if column.key in sorts:
            is_current = criteria.sort.word == column.key
            to = given.copy()
            to.pop("page", None)
            is_up = is_current and not criteria.is_descending
            to["tri"] = f"-{column.key}" if is_up else column.key
            head["url"] = f"?{to.urlencode()}"
            head["sort"] = ("ascending" if is_up else "descending") if is_current else ""
        heads.append(head)
    return heads


def _after_name(columns: Sequence[Column]) -> list[Column]:
    """Give the columns of a page: one for the whole name, then the others."""
    name = next(column for column in lists.columns_of(["nom"]))
    return [name, *(column for column in columns if column.key not in _NAMES)]


def _lines(columns: Sequence[Column], lines: Sequence[lists.Pupil]) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    for line in lines:
        pairs = list(zip(columns, line.cells, strict=True))
        shown.append(
            {
                "id": line.id,
                "name": line.name,
                "cells": [(column, cell) for column, cell in pairs if column.key not in _NAMES],
            }
        )
    return shown


def _columns(wanted: Asked, may_see: Sequence[Column]) -> list[tuple[Column, bool]]:
    chosen = {column.key for column in wanted.columns}
    return [(column, column.key in chosen) for column in may_see]


def _elsewhere(uai: str, year: int, wanted: Asked) -> list[tuple[str, str]]:
    """Give the ways to the same search in the other years."""
    if not wanted.criteria.text:
        return []
    other = [row.year for row in years_of(uai) if row.year != year]
    return [
        (school_year.label(one), reverse("pupils:list", args=(uai, one))) for one in reversed(other)
    ]
