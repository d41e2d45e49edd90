"""The steps of an activation, as the pages show them."""

from django.utils.translation import gettext as _


def steps() -> list[str]:
    """Name the steps.

    Returns:
        list[str]: in order.
    """
    return [_("Votre lettre"), _("Mot de passe"), _("Clé"), _("Codes sur papier")]
