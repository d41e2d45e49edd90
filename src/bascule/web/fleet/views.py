"""Pages of the fleet of keys: each reads the clock and calls one verb."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_POST

from bascule.accounts.keys import declare, fleet, inventory as keys, register as lines, slips
from bascule.accounts.keys.moves import STATES, Move, possible
from bascule.accounts.keys.seed import WrongLinesError
from bascule.accounts.keys.seeds import read_seeds
from bascule.accounts.models import Key
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.exchange.papers.csv import sheet
from bascule.journal import access as trail
from bascule.schools.directory import list_schools
from bascule.web.access import authority
from bascule.web.fleet.forms import (
    ActForm,
    CertificateForm,
    DeliveryForm,
    HandOverForm,
    InventoryForm,
    RegisterForm,
    ReserveForm,
    place_choices,
)
from bascule.web.gate import PageRequest, actor_on

#: Where a delivery that was checked, and a code that is about to be shown, wait in the session.
_DELIVERY, _CODE = "keys_delivery", "keys_shown"

_COLUMNS = (
    "N° de ligne", "Date", "Heure", "Ce qui s’est passé", "Clé", "N° de série", "Porteur", "Identifiant du porteur",
    "Par", "Précision",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done with a key on a page of its own.

    Attributes:
        move: what it is.
        title: the page, and the button that leads there.
        button: the button that does it.
        what: what it does, in a sentence or two.
        verb: what does it.
        is_final: whether it cannot be undone.
    """

    move: Move
    title: Promise
    button: Promise
    what: Promise
    verb: Callable[..., Any]
    is_final: bool = False

    @property
    def takes_nothing(self) -> bool:
        """Tell whether there is nothing to say of it."""
        return self.move is Move.RENEW_CODE


#: By their names in URLs, in the order of the buttons.
ACTS: Mapping[str, Act] = {
    "reserve": Act(
        Move.RESERVE,
        gettext_lazy("Changer de réserve"),
        gettext_lazy("Changer la réserve"),
        gettext_lazy(
            "La clé reste en stock. Dans la réserve d’un établissement, elle sert à remplacer une clé perdue, à deux"
            " personnes, sans passer par le rectorat."
        ),
        fleet.reserve,
    ),
    "nouveau-code": Act(
        Move.RENEW_CODE,
        gettext_lazy("Faire un nouveau code"),
        gettext_lazy("Faire un nouveau code d’activation"),
        gettext_lazy("Le code d’activation remis auparavant ne sert plus."),
        fleet.renew_code,
    ),
    "suspension": Act(
        Move.SUSPEND,
        gettext_lazy("Suspendre"),
        gettext_lazy("Suspendre la clé"),
        gettext_lazy("La clé n’ouvre plus rien tant qu’elle est suspendue. Ses sessions ouvertes se terminent."),
        fleet.suspend,
    ),
    "reprise": Act(
        Move.RESUME,
        gettext_lazy("Lever la suspension"),
        gettext_lazy("Lever la suspension"),
        gettext_lazy("La clé ouvre de nouveau le compte de son porteur."),
        fleet.resume,
    ),
    "retour": Act(
        Move.RETURN,
        gettext_lazy("Reprendre la clé"),
        gettext_lazy("Reprendre la clé"),
        gettext_lazy(
            "Son porteur l’a rendue : elle n’ouvre plus son compte. Elle peut ensuite retourner en stock, ou être"
            " retirée du parc."
        ),
        fleet.return_key,
    ),
    "remise-en-stock": Act(
        Move.RESTOCK,
        gettext_lazy("Remettre en stock"),
        gettext_lazy("Remettre la clé en stock"),
        gettext_lazy(
            "La clé pourra être remise à quelqu’un d’autre. Son compteur est conservé : à l’activation, deux codes de"
            " suite l’accordent."
        ),
        fleet.restock,
    ),
    "perte": Act(
        Move.LOSE,
        gettext_lazy("Déclarer perdue"),
        gettext_lazy("Déclarer la clé perdue"),
        gettext_lazy(
            "La clé n’ouvrira plus jamais rien, même si elle est retrouvée. Ses sessions ouvertes se terminent."
        ),
        fleet.declare_lost,
        is_final=True,
    ),
    "retrait": Act(
        Move.WITHDRAW,
        gettext_lazy("Retirer du parc"),
        gettext_lazy("Retirer la clé du parc"),
        gettext_lazy(
            "La clé n’ouvrira plus jamais rien. Son histoire reste dans le registre."
        ),
        fleet.withdraw,
        is_final=True,
    ),
}  # fmt: skip

