"""Replace the key of a colleague: two persons on one screen, then what they give her."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from bascule.accounts import replace
from bascule.accounts.keys import register, slips
from bascule.accounts.models import Key, Person
from bascule.accounts.profiles import Permission
from bascule.accounts.replace import (
    NotInReserveError,
    Reason,
    SamePersonError,
    Voucher,
    VoucherRefusedError,
)
from bascule.errors import RefusedError
from bascule.journal import access as trail
from bascule.values import civil_identity
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on, address_of
from bascule.web.signin.forms import code_field, login_field

#: Where a code that is about to be shown waits in the session.
_CODE = "key_shown"
_FROM_RESERVE, _ACTIVATION = "reserve", "activation"


class ReplaceForm(forms.Form):
    """Why, what is given instead, and the two persons who answer for it."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Sa clé est"),
        choices=[
            (Reason.LOST.code, gettext_lazy("Perdue ou volée")),
            (Reason.BROKEN.code, gettext_lazy("En panne ou abîmée")),
        ],
        widget=forms.RadioSelect,
    )
    given = forms.ChoiceField(label=gettext_lazy("À la place"), widget=forms.RadioSelect)
    serial = forms.CharField(
        label=gettext_lazy("Numéro de la clé de la réserve"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Gravé au dos de la clé que vous lui donnez."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    code = code_field(
        gettext_lazy("Votre code"),
        help_text=gettext_lazy("De votre clé, de votre application ou de votre feuille de papier."),
    )
    second_login = login_field()
    second_code = code_field(
        gettext_lazy("Son code"),
        help_text=gettext_lazy("La seconde personne le tape elle-même. Son mot de passe n’est pas demandé."),
    )  # fmt: skip

    def __init__(self, *args: Any, reserve_count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [
            (_ACTIVATION, _("Un code d’activation, pour ajouter une application sur son téléphone"))
        ]
        if reserve_count:
            offered.insert(0, (_FROM_RESERVE, _("Une clé de la réserve de l’établissement")))
        else:
            del self.fields["serial"]
        field = self.fields["given"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = offered
        field.initial = offered[0][0]
        self.fields["second_login"].label = _("Identifiant de la seconde personne")
        self.fields["second_login"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        """Ask for the number of the key that is given."""
        cleaned = super().clean() or {}
        if cleaned.get("given") == _FROM_RESERVE and not cleaned.get("serial", "").strip():
            self.add_error("serial", _("Recopiez le numéro gravé au dos de la clé."))
        return cleaned

    def refuse(self, refusal: RefusedError) -> None:
        """Show a refusal beside the field that it is about."""
        if isinstance(refusal, VoucherRefusedError):
            self.add_error("code" if refusal.rank == 1 else "second_code", refusal.sentence)
        elif isinstance(refusal, SamePersonError):
            self.add_error("second_login", refusal.sentence)
        elif isinstance(refusal, NotInReserveError):
            self.add_error("serial", refusal.sentence)
        else:
            self.add_error(None, refusal.sentence)


@school(Permission.KEYS_LOCAL)
@sensitive_post_parameters("code", "second_code")
def replace_key(request: PageRequest, uai: str, person: int) -> HttpResponse:
    """Replace the key of a colleague."""
    actor, today = actor_on(request), timezone.localdate()
    if person == actor.person_id:
        raise SamePersonError
    colleague = replace.colleague(uai=uai, person_id=person, today=today)
    reserve_count = len(replace.reserve_of(uai=uai))
    form = ReplaceForm(
        request.POST if request.method == "POST" else None, reserve_count=reserve_count
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            done = replace.replace_locally(
                uai=uai,
                person_id=person,
                serial=given["serial"] if given["given"] == _FROM_RESERVE else "",
                reason=next(one for one in Reason if one.code == given["reason"]),
                first=Voucher(actor.login, given["code"]),
                second=Voucher(given["second_login"], given["second_code"]),
                at=timezone.now(),
                today=today,
                address=address_of(request),
            )
        except RefusedError as refusal:
            form.refuse(refusal)
        else:
            what = "key" if done.key else "account"
            request.session[_CODE] = slips.seal_code(about=f"{what} {person}", code=done.code)
            return redirect("staff:key-replaced", uai=uai, person=person)
    context = {
        "uai": uai,
        "name": _name(colleague),
        "login": colleague.login,
        "form": form,
        "reserve_count": reserve_count,
        "ending": [(_(register.name_of(key)), key.serial or key.label) for key in _held(person)],
        "actor_login": actor.login,
    }
    return render(request, "staff/keys_replace.html", context)


@school(Permission.KEYS_LOCAL)
def key_replaced(request: PageRequest, uai: str, person: int) -> HttpResponse:
    """Show the code that makes the new key good, this once."""
    today = timezone.localdate()
    colleague = replace.colleague(uai=uai, person_id=person, today=today)
    sealed = request.session.pop(_CODE, "") if request.method == "GET" else ""
    of_key = slips.unseal_code(sealed=sealed, about=f"key {person}")
    of_account = slips.unseal_code(sealed=sealed, about=f"account {person}")
    key = replace.given_key(uai=uai, person_id=person, code=of_key, today=today) if of_key else None
    context = {
        "uai": uai,
        "person": person,
        "name": _name(colleague),
        "login": colleague.login,
        "code": of_key or of_account,
        "serial": key.serial if key else "",
    }
    return render(request, "staff/keys_replaced.html", context)


@school(Permission.KEYS_LOCAL)
@require_POST
def key_slip(request: PageRequest, uai: str, person: int) -> HttpResponse:
    """Give the slip to sign, to who has the code on the screen."""
    key = _given(request, uai, person)
    return _paper(request, uai, key, "bordereau", slips.slip(key_id=key.pk))


@school(Permission.KEYS_LOCAL)
@require_POST
def key_code(request: PageRequest, uai: str, person: int) -> HttpResponse:
    """Give the sheet with the code, to who has it on the screen."""
    key = _given(request, uai, person)
    content = slips.code_sheet(key_id=key.pk, code=request.POST.get("code", ""))
    return _paper(request, uai, key, "code", content)


def _given(request: PageRequest, uai: str, person: int) -> Key:
    return replace.given_key(
        uai=uai, person_id=person, code=request.POST.get("code", ""), today=timezone.localdate()
    )


def _held(person: int) -> list[Key]:
    return list(replace.keys_held(person_id=person))


def _name(person: Person) -> str:
    return civil_identity.display(person.family_name, None, person.first_name)


def _paper(request: PageRequest, uai: str, key: Key, what: str, content: bytes) -> HttpResponse:
    trail.note(
        kind="paper.taken",
        visitor=actor_on(request).visitor,
        at=timezone.now(),
        uai=uai,
        about=f"key/{key.pk}",
        purpose="remplacement de la clé d’un collègue",
        facts={"paper": what},
    )
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{what}-cle-{key.pk}.pdf"'},
    )
