"""A school's software: its version, and what the register of the authority says of it. It blocks nothing."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.qualification.standing import Standing, State, read_register
from bascule.qualification.usage import software_of
from bascule.schools.software import LONGEST_VERSION, say_version
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on


class VersionForm(forms.Form):
    """Which version of its software a school has."""

    version = forms.CharField(
        label=gettext_lazy("Version de votre logiciel"),
        required=False,
        max_length=LONGEST_VERSION,
        help_text=gettext_lazy(
            "Il l’affiche dans son menu « À propos » ou « Aide ». Dites-la de nouveau après une mise à jour."
        ),
    )


class Word(NamedTuple):
    """What a school reads of its software on the pages of its exchanges.

    Attributes:
        title: in a few words.
        sentence: what, and what to do.
        way: words of the link.
        url: where it leads.
    """

    title: str
    sentence: str
    way: str
    url: str


@school(Permission.IMPORT, writes_year=True)
def software(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show what the register says of the school's software, and let her say its version."""
    standing = _standing(uai, year)
    is_sent = request.method == "POST"
    said = software_of(uai=uai, year=year)[1]
    form = VersionForm(request.POST if is_sent else None, initial={"version": said})
    if is_sent and form.is_valid():
        try:
            say_version(
                uai=uai,
                year=year,
                actor=actor_on(request).login,
                at=timezone.now(),
                **form.cleaned_data,
            )
        except RefusedError as refusal:
            form.add_error("version", refusal.sentence)
        else:
            messages.success(request, _("La version de votre logiciel est enregistrée."))
            return redirect("exchanges:software", uai, year)
    context = {
        "uai": uai,
        "year": year,
        "form": form,
        "standing": standing,
        "sentence": _sentence(standing),
    }
    return render(request, "exchanges/software.html", context)


def software_word(uai: str, year: int) -> Word | None:
    """Give what a school is to read of its software on the way to an import.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        Word | None: None when there is nothing to do.
    """
    standing = _standing(uai, year)
    if not standing.software or standing.state.fits:
        return None
    return Word(
        _("Votre logiciel et le rectorat"),
        _sentence(standing),
        _("Dire ou changer la version"),
        reverse("exchanges:software", args=[uai, year]),
    )


#: What a school reads, and what to do; it may always go on.
_WORDS: Final[Mapping[State, Promise]] = {
    State.QUALIFIED: gettext_lazy("%(name)s est qualifié : il n’y a rien à faire."),
    State.UNSAID: gettext_lazy(
        "Dites quelle version de %(name)s vous avez. Versions qualifiées : %(versions)s. Vous pouvez continuer"
        " d’envoyer."
    ),
    State.OTHER_VERSION: gettext_lazy(
        "%(name)s n’est pas une version qualifiée. Demandez à votre éditeur une de celles-ci : %(versions)s. Vous"
        " pouvez continuer d’envoyer."
    ),
    State.UNKNOWN: gettext_lazy(
        "%(name)s n’est pas parmi les logiciels qualifiés. Demandez à votre éditeur s’il le sera. Vous pouvez"
        " continuer d’envoyer."
    ),
    State.WITHDRAWN: gettext_lazy(
        "%(name)s n’est plus qualifié depuis le %(day)s (%(why)s). Demandez à votre éditeur une version corrigée."
        " Vous pouvez continuer d’envoyer."
    ),
    State.ENDED: gettext_lazy(
        "%(name)s n’est plus qualifié depuis le %(day)s. Demandez à votre éditeur une version plus récente. Vous"
        " pouvez continuer d’envoyer."
    ),
    State.TO_COME: gettext_lazy(
        "%(name)s sera qualifié le %(day)s. Vous pouvez continuer d’envoyer."
    ),
}


def _standing(uai: str, year: int) -> Standing:
    name, version = software_of(uai=uai, year=year)
    return read_register().standing(software=name, version=version, today=timezone.localdate())


def _sentence(standing: Standing) -> str:
    if standing.state not in _WORDS:
        return ""
    return str(_WORDS[standing.state]) % {
        "name": standing.name,
        "versions": ", ".join(standing.qualified),
        "day": f"{standing.day:%d/%m/%Y}" if standing.day else "",
        "why": standing.why.rstrip(". "),
    }