#: What a state looks like.
_TONES = {
    Key.State.STOCK: "neutral", Key.State.HANDED: "info", Key.State.ACTIVE: "success",
    Key.State.SUSPENDED: "warning", Key.State.LOST: "danger", Key.State.RETURNED: "neutral",
    Key.State.EXPIRED: "warning", Key.State.WITHDRAWN: "neutral",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A key as pages show it."""

    key: Key

    @property
    def name(self) -> str:
        """Return what it is."""
        return _(lines.name_of(self.key))

    @property
    def number(self) -> str:
        """Return what it is known by: its serial number, or what stands for one."""
        return self.key.serial or self.key.label or f"n° {self.key.pk}"

    @property
    def state(self) -> str:
        """Return its state in words."""
        return _(Key.State(self.key.state).label)

    @property
    def tone(self) -> str:
        """Return how its state is drawn."""
        return _TONES[Key.State(self.key.state)]

    @property
    def holder(self) -> str:
        """Return who holds it."""
        person = self.key.person
        return f"{person.family_name} {person.first_name}" if person else ""


@authority(Permission.FLEET)
def inventory(request: PageRequest) -> HttpResponse:
    """List the keys, filtered, and count them all."""
    form = InventoryForm(request.GET, schools=list_schools())
    wanted = form.cleaned_data if form.is_valid() else {}
    found = keys.find(
        state=wanted.get("etat", ""),
        kind=wanted.get("nature", ""),
        uai=wanted.get("etablissement", ""),
        text=wanted.get("q", ""),
        page=_page(request),
    )
    context = {
        "form": form,
        "found": found,
        "keys": [Shown(key) for key in found.object_list],
        "is_filtered": any(wanted.values()),
        **_counts(),
    }
    return render(request, "fleet/inventory.html", context)


@authority(Permission.FLEET)
def deliver(request: PageRequest) -> HttpResponse:
    """Take the file of a maker, check it, and keep it until it is confirmed."""
    form, faults = DeliveryForm(), None
    if request.method == "POST":
        form = DeliveryForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                seeds = read_seeds(
                    content=form.cleaned_data["file"].read(),
                    passphrase=form.cleaned_data["passphrase"],
                )
                fleet.check_delivery(seeds=seeds, today=timezone.localdate())
            except WrongLinesError as refusal:
                form.add_error("file", refusal.sentence)
                faults = refusal.faults
            except RefusedError as refusal:
                form.add_error("file", refusal.sentence)
            else:
                request.session[_DELIVERY] = fleet.seal_delivery(
                    seeds=seeds, actor=actor_on(request).login
                )
                return redirect("fleet:delivery")
    return render(request, "fleet/deliver.html", {"form": form, "faults": faults})


@authority(Permission.FLEET)
def delivery(request: PageRequest) -> HttpResponse:
    """Show what a delivery would bring; take it when it is confirmed."""
    login = actor_on(request).login
    try:
        seeds = fleet.unseal_delivery(sealed=request.session.get(_DELIVERY, ""), actor=login)
        if request.method == "POST":
            del request.session[_DELIVERY]
            if "drop" in request.POST:
                return redirect("fleet:deliver")
            count = fleet.receive(seeds=seeds, actor=login, at=timezone.now())
            messages.success(request, _("Clés entrées en stock : %(count)s.") % {"count": count})
            return HttpResponseRedirect(f"{reverse('fleet:inventory')}?etat=stock")
        found = fleet.check_delivery(seeds=seeds, today=timezone.localdate())
    except fleet.LostDeliveryError as refusal:
        messages.warning(request, refusal.sentence)
        return redirect("fleet:deliver")
    kinds = [(_(Key.Kind.HOTP.label), found.counts.get("hotp", 0)),
             (_("clé OTP (à l’heure)"), found.counts.get("totp", 0))]  # fmt: skip
    return render(request, "fleet/delivery.html", {"found": found, "kinds": kinds})


@authority(Permission.FLEET)
def key(request: PageRequest, key_id: int) -> HttpResponse:
    """Show a key: what it is, its life, and what may be done with it now."""
    found = keys.read(key_id=key_id)
    moves = possible(found.state)
    is_object = found.kind in fleet.OBJECTS and bool(found.serial)
    context = {
        "shown": Shown(found),
        "key": found,
        "history": lines.history_of(key_id=key_id),
        "is_object": is_object,
        "may_hand_over": Move.HAND_OVER in moves and is_object,
        "has_slip": is_object and found.person is not None and Move.RETURN in moves,
        "acts": [
            (one, reverse("fleet:act", args=[key_id, name]))
            for name, one in ACTS.items()
            if one.move in moves and (is_object or one.move not in {Move.RETURN, Move.RESERVE})
        ],
    }
    return render(request, "fleet/key.html", context)


@authority(Permission.FLEET)
def act(request: PageRequest, key_id: int, name: str) -> HttpResponse:
    """Say what an act does, and do it."""
    if name not in ACTS:
        raise Http404
    one, found = ACTS[name], keys.read(key_id=key_id)
    if not one.move.may_follow(found.state):
        raise fleet.IllegalMoveError(found, one.move)
    form = _act_form(one, found, request)
    if request.method == "POST" and form.is_valid():
        signed = {"key_id": key_id, "actor": actor_on(request).login, "at": timezone.now()}
        try:
            done = one.verb(**signed, **_asked(one, form.cleaned_data))
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            if isinstance(done, fleet.Handed):
                request.session[_CODE] = slips.seal_code(about=f"key {key_id}", code=done.code)
                return redirect("fleet:handed", key_id=key_id)
            messages.success(request, _("C’est fait, et inscrit au registre."))
            return redirect("fleet:key", key_id=key_id)
    context = {"shown": Shown(found), "key": found, "act": one, "form": form}
    return render(request, "fleet/act.html", context)


@authority(Permission.FLEET)
def hand_over(request: PageRequest, key_id: int) -> HttpResponse:
    """Find a person, choose for which school, and hand the key over."""
    found = keys.read(key_id=key_id)
    if not Move.HAND_OVER.may_follow(found.state):
        raise fleet.IllegalMoveError(found, Move.HAND_OVER)
    choice = _choice(request, HandOverForm)
    form = choice["form"]
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            done = fleet.hand_over(
                key_id=key_id,
                person_id=form.cleaned_data["person"],
                uai=form.cleaned_data["place"],
                actor=actor_on(request).login,
                at=timezone.now(),
                today=timezone.localdate(),
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            request.session[_CODE] = slips.seal_code(about=f"key {key_id}", code=done.code)
            return redirect("fleet:handed", key_id=key_id)
    context = {"shown": Shown(found), "key": found, "here": request.path, **choice}
    return render(request, "fleet/hand_over.html", context)


@authority(Permission.FLEET)
def certificate(request: PageRequest) -> HttpResponse:
    """Find a person, and declare the certificate of her API key."""
    choice = _choice(request, CertificateForm)
    form = choice["form"]
    if request.method == "POST" and form is not None and form.is_valid():
        given = form.cleaned_data
        try:
            done = declare.declare_certificate(
                person_id=given["person"],
                uai=given["place"],
                subject=given["subject"],
                expires_on=given["expires_on"],
                actor=actor_on(request).login,
                at=timezone.now(),
                today=timezone.localdate(),
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("Clé API déclarée, et inscrite au registre."))
            return redirect("fleet:key", key_id=done.pk)
    return render(request, "fleet/certificate.html", {"here": request.path, **choice})


@authority(Permission.FLEET)
def handed(request: PageRequest, key_id: int) -> HttpResponse:
    """Show the code of a key that was just handed over, this once, and its papers."""
    found = keys.read(key_id=key_id)
    sealed = request.session.pop(_CODE, "") if request.method == "GET" else ""
    code = slips.unseal_code(sealed=sealed, about=f"key {key_id}")
    if not code and not Move.RENEW_CODE.may_follow(found.state):
        return redirect("fleet:key", key_id=key_id)
    context = {
        "shown": Shown(found),
        "key": found,
        "code": code,
        "renew_url": reverse("fleet:act", args=[key_id, "nouveau-code"]),
    }
    return render(request, "fleet/handed.html", context)


@authority(Permission.FLEET)
def slip(request: PageRequest, key_id: int) -> HttpResponse:
    """Give the slip to sign."""
    return _paper(request, key_id, "bordereau", slips.slip(key_id=key_id))


@authority(Permission.FLEET)
@require_POST
def code_sheet(request: PageRequest, key_id: int) -> HttpResponse:
    """Give the sheet with the code: whoever asks has it on her screen."""
    content = slips.code_sheet(key_id=key_id, code=request.POST.get("code", ""))
    return _paper(request, key_id, "code", content)


@authority(Permission.FLEET)
def register(request: PageRequest) -> HttpResponse:
    """Show the register, filtered."""
    form = RegisterForm(request.GET)
    wanted = _wanted_lines(form)
    found = lines.find(**wanted, page=_page(request))
    query = request.GET.urlencode()
    context = {"form": form, "found": found, "query": query, "is_filtered": bool(query)}
    return render(request, "fleet/register.html", context)


@authority(Permission.FLEET)
def register_sheet(request: PageRequest) -> HttpResponse:
    """Give the register as a sheet, filtered as it is shown."""
    form = RegisterForm(request.GET)
    wanted = _wanted_lines(form)
    if not form.is_valid():
        return HttpResponseRedirect(f"{reverse('fleet:register')}?{request.GET.urlencode()}")
    now = timezone.localtime()
    content = sheet(_COLUMNS, (_cells(line) for line in lines.every_line(**wanted)))
    _note_taken(request, "key-register", "registre des clés")
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="registre-cles_{now:%Y%m%d-%H%M}.csv"'
        },
    )


@authority(Permission.FLEET)
def progress(request: PageRequest) -> HttpResponse:
    """Tell how far each school is on the way from API keys to OTP keys."""
    schools = keys.api_to_otp(uais=request.reach, today=timezone.localdate())
    only_late = request.GET.get("vue", "") != "tous"
    names = dict(place_choices(list_schools(), request.reach))
    totals = {each: sum(one.counts[each] for one in schools) for each in keys.Standing}
    context = {
        "schools": [
            (names.get(one.uai, one.uai), one)
            for one in schools
            if one.counts[keys.Standing.ONLY_API] or not only_late
        ],
        "totals": list(totals.items()),
        "done": sum(one.done_count for one in schools),
        "keyed": sum(one.keyed_count for one in schools),
        "late_count": sum(bool(one.counts[keys.Standing.ONLY_API]) for one in schools),
        "only_late": only_late,
        "views": [
            (_("Encore avec une clé API seule"), reverse("fleet:progress"), "retard"),
            (_("Tous"), f"{reverse('fleet:progress')}?vue=tous", "tous"),
        ],
        "view": "retard" if only_late else "tous",
    }
    return render(request, "fleet/progress.html", context)


def _choice(request: PageRequest, form_class: type[HandOverForm]) -> dict[str, Any]:
    """Give who was chosen, with the form that follows; or the people who answer what was typed."""
    text = request.GET.get("q", "").strip()
    person = keys.person_of(person_id=_number(request, "person"))
    form = None
    if person is not None:
        places = keys.places(person_id=person.pk, uais=request.reach, today=timezone.localdate())
        form = form_class(
            request.POST if request.method == "POST" else None,
            places=place_choices(list_schools(), places),
            initial={"person": person.pk},
        )
    return {
        "text": text,
        "people": keys.find_people(text=text) if text else [],
        "most": keys.MOST_PEOPLE,
        "person": person,
        "form": form,
    }


def _act_form(one: Act, found: Key, request: PageRequest) -> Any:
    given = request.POST if request.method == "POST" else None
    if one.move is Move.RESERVE:
        return ReserveForm(given, schools=list_schools(), initial={"place": found.reserve})
    return ActForm(given)


def _asked(one: Act, cleaned: dict[str, Any]) -> dict[str, str]:
    """Give what the verb takes besides the key and who signs."""
    if one.move is Move.RESERVE:
        return {"uai": cleaned["place"]}
    return {} if one.takes_nothing else {"reason": cleaned["reason"]}


def _counts() -> dict[str, Any]:
    """Give the keys by kind and state, as a table with a link in each cell."""
    counted = keys.counts()
    states = [state for state in STATES if any(where == state for _, where in counted)]
    rows = [
        (
            kind,
            [(state, counted.get((kind.value, state), 0)) for state in states],
            sum(counted.get((kind.value, state), 0) for state in states),
        )
        for kind in Key.Kind
        if any(what == kind for what, _ in counted)
    ]
    return {
        "states": [Key.State(state) for state in states],
        "rows": rows,
        "total": sum(counted.values()),
    }


def _wanted_lines(form: RegisterForm) -> dict[str, Any]:
    wanted = form.cleaned_data if form.is_valid() else {}
    since, until = wanted.get("du"), wanted.get("au")
    return {
        "since": _midnight(since) if since else None,
        "until": _midnight(until + timedelta(days=1)) if until else None,
        "text": wanted.get("q", ""),
        "kind": wanted.get("fait", ""),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())


def _cells(line: lines.Line) -> tuple[object, ...]:
    at = timezone.localtime(line.at)
    return (
        line.id, f"{at:%d/%m/%Y}", f"{at:%H:%M:%S}", line.words, line.key, line.serial, line.holder, line.login,
        line.actor, line.detail,
    )  # fmt: skip


def _paper(request: PageRequest, key_id: int, what: str, content: bytes) -> HttpResponse:
    _note_taken(request, f"key/{key_id}", what)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{what}-cle-{key_id}.pdf"'},
    )


def _note_taken(request: PageRequest, about: str, what: str) -> None:
    trail.note(
        kind="paper.taken",
        visitor=actor_on(request).visitor,
        at=timezone.now(),
        about=about,
        purpose="gestion du parc des clés",
        facts={"paper": what},
    )


def _page(request: PageRequest) -> int:
    typed = request.GET.get("page", "")
    return int(typed) if typed.isdecimal() and len(typed) < 9 else 1  # noqa: PLR2004 - of a page


def _number(request: PageRequest, name: str) -> int:
    typed = request.POST.get(name) or request.GET.get(name) or ""
    return int(typed) if typed.isdecimal() and len(typed) < 18 else 0  # noqa: PLR2004 - of a row
