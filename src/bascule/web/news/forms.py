"""The form of a piece of news."""

from django import forms
from django.utils.translation import gettext_lazy as _


class NewsForm(forms.Form):
    """A title, a text, and the days it stays."""

    title = forms.CharField(label=_("Titre"), max_length=100)
    body = forms.CharField(
        label=_("Texte"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000
    )
    starts_on = forms.DateField(label=_("Du"), help_text=_("Par exemple 01/09/2026"))
    ends_on = forms.DateField(label=_("Jusqu’au"), help_text=_("Ce jour compris"))
