"""What the authority chooses when it opens or closes a year."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bascule.errors import RefusedError


class OpenForm(forms.Form):
    """What happens when a school cannot be opened."""

    keeps_going = forms.ChoiceField(
        label=_("Si l’ouverture échoue pour un établissement"),
        choices=[
            ("non", _("S’arrêter, pour regarder avant de continuer")),
            ("oui", _("Continuer avec les autres, et le regarder ensuite")),
        ],
        initial="non",
        widget=forms.RadioSelect,
    )

    def refuse(self, refusal: RefusedError) -> None:
        """Show a refusal at the head of the form.

        Args:
            refusal (RefusedError): the refusal.
        """
        self.add_error(None, refusal.sentence)


class CloseForm(forms.Form):
    """Which schools, and the number that closes a year in spite of unknown pupils."""

    scope = forms.ChoiceField(
        label=_("Établissements"),
        choices=[
            ("complets", _("Ceux dont le bilan est complet")),
            ("tous", _("Tous ceux qui peuvent être clos")),
        ],
        initial="complets",
        widget=forms.RadioSelect,
    )
    unknown = forms.IntegerField(
        label=_("Nombre d’élèves inconnus, tous établissements ensemble"),
        required=False,
        min_value=0,
        help_text=_("Recopiez le nombre donné au-dessus, pour clore malgré eux."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def refuse(self, refusal: RefusedError) -> None:
        """Show a refusal beside the number that it asks for.

        Args:
            refusal (RefusedError): the refusal.
        """
        field = "unknown" if refusal.code == "year.unknown-pupils" else None
        self.add_error(field, refusal.sentence)
