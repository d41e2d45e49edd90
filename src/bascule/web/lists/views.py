"""The standard lists, the headcounts of a school, and address labels."""

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.exchange.lists import NobodyToWriteToError, write_labels
from bascule.journal import access as trail
from bascule.students import lists
from bascule.students.headcounts import composition
from bascule.students.households import households
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on

#: Pupils named at most, of those whose family has no address.
_NAMED: Final = 20
_ALL: Final = "presence=presents&tri=division"
_LEFT: Final = "presence=sortis&col=nom&col=prenom&col=division&col=sortie&tri=-sortie"
_CONTACTS: Final = (
    "presence=presents&col=nom&col=prenom&col=division&col=responsables&col=telephones&col=courriels"
    "&col=adresse&col=code-postal&col=ville"
)
_MAY_SEE: Final = Permission.CONTACTS_READ
#: Lists that are the pupils, filtered: name, what it holds, what its URL asks, what else one must hold.
_FILTERED: Final = (
    (_("Élèves par division"), _("Tous les élèves scolarisés, division après division."), _ALL, None),
    (_("Élèves sans INE"), _("À demander, ou à reprendre de l’établissement d’avant."), "manque=ine", None),
    (_("Élèves sans division"), _("À répartir dans votre logiciel."), "manque=division", None),
    (_("Élèves sans représentant légal"), _("La base académique en demande au moins un."), "manque=responsable", None),
    (_("Dossiers à compléter"), _("Il manque une donnée que la base académique demande."), "manque=donnees", None),
    (_("Élèves attendus"), _("Repris de l’année précédente, et dans aucun fichier encore."), "presence=attendus", None),
    (_("Élèves sortis"), _("Avec leur date de sortie."), _LEFT, None),
    (_("Responsables"), _("Les représentants légaux de chaque élève, et comment les joindre."), _CONTACTS, _MAY_SEE),
)  # fmt: skip


class LabelsForm(forms.Form):
    """Which labels are printed, and for whom."""

    division = forms.ChoiceField(label=_("Élèves"), required=False)
    destinee = forms.ChoiceField(
        label=_("Qui écrira aux familles ?"),
        choices=[
            ("ecole", _("L’établissement")),
            (
                "parents",
                _("Une association de parents : seulement les familles qui ont dit oui"),
            ),
        ],
        widget=forms.RadioSelect,
        initial="ecole",
    )

    def __init__(self, *args: Any, divisions: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["division"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("Tout l’établissement")), *((code, code) for code in divisions)]


@school(Permission.PUPILS_READ)
def home(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Name the standard lists."""
    actor = actor_on(request)
    filtered = [
        {"name": name, "about": about, "query": query}
        for name, about, query, permission in _FILTERED
        if permission is None or policy.may(actor, permission, uai=uai)
    ]
    context = {
        "uai": uai,
        "year": year,
        "filtered": filtered,
        "may_correct": policy.may(actor, Permission.PUPILS_WRITE, uai=uai),
        "may_write_to": policy.may(actor, Permission.CONTACTS_READ, uai=uai),
    }
    return render(request, "lists/home.html", context)


@school(Permission.PUPILS_READ)
def headcounts(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Count the pupils present, by division, MEF, régime and sex."""
    found, choices = composition(uai=uai, year=year), lists.choices(uai=uai, year=year)
    regimes = sorted(found.total.by_regime, key=lambda code: (not code, code))
    context = {
        "uai": uai,
        "year": year,
        "total": found.total,
        "divisions": found.divisions,
        "mefs": [(choices.mefs.get(one.code, one.code), one) for one in found.mefs],
        "regimes": [
            (code, choices.regimes.get(code, code), found.total.by_regime[code]) for code in regimes
        ],
    }
    return render(request, "lists/headcounts.html", context)


@school(Permission.CONTACTS_READ)
def labels(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Ask for whom labels are printed, then give them as PDF; who took them is noted."""
    choices = lists.choices(uai=uai, year=year)
    form = LabelsForm(
        request.POST if request.method == "POST" else None, divisions=list(choices.divisions)
    )
    if request.method == "POST" and form.is_valid():
        is_for_parents = form.cleaned_data["destinee"] == "parents"
        now, actor = timezone.now(), actor_on(request)
        try:
            made = write_labels(
                uai=uai,
                year=year,
                division=form.cleaned_data["division"],
                for_association=is_for_parents,
                at=now,
            )
        except NobodyToWriteToError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            facts = {"paper": "etiquettes", "labels": made.held, "association": is_for_parents}
            trail.note(
                kind="paper.taken",
                visitor=actor.visitor,
                at=now,
                uai=uai,
                about=f"year/{year}",
                facts=facts,
            )
            headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
            return HttpResponse(made.content, content_type="application/pdf", headers=headers)
    context = {
        "uai": uai,
        "year": year,
        "form": form,
        "mailing": households(uai=uai, year=year),
        "most": _NAMED,
    }
    return render(request, "lists/labels.html", context)
