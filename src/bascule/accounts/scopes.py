"""What a machine token may be good for: the one table of scopes. Pure."""

from collections.abc import Iterable
from enum import Enum

from bascule.values.words import said as _


class Scope(Enum):
    """One thing that a school's software may do over the API: stable code, French words."""

    RUNS_READ = ("runs:read", _("Lire les imports et leurs comptes rendus"))
    IMPORTS_WRITE = ("imports:write", _("Déposer un fichier d’import"))
    IMPORTS_CONFIRM = (
        "imports:confirm",
        _("Confirmer et annuler un import que rien ne retient, sans que personne ne regarde"),
    )
    EXPORTS_READ = ("exports:read", _("Prendre les exports de l’établissement"))
    PUPILS_READ = ("pupils:read", _("Lire les élèves, leurs INE et ce qui change"))

    def __init__(self, code: str, label: str) -> None:
        self.code = code
        self.label = label

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Give what a form offers.

        Returns:
            list[tuple[str, str]]: codes and French words.
        """
        return [(one.code, one.label) for one in cls]

    @classmethod
    def known(cls, codes: Iterable[str]) -> tuple["Scope", ...]:
        """Find scopes by their codes; a code that is no longer given opens nothing.

        Args:
            codes (Iterable[str]): codes.

        Returns:
            tuple[Scope, ...]: in the order of the table.
        """
        wanted = set(codes)
        return tuple(one for one in cls if one.code in wanted)
