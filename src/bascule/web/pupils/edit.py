"""Correct a record by hand, add a pupil, and undo either."""

from collections.abc import Sequence
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.exchange.amend import verbs
from bascule.exchange.amend.edits import Edit
from bascule.exchange.amend.fields import GUARDIAN, NEW
from bascule.exchange.amend.telling import AlreadyHereError, Conflict
from bascule.schools.open_year import years_of
from bascule.students import lookup
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.pupils.fields import (
    OF_GUARDIAN,
    OF_NEWCOMER,
    TABS,
    Sight,
    Words,
    keys_of,
)
from bascule.web.pupils.forms import RecordForm
from bascule.web.pupils.views import note_reading

_FRANCE: Final = "100"
#: What is proposed for a pupil, and for a guardian, who is added.
_USUAL: Final = {
    "birth_country": _FRANCE,
    "nationality": _FRANCE,
    "status": "ST",
    "is_repeating": "non",
    "takes_transport": "non",
}
_USUAL_GUARDIAN: Final = {
    f"{GUARDIAN}.{NEW}.level": "1",
    f"{GUARDIAN}.{NEW}.address.country": _FRANCE,
}
#: What no record can be made without.
_NEEDED: Final = (
    "family_name", "first_name", "birth_date", "sex", "mef", "status", "regime", "previous_origin",
)  # fmt: skip
_NEEDED_GUARDIAN: Final = tuple(
    f"{GUARDIAN}.{NEW}.{name}"
    for name in ("level", "kinship", "civility", "family_name", "first_name")
)


@school(Permission.PUPILS_WRITE, writes_year=True)
def edit(request: PageRequest, uai: str, year: int, pupil_id: int, part: str) -> HttpResponse:
    """Correct a part of a record; what was typed is kept until it is right."""
    _refuse_blind(request, uai)
    found = lookup.read_pupil(uai=uai, year=year, pupil_id=pupil_id)
    if request.method == "GET":
        note_reading(request, uai, pupil_id)
    sight = Sight.of(actor_on(request), uai)
    texts = verbs.read_texts(uai=uai, year=year, pupil_id=pupil_id)
    is_new = part == f"{OF_GUARDIAN}{NEW}"
    held = {**texts, **(_USUAL_GUARDIAN if is_new else {})}
    keys = [key for key in keys_of(part) if sight.shows(key, held.get(key, ""))]
    if not keys or not (is_new or keys[0] in texts):
        raise Http404
    form = RecordForm(
        request.POST if request.method == "POST" else None,
        held=held,
        keys=keys,
        words=Words(uai, year),
        needed=_NEEDED_GUARDIAN if is_new else (),
    )
    conflicts: Sequence[Conflict] = ()
    if request.method == "POST" and form.is_valid():
        seen = {} if is_new else form.seen
        try:
            done = verbs.amend(
                uai=uai,
                year=year,
                edits=[Edit(form.values(), pupil_id=pupil_id, seen=seen)],
                actor=actor_on(request).login,
                at=timezone.now(),
            )
        except verbs.AmendRefusedError as refusal:
            form.told(refusal.preview)
            conflicts = refusal.preview.conflicts
        else:
            return _saved(request, uai, year, pupil_id, part, done)
    context = {
        "uai": uai,
        "year": year,
        "record": found,
        "form": form,
        "conflicts": conflicts,
        "title": _title(part, found),
        "tab": _tab(part),
        "siblings": _siblings(uai, pupil_id, part),
    }
    return render(request, "pupils/edit.html", context, status=409 if conflicts else 200)


