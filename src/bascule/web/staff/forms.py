"""Forms of the people of a school."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from bascule.accounts.delegate import GIVEN_PROFILES
from bascule.accounts.offers import APPLICATIONS, Offer
from bascule.accounts.people import Newcomer
from bascule.accounts.profiles import Permission, Profile

#: What people type for a day.
DAYS = ("%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d%m%Y")

_NAME_LENGTH, _EMAIL_LENGTH = 100, 254


class NamesForm(forms.Form):
    """Who somebody is. No State number is asked."""

    family_name = forms.CharField(label=_("Nom"), max_length=_NAME_LENGTH)
    first_name = forms.CharField(label=_("Prénom"), max_length=_NAME_LENGTH)
    email = forms.EmailField(
        label=_("Courriel"),
        required=False,
        max_length=_EMAIL_LENGTH,
        help_text=_("Pour la prévenir. Le code d’activation, lui, ne passe que par la lettre."),
    )


class DelegateForm(forms.Form):
    """Rights given one by one, to a date."""

    permissions = forms.MultipleChoiceField(
        label=_("Droits"),
        required=False,
        choices=[(one.code, _(one.label)) for _name, listed in APPLICATIONS for one in listed],
        widget=forms.CheckboxSelectMultiple,
    )
    ends_on = forms.DateField(
        label=_("Jusqu’au"),
        input_formats=DAYS,
        help_text=_("Ce jour compris. Une délégation a toujours une date de fin."),
        error_messages={"required": _("Une délégation a toujours une date de fin : indiquez-la.")},
    )

    def chosen(self) -> tuple[Permission, ...]:
        """Give the permissions that were ticked.

        Returns:
            tuple[Permission, ...]: in the order of the page.
        """
        return tuple(Permission.of(code) for code in self.cleaned_data["permissions"])

    def ticked(self) -> set[str]:
        """Give the codes that the page shows ticked.

        Returns:
            set[str]: as typed, on a form that came back.
        """
        return set(self["permissions"].value() or ())


class NewcomerForm(NamesForm, DelegateForm):
    """Somebody who is entered into a school: who she is, and what she may do there."""

    profile = forms.ChoiceField(
        label=_("Profil"),
        choices=[
            (Profile.SECRETARY.code, _("Secrétaire : tient la base élèves, importe et exporte")),
            (Profile.TEACHER.code, _("Enseignant : voit son service et ses indemnités")),
            (Profile.DELEGATE.code, _("Aucun : seulement les droits cochés plus bas")),
        ],
        widget=forms.RadioSelect,
        initial=Profile.SECRETARY.code,
    )

    field_order = ("family_name", "first_name", "email", "profile", "ends_on", "permissions")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].required = False
        self.fields["ends_on"].help_text = _(
            "Ce jour compris. Nécessaire pour les droits cochés un par un ; sinon, vide veut dire sans fin."
        )

    def given_profile(self) -> Profile | None:
        """Give the trade that was chosen.

        Returns:
            Profile | None: None for none.
        """
        chosen = Profile.of(self.cleaned_data["profile"])
        return None if chosen is Profile.DELEGATE else chosen

    def newcomer(self, choice: Mapping[str, Any]) -> Newcomer:
        """Give who was typed, with what was answered about homonyms.

        Args:
            choice (Mapping[str, Any]): what was posted: `known`, an account, or `homonym`.

        Returns:
            Newcomer: whom.
        """
        return newcomer_of(self.cleaned_data, choice)


class ProfileForm(forms.Form):
    """A trade of the school, with or without an end."""

    prefix = "profil"

    profile = forms.ChoiceField(
        label=_("Profil"), choices=[(one.code, capfirst(_(one.label))) for one in GIVEN_PROFILES]
    )
    ends_on = forms.DateField(
        label=_("Jusqu’au"),
        required=False,
        input_formats=DAYS,
        help_text=_("Ce jour compris. Vide : sans date de fin."),
    )


def newcomer_of(typed: Mapping[str, Any], choice: Mapping[str, Any]) -> Newcomer:
    """Give who was typed, with what was answered about homonyms.

    Args:
        typed (Mapping[str, Any]): the names and the address.
        choice (Mapping[str, Any]): what was posted: `known`, an account, or `homonym`.

    Returns:
        Newcomer: whom.
    """
    known = str(choice.get("known", ""))
    return Newcomer(
        family_name=typed["family_name"],
        first_name=typed["first_name"],
        email=typed["email"],
        # An account's number is short; a longer one would be no number for the base.
        known_id=int(known) if known.isdecimal() and len(known) < 19 else None,  # noqa: PLR2004
        is_homonym="homonym" in choice,
    )


def boxes(
    offered: Sequence[tuple[str, Sequence[Offer]]], ticked: set[str]
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Give the boxes of rights as a page draws them.

    Args:
        offered (Sequence[tuple[str, Sequence[Offer]]]): applications with what may be given.
        ticked (set[str]): codes that are ticked.

    Returns:
        list[tuple[str, list[dict[str, Any]]]]: applications with their boxes.
    """
    return [(name, [_box(offer, ticked) for offer in listed]) for name, listed in offered]


def _box(offer: Offer, ticked: set[str]) -> dict[str, Any]:
    code = offer.permission.code
    until: date | None = offer.delegated_to
    return {
        "code": code,
        "id": f"id_{code.replace('.', '-')}",
        "label": _(offer.permission.label),
        "obstacle": offer.obstacle,
        "until": until,
        "is_ticked": code in ticked and not offer.obstacle,
    }
