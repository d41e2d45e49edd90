"""The anomalies of a year: the list, a value beside a row, one value for many, explanations, and the way back.

Each page works as a whole; with JavaScript a row is checked and replaced alone, and the counts follow.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.exchange.amend import verbs as amending
from bascule.exchange.amend.local import local_edits
from bascule.exchange.anomalies import answering, inbox as verbs, mending
from bascule.exchange.anomalies.inbox import Anomaly, Filters, Group, Tab
from bascule.exchange.rules.families import answers_for
from bascule.students.lookup import names_of
from bascule.web.access import school
from bascule.web.anomalies.forms import ChooseForm, ExplainForm, InboxForm, filters_of
from bascule.web.components.filters import page_asked
from bascule.web.gate import PageRequest, actor_on
from bascule.web.pupils.fields import OF_GUARDIAN, PARTS

#: What the address of the list says, to come back to it.
_ASKED = ("onglet", "regle", "division", "etat", "q", "page")
#: Rules whose values few may see.
_CONTACTS = frozenset(("TELEP", "ADRES"))
_CONTACT_COLUMNS = frozenset(
    ("personal_phone", "work_phone", "mobile_phone", "email", "address_id")
)
#: Characters taken from what is typed, and digits of a number of ours.
_LONGEST, _DIGITS = 300, 16
#: Close values that are proposed.
_CLOSEST = 5


@school(Permission.PUPILS_WRITE)
def inbox(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show what stands, by rule and division."""
    return _inbox(request, uai, year, request.GET)