@school(Permission.PUPILS_WRITE, writes_year=True)
def new(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Add a pupil with a guardian."""
    _refuse_blind(request, uai)
    own = keys_of(f"{OF_GUARDIAN}{NEW}")
    is_sent = request.method == "POST"
    form = RecordForm(
        request.POST if is_sent else None,
        held={**_USUAL, **_USUAL_GUARDIAN, **_first_day(uai, year), **_guess(request)},
        keys=[*OF_NEWCOMER, *own],
        words=Words(uai, year),
        needed=(*_NEEDED, *_NEEDED_GUARDIAN),
    )
    here: int | None = None
    if is_sent and form.is_valid():
        try:
            done = verbs.amend(
                uai=uai,
                year=year,
                edits=[Edit({key: text for key, text in form.values().items() if text})],
                actor=actor_on(request).login,
                at=timezone.now(),
            )
        except verbs.AmendRefusedError as refusal:
            form.told(refusal.preview)
        except AlreadyHereError as refusal:
            form.add_error(None, refusal.sentence)
            here = refusal.pupil_id
        else:
            return _saved(request, uai, year, done.pupil_ids[1], "identite", done)
    context = {
        "uai": uai,
        "year": year,
        "form": form,
        "pupil_fields": [form[key] for key in OF_NEWCOMER],
        "guardian_fields": [form[key] for key in own],
        "here": here,
    }
    return render(request, "pupils/new.html", context)


@school(Permission.PUPILS_WRITE, writes_year=True)
@require_POST
def undo(request: PageRequest, uai: str, year: int, pupil_id: int, act_id: int) -> HttpResponse:
    """Undo a correction, or take its undoing back."""
    try:
        done = verbs.undo(uai=uai, act_id=act_id, actor=actor_on(request).login, at=timezone.now())
    except verbs.CannotUndoAmendmentError as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("C’est annulé : le dossier est revenu à son état d’avant."))
        if done.kept:
            messages.info(request, _("Ce qui a été modifié depuis reste tel quel."))
    try:
        lookup.read_pupil(uai=uai, year=year, pupil_id=pupil_id)
    except lookup.UnknownPupilError:
        # The pupil was added by what is undone.
        return redirect("pupils:list", uai, year)
    return redirect("pupils:tab", uai, year, pupil_id, "historique")


def _saved(
    request: PageRequest, uai: str, year: int, pupil_id: int, part: str, done: verbs.Amended
) -> HttpResponse:
    answer = redirect("pupils:tab", uai, year, pupil_id, _tab(part))
    if done.act_id is None:
        messages.info(request, _("Rien n’a changé : il n’y a rien à enregistrer."))
        return answer
    for problem in done.preview.problems:
        # The sentence of a rule: it holds no value.
        messages.warning(request, f"{problem.label} : {problem.sentence.rstrip('.')}.")
    answer.headers["Location"] += f"?fait={done.act_id}"
    return answer


def _refuse_blind(request: PageRequest, uai: str) -> None:
    """Open no record to whoever may write and not read."""
    if not policy.may(actor_on(request), Permission.PUPILS_READ, uai=uai):
        raise Http404


def _tab(part: str) -> str:
    return "responsables" if part.startswith(OF_GUARDIAN) else part


def _title(part: str, found: lookup.PupilRecord) -> str:
    if part == f"{OF_GUARDIAN}{NEW}":
        return _("Ajouter un responsable")
    for link in found.links:
        if part == f"{OF_GUARDIAN}{link.guardian_id}":
            name = f"{link.guardian.family_name} {link.guardian.first_name}"
            return _("Corriger : %(name)s") % {"name": name}
    return _("Corriger : %(part)s") % {"part": str(dict(TABS)[part]).lower()}


def _siblings(uai: str, pupil_id: int, part: str) -> list[str]:
    whom = part.removeprefix(OF_GUARDIAN)
    if not whom.isdigit():
        return []
    return lookup.other_children(uai=uai, guardian_id=int(whom), pupil_id=pupil_id)


def _first_day(uai: str, year: int) -> dict[str, str]:
    first = next(row.starts_on for row in years_of(uai) if row.year == year)
    return {"entered_on": f"{first:%d/%m/%Y}", "starts_on": f"{first:%d/%m/%Y}"}


def _guess(request: PageRequest) -> dict[str, str]:
    """Take over the name that was searched and not found."""
    words = request.GET.get("nom", "").split()
    return (
        {"family_name": words[0].upper(), "first_name": " ".join(words[1:]).title()}
        if words
        else {}
    )
