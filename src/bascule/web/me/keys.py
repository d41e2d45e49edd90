"""My keys: what I hold, what is good, what I no longer want, what I lost."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts.keys import held, paper, passkeys
from bascule.accounts.models import Key
from bascule.errors import RefusedError
from bascule.web.access import signed_in
from bascule.web.gate import PageRequest, actor_on, address_of
from bascule.web.me.proof import after_proof
from bascule.web.signin.drawing import name_of

#: How a state stands out.
_TONES = {Key.State.ACTIVE: "success", Key.State.HANDED: "info", Key.State.SUSPENDED: "warning"}


@signed_in
def keys(request: PageRequest) -> HttpResponse:
    """List the keys I hold."""
    person_id = actor_on(request).person_id
    found = held.in_hand(person_id=person_id)
    left = paper.left(person_id=person_id)
    rows = [
        {
            "key": key,
            "name": name_of(key),
            "state": _(key.get_state_display()),
            "tone": _TONES.get(Key.State(key.state), "neutral"),
            "is_here": key.pk == request.session.get("key"),
            "is_object": bool(key.serial) or key.kind == Key.Kind.CERTIFICATE,
            "is_paper": key.kind == Key.Kind.PAPER,
        }
        for key in found
    ]
    context = {
        "rows": rows,
        "left": left,
        "is_few": left is not None and left <= paper.FEW,
        "has_handed": any(key.state == Key.State.HANDED for key in found),
        "has_passkeys": passkeys.works_on(request.get_host()),
        "has_one_way": sum(key.state == Key.State.ACTIVE for key in found) == 1,
    }
    return render(request, "me/keys.html", context)


@signed_in
@after_proof
def remove(request: PageRequest, key_id: int) -> HttpResponse:
    """Remove a key of mine that is no object, once it is confirmed."""
    actor, key = actor_on(request), _mine(request, key_id)
    refusal: RefusedError | None = None
    if request.method == "POST":
        try:
            held.remove(
                person_id=actor.person_id, key_id=key_id, actor=actor.login, at=timezone.now()
            )
        except RefusedError as refused:
            refusal = refused
        else:
            messages.success(request, _("Retirée : %(key)s.") % {"key": name_of(key)})
            return redirect("me:keys")
    return render(request, "me/remove_key.html", _asked(request, key, refusal))


@signed_in
def lose(request: PageRequest, key_id: int) -> HttpResponse:
    """Declare a key of mine lost, once it is confirmed."""
    actor, key = actor_on(request), _mine(request, key_id)
    refusal: RefusedError | None = None
    if request.method == "POST":
        try:
            held.declare_lost(
                person_id=actor.person_id,
                key_id=key_id,
                actor=actor.login,
                at=timezone.now(),
                address=address_of(request),
            )
        except RefusedError as refused:
            refusal = refused
        else:
            said = _("Déclarée perdue : %(key)s. Elle n’ouvre plus rien.") % {"key": name_of(key)}
            messages.success(request, said)
            return redirect("me:keys")
    return render(request, "me/lose_key.html", _asked(request, key, refusal))


def _mine(request: PageRequest, key_id: int) -> Key:
    for key in held.in_hand(person_id=actor_on(request).person_id):
        if key.pk == key_id:
            return key
    raise Http404


def _asked(request: PageRequest, key: Key, refusal: RefusedError | None) -> dict[str, object]:
    return {
        "key": key,
        "name": name_of(key),
        "refusal": refusal,
        "is_here": key.pk == request.session.get("key"),
    }