@school(Permission.PUPILS_WRITE, writes_year=True)
def mend(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Take the value typed beside a row, checked at once."""
    back = QueryDict(request.POST.get("retour", "")[:_LONGEST])
    if request.method != "POST":
        return redirect("anomalies:inbox", uai, year)
    finding_id, text = _number(request.POST.get("anomalie", "")), request.POST.get("valeur", "")
    rows = _rows(uai, year, [finding_id])
    if not rows or not _may_mend(request, uai, rows[0]):
        messages.warning(request, verbs.UnknownAnomalyError().sentence)
        return _back(uai, year, back)
    try:
        done = mending.fix(
            uai=uai,
            year=year,
            finding_ids=[finding_id],
            text=text[:_LONGEST],
            actor=actor_on(request).login,
            at=timezone.now(),
        )
    except RefusedError as refusal:
        fault = {finding_id: {"text": text, "sentence": refusal.sentence}}
        if not request.headers.get("HX-Request"):
            return _inbox(request, uai, year, back, faults=fault)
        one = _shown(request, uai, year, rows[0], fault)
        context = {**_frame(uai, year, back), "one": one, "is_alone": True}
        return render(request, "anomalies/row.html", context)
    return _mended(request, uai, year, back, done, rows[0].name)


def _mended(
    request: PageRequest, uai: str, year: int, back: QueryDict, done: amending.Amended, name: str
) -> HttpResponse:
    """Say that a row is put right: in its place, or on the list."""
    said = _("Corrigé : %(name)s.") % {"name": name}
    if not request.headers.get("HX-Request"):
        messages.success(request, said)
        return _back(uai, year, back, done.act_id)
    context = {
        **_frame(uai, year, back),
        "said": said,
        "act_id": done.act_id,
        "changes": done.preview.changes,
        "tabs": _tabs(uai, year, back),
        "tab": filters_of(back).tab.value,
    }
    return render(request, "anomalies/mended.html", context)


@school(Permission.PUPILS_WRITE, writes_year=True)
def mend_all(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Choose one value for all that met a rule, look at what it does, then give it."""
    asked = request.POST if request.method == "POST" else request.GET
    rows = _group(request, uai, year, filters_of(asked))
    if not rows:
        return redirect("anomalies:inbox", uai, year)
    read = Counter(row.value for row in rows)
    value = asked.get("lu", "") if asked.get("lu", "") in read else read.most_common(1)[0][0]
    same = [row for row in rows if row.value == value]
    offered = mending.choices_for(
        uai=uai,
        year=year,
        key=rows[0].key,
        near=value,
        divisions=sorted({row.division for row in same}),
    )
    closest = offered[:_CLOSEST]
    form = ChooseForm(
        request.POST if request.method == "POST" else None, label=rows[0].label, offered=closest
    )
    context = {
        **_frame(uai, year, asked),
        "rule": rows[0].rule,
        "label": rows[0].label,
        "read": read.most_common(),
        "value": value,
        "count": len(same),
        "form": form,
        "choices": offered,
        "hidden": _kept(asked),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "anomalies/choose.html", context)
    text = context["text"] = form.text
    context["words"] = dict(offered).get(text, "")
    given: dict[str, Any] = {
        "uai": uai, "year": year, "finding_ids": [row.id for row in same], "text": text,
    }  # fmt: skip
    if "faire" not in request.POST:
        context |= _previewed(given)
        return render(request, "anomalies/preview.html", context)
    try:
        done = mending.fix(
            **given, actor=actor_on(request).login, at=timezone.now(), but_refused=True
        )
    except RefusedError as refusal:
        context["refusal"] = refusal.sentence
        return render(request, "anomalies/choose.html", context)
    count = len(done.pupil_ids) or len(same)
    messages.success(
        request,
        ngettext("%(count)s fiche corrigée.", "%(count)s fiches corrigées.", count)
        % {"count": count},
    )
    back = QueryDict(mutable=True)
    back["onglet"] = filters_of(asked).tab.value
    return _back(uai, year, back, done.act_id)


@school(Permission.PUPILS_WRITE, writes_year=True)
def explain(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Say why anomalies stay, and until when."""
    asked = request.POST if request.method == "POST" else request.GET
    rows = _wanted(request, uai, year, asked)
    if not rows:
        return redirect("anomalies:inbox", uai, year)
    form = ExplainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act_id = answering.explain(
                uai=uai,
                year=year,
                finding_ids=[row.id for row in rows],
                reason=form.cleaned_data["reason"],
                until=form.cleaned_data["until"],
                actor=actor_on(request).login,
                at=timezone.now(),
            )
        except answering.ReasonMissingError as refusal:
            form.add_error("until", refusal.sentence)
        else:
            messages.success(request, _("L’explication est enregistrée."))
            return _back(uai, year, _list_of(asked), act_id)
    context = {
        **_frame(uai, year, asked),
        "form": form,
        "rows": rows[:_NAMED],
        "more": max(len(rows) - _NAMED, 0),
        "rule": rows[0].rule,
        "count": len(rows),
        "hidden": _kept(asked),
    }
    return render(request, "anomalies/explain.html", context)


@school(Permission.PUPILS_WRITE, writes_year=True)
def announce(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Say that anomalies will be corrected in the software."""
    if request.method == "POST":
        rows = _wanted(request, uai, year, request.POST)
        if rows:
            act_id = answering.announce(
                uai=uai,
                year=year,
                finding_ids=[row.id for row in rows],
                actor=actor_on(request).login,
                at=timezone.now(),
            )
            messages.success(
                request, _("Noté : à corriger dans le logiciel. Le prochain fichier le dira.")
            )
            return _back(uai, year, _list_of(request.POST), act_id)
    return redirect("anomalies:inbox", uai, year)


@school(Permission.PUPILS_WRITE, writes_year=True)
def undo(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Undo a correction, an explanation or an announcement."""
    back = QueryDict(request.POST.get("retour", "")[:_LONGEST])
    if request.method == "POST":
        try:
            done = amending.undo(
                uai=uai,
                act_id=_number(request.POST.get("acte", "")),
                actor=actor_on(request).login,
                at=timezone.now(),
            )
        except RefusedError as refusal:
            messages.warning(request, refusal.sentence)
        else:
            messages.success(request, _("C’est annulé : tout est comme avant."))
            for name in done.kept[:_NAMED]:
                messages.info(
                    request, _("Gardé tel que modifié depuis : %(name)s.") % {"name": name}
                )
    return _back(uai, year, back)


@school(Permission.PUPILS_WRITE)
def corrections(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """List what was corrected here since the last import: the next file replaces it, unless it says the same."""
    found = local_edits(uai=uai, year=year)
    pages = Paginator(found, verbs.PAGE).get_page(page_asked(request.GET))
    names = names_of(uai=uai, pupil_ids={i for one in pages for i in one.pupil_ids})
    actor = actor_on(request)
    sees = policy.may(actor, Permission.CONTACTS_READ, uai=uai)
    context = {
        **_frame(uai, year, request.GET),
        "pages": pages,
        "rows": [
            {
                "edit": one,
                "pupils": [(i, names[i]) for i in one.pupil_ids if i in names],
                "is_shown": sees or one.key.rpartition(".")[2] not in _CONTACT_COLUMNS,
            }
            for one in pages
        ],
    }
    return render(request, "anomalies/corrections.html", context)


#: Names told at most.
_NAMED = 5


def _inbox(
    request: PageRequest,
    uai: str,
    year: int,
    asked: Any,
    *,
    faults: Mapping[int, Mapping[str, str]] | None = None,
) -> HttpResponse:
    filters = filters_of(asked, page_asked(asked))
    found = verbs.read_inbox(uai=uai, year=year, today=timezone.localdate(), filters=filters)
    form = InboxForm(asked)
    form.offer([(one.rule.code, one.rule.title) for one in found.groups], found.divisions)
    shown = [_shown(request, uai, year, row, faults or {}) for row in found.rows]
    keys = {one["row"].key for one in shown if one["may_mend"]}
    groups = {one.rule.code: one for one in found.groups}
    context = {
        **_frame(uai, year, asked),
        "found": found,
        "groups": [
            {"group": group, "may_mend": _may_mend_all(request, uai, group)}
            for group in found.groups
        ],
        "by_rule": _by_rule(shown, groups),
        "tabs": _tabs(uai, year, asked),
        "tab": filters.tab.value,
        "filters": form,
        "is_filtered": bool(filters.code or filters.division or filters.text or asked.get("etat")),
        "here": f"{request.path_info.rpartition('anomalies/')[0]}anomalies/?onglet={filters.tab.value}",
        "lists": {key: mending.choices_for(uai=uai, year=year, key=key) for key in sorted(keys)},
        "pages": Paginator(range(found.count), verbs.PAGE).get_page(filters.page),
        "done_act": _number(asked.get("fait", "")),
        "has_faults": bool(faults),
    }
    return render(request, "anomalies/inbox.html", context)


def _frame(uai: str, year: int, asked: Any) -> dict[str, Any]:
    return {"uai": uai, "year": year, "back": _list_of(asked).urlencode()}


def _list_of(asked: Any) -> QueryDict:
    """Give the address of the list one came from, without what is of one row."""
    query = QueryDict(mutable=True)
    for name in _ASKED:
        if asked.get(name):
            query[name] = asked[name]
    return query


def _kept(asked: Any) -> list[tuple[str, str]]:
    """Give what a form carries on."""
    names = ("onglet", "regle", "division", "etat", "q", "anomalie")
    return [(name, asked[name]) for name in names if asked.get(name)]


def _back(uai: str, year: int, query: QueryDict, act_id: int | None = None) -> HttpResponse:
    query = query.copy()
    query.pop("fait", None)
    if act_id is not None:
        query["fait"] = str(act_id)
    url = reverse("anomalies:inbox", args=(uai, year))
    return redirect(f"{url}?{query.urlencode()}" if query else url)


def _tabs(uai: str, year: int, asked: Any) -> list[tuple[str, str, str]]:
    counts = verbs.open_counts(uai=uai, year=year, today=timezone.localdate())
    url = reverse("anomalies:inbox", args=(uai, year))
    return [
        (f"{_(tab.label)} ({counts[tab]})", f"{url}?onglet={tab.value}", tab.value) for tab in Tab
    ]


def _by_rule(shown: Sequence[dict[str, Any]], groups: Mapping[str, Group]) -> list[dict[str, Any]]:
    """Put the rows of the page under their rule, then their division."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for one in shown:
        divisions = found.setdefault(one["row"].rule.code, {})
        divisions.setdefault(one["row"].division, []).append(one)
    return [
        {
            "group": groups.get(code),
            "rule": rows[0]["row"].rule,
            "answers": answers_for(rows[0]["row"].rule),
            "divisions": divisions.items(),
        }
        for code, divisions in found.items()
        for rows in (next(iter(divisions.values())),)
    ]


def _rows(uai: str, year: int, finding_ids: Sequence[int]) -> list[Anomaly]:
    return verbs.read_anomalies(
        uai=uai, year=year, today=timezone.localdate(), finding_ids=finding_ids
    )


def _group(request: PageRequest, uai: str, year: int, filters: Filters) -> list[Anomaly]:
    """Read the anomalies of a rule that one value may mend."""
    if not filters.code:
        return []
    ids = verbs.ids_of(uai=uai, year=year, today=timezone.localdate(), filters=filters)
    return [row for row in _rows(uai, year, ids) if _may_mend(request, uai, row)]


def _wanted(request: HttpRequest, uai: str, year: int, asked: Any) -> list[Anomaly]:
    """Read one anomaly, or those of a rule."""
    one = _number(asked.get("anomalie", ""))
    if one:
        return _rows(uai, year, [one])
    filters = filters_of(asked)
    if not filters.code:
        return []
    return _rows(
        uai,
        year,
        verbs.ids_of(uai=uai, year=year, today=timezone.localdate(), filters=filters),
    )


def _previewed(given: dict[str, Any]) -> dict[str, Any]:
    try:
        seen = mending.preview_fix(**given, today=timezone.localdate())
    except RefusedError as refusal:
        return {"refusal": refusal.sentence}
    refused = [problem for problem in seen.problems if problem.refuses]
    return {
        "seen": seen,
        "refused": refused,
        "notes": [problem for problem in seen.problems if not problem.refuses],
        "sample": seen.changes[:_NAMED],
        "good": len(given["finding_ids"]) - len(seen.refused_ranks),
    }


def _where_to_mend(uai: str, year: int, row: Anomaly) -> str:
    """Give the page of the record on which an anomaly is mended; blank when the base lacks the pupil."""
    if row.pupil_id is None:
        return ""
    if row.guardian_id is not None:
        part = f"{OF_GUARDIAN}{row.guardian_id}"
        return reverse("pupils:edit", args=(uai, year, row.pupil_id, part))
    part = next((part for part, keys in PARTS.items() if row.about in keys), "")
    if part:
        return reverse("pupils:edit", args=(uai, year, row.pupil_id, part))
    return reverse("pupils:tab", args=(uai, year, row.pupil_id, "responsables"))


def _shown(
    request: PageRequest,
    uai: str,
    year: int,
    row: Anomaly,
    faults: Mapping[int, Mapping[str, str]],
) -> dict[str, Any]:
    sees = _sees(request, uai, row)
    fault = faults.get(row.id)
    return {
        "row": row,
        "value": row.value if sees else "",
        "is_hidden": not sees and bool(row.value),
        "may_mend": sees and bool(row.key),
        "url": _where_to_mend(uai, year, row),
        "fault": fault,
        "text": fault["text"] if fault else "",
    }


def _sees(request: PageRequest, uai: str, row: Anomaly) -> bool:
    actor = actor_on(request)
    if row.rule.family in _CONTACTS and not policy.may(actor, Permission.CONTACTS_READ, uai=uai):
        return False
    return not row.is_sensitive or policy.may(actor, Permission.SENSITIVE_READ, uai=uai)


def _may_mend(request: PageRequest, uai: str, row: Anomaly) -> bool:
    return bool(row.key) and _sees(request, uai, row)


def _may_mend_all(request: PageRequest, uai: str, group: Group) -> bool:
    actor = actor_on(request)
    is_sensitive = group.key in {"nationality", "profession"}
    return bool(group.key) and (
        not is_sensitive or policy.may(actor, Permission.SENSITIVE_READ, uai=uai)
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _DIGITS else 0
