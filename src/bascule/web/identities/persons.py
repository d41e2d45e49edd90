"""A person of the directory: who it is, its records, and what an agent may do: separate, make one, keep apart, undo."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.errors import NotThereError, RefusedError
from bascule.ine import answers, finding, merges, persons as verbs, reviewing
from bascule.web.access import authority
from bascule.web.gate import PageRequest, actor_on
from bascule.web.identities.forms import ActForm, SecondForm, WhyForm

#: Digits of a number of ours.
_DIGITS = 16
_LONGEST, _LONGEST_WHY = 100, 300
#: The forms of the page, each with its reason.
_RECORDS, _OTHERS, _APARTS, _MERGE = "fiches", "autre", "distincts", "fusion"


@authority(Permission.IDENTITIES)
def person(request: PageRequest, person_id: int) -> HttpResponse:
    """Show a person: civil status, numbers, records, merges, and what was decided."""
    return _person(request, person_id, {})


@authority(Permission.IDENTITIES)
@require_POST
def split(request: PageRequest, person_id: int) -> HttpResponse:
    """Separate a record: it becomes a new person's."""
    form = _form(_RECORDS, request.POST)
    uai, year, student_id = (*request.POST.get("fiche", "").split("/"), "", "", "")[:3]
    if not form.is_valid() or not (_number(year) and _number(student_id)):
        return _person(request, person_id, {_RECORDS: form})

    def act(signed: dict[str, Any]) -> str:
        answers.split(uai=uai, year=_number(year), student_id=_number(student_id), **signed)
        return _("La fiche est séparée : elle est celle d’un autre élève, avec son propre INE.")

    return _done(request, person_id, act, name=_RECORDS, form=form)


@authority(Permission.IDENTITIES)
@require_POST
def other(request: PageRequest, person_id: int) -> HttpResponse:
    """Say that another person is the same, or is not."""
    form = _form(_OTHERS, request.POST)
    same, different = (_number(request.POST.get(name, "")) for name in ("reunir", "distinguer"))
    if not form.is_valid() or not (same or different):
        return _person(request, person_id, {_OTHERS: form})

    def act(signed: dict[str, Any]) -> str:
        if same:
            merges.ask_merge(one_id=person_id, other_id=same, **signed)
            return _("C’est noté. Un second agent doit maintenant confirmer.")
        merges.keep_apart(one_id=person_id, other_id=different, **signed)
        return _("C’est noté : plus personne ne sera interrogé sur ces deux élèves.")

    return _done(request, person_id, act, name=_OTHERS, form=form)


@authority(Permission.IDENTITIES)
@require_POST
def together(request: PageRequest, person_id: int) -> HttpResponse:
    """Take back that another person is not the same."""
    form, other_id = _form(_APARTS, request.POST), _number(request.POST.get("retirer", ""))
    if not form.is_valid() or not other_id:
        return _person(request, person_id, {_APARTS: form})

    def act(signed: dict[str, Any]) -> str:
        merges.withdraw_apart(one_id=person_id, other_id=other_id, **signed)
        return _("La déclaration est retirée.")

    return _done(request, person_id, act, name=_APARTS, form=form)


@authority(Permission.IDENTITIES)
@require_POST
def second(request: PageRequest, person_id: int, merge_id: int) -> HttpResponse:
    """Confirm or refuse a merge that another agent asked for."""
    form, name = _second_form(merge_id, request.POST), f"{_MERGE}-{merge_id}"
    is_confirmed = request.POST.get("suite") == "confirmer"
    if not is_confirmed and not form.is_valid():
        return _person(request, person_id, {name: form})

    def act(signed: dict[str, Any]) -> str:
        about: dict[str, Any] = {"merge_id": merge_id, "seen": reviewing.Seen(person_id=person_id)}
        if is_confirmed:
            reviewing.confirm_merge(**about, actor=signed["actor"], at=signed["at"])
            return _("La fusion est confirmée : c’est un seul élève.")
        reviewing.refuse_merge(**about, **signed)
        return _("La fusion est refusée : ce sont deux élèves, comme avant.")

    # Who asked for the merge has no form on the page.
    return _done(request, person_id, act, why=request.POST.get("why", ""))


@authority(Permission.IDENTITIES)
@require_POST
def undo(request: PageRequest, person_id: int, decision_id: int) -> HttpResponse:
    """Take a decision back."""

    def act(signed: dict[str, Any]) -> str:
        seen = reviewing.Seen(person_id=person_id)
        reviewing.undo(decision_id=decision_id, seen=seen, **signed)
        return _("La décision est annulée : tout est comme avant elle.")

    return _done(request, person_id, act)


def _done(
    request: PageRequest,
    person_id: int,
    act: Callable[[dict[str, Any]], str],
    *,
    name: str = "",
    form: WhyForm | None = None,
    why: str = "",
) -> HttpResponse:
    """Do what was asked, and lead back to the page; what is refused is said on it, by its form if it has one."""
    signed = {
        "why": form.cleaned_data["why"] if form else why.strip()[:_LONGEST_WHY],
        "actor": actor_on(request).login,
        "at": timezone.now(),
    }
    try:
        told = act(signed)
    except NotThereError:
        raise
    except RefusedError as refusal:
        if form is not None:
            form.add_error(None, refusal.sentence)
            return _person(request, person_id, {name: form})
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, told)
    return redirect("identities:person", person_id)


def _person(request: PageRequest, person_id: int, typed: Mapping[str, WhyForm]) -> HttpResponse:
    actor, now = actor_on(request), timezone.now()
    found = verbs.person(
        person_id=person_id,
        visitor=actor.visitor,
        at=now,
        uais=[uai for uai in request.reach if uai != AUTHORITY],
    )
    text = request.GET.get("q", request.POST.get("q", "")).strip()[:_LONGEST]
    others = finding.find(text=text, visitor=actor.visitor, at=now) if text else []
    context = {
        "found": found,
        "civils": [
            (one.name if len(found.civils) > 1 else _("État civil"), one) for one in found.civils
        ],
        "text": text,
        "others": [one for one in others if one.person_id != found.person_id],
        "records_form": typed.get(_RECORDS) or _form(_RECORDS),
        "others_form": typed.get(_OTHERS) or _form(_OTHERS),
        "aparts_form": typed.get(_APARTS) or _form(_APARTS),
        "merges": [
            (one, typed.get(f"{_MERGE}-{one.merge.pk}") or _second_form(one.merge.pk))
            for one in found.merges
        ],
    }
    return render(request, "identities/person.html", context)


def _form(name: str, typed: Any = None) -> ActForm:
    return ActForm(typed, auto_id=f"{name}_%s")


def _second_form(merge_id: int, typed: Any = None) -> SecondForm:
    return SecondForm(typed, auto_id=f"{_MERGE}_{merge_id}_%s")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < _DIGITS else 0
