"""The life of a key as a table: what may be done with it in each state, and where that leads. Pure.

Anything that is not in the table is refused. A key that was lost, withdrawn or has expired never opens
anything again: no move leads from there to a state that opens.
"""

from enum import Enum
from typing import Final

from bascule.values.words import said as _

STOCK, HANDED, ACTIVE, SUSPENDED = "stock", "handed", "active", "suspended"
LOST, RETURNED, EXPIRED, WITHDRAWN = "lost", "returned", "expired", "withdrawn"

#: Every state, in the order of a life.
STATES: Final = (STOCK, HANDED, ACTIVE, SUSPENDED, LOST, RETURNED, EXPIRED, WITHDRAWN)
#: States in which somebody answers for the key.
HELD: Final = frozenset({HANDED, ACTIVE, SUSPENDED})
#: States in which nobody does.
UNHELD: Final = frozenset({STOCK, RETURNED})
#: States from which a key never comes back.
ENDED: Final = frozenset({LOST, EXPIRED, WITHDRAWN})

_BEFORE_ITS_END: Final = (STOCK, HANDED, ACTIVE, SUSPENDED, RETURNED)


class Move(Enum):
    """One thing that is done with a key: its code in the register, its French words, from where to where.

    A move from nowhere makes the key.
    """

    RECEIVE = ("received", _("Entrée en stock"), (), STOCK)
    RESERVE = ("reserved", _("Changement de réserve"), (STOCK,), STOCK)
    HAND_OVER = ("handed", _("Remise à son porteur"), (STOCK,), HANDED)
    RENEW_CODE = ("code-renewed", _("Nouveau code d’activation"), (HANDED,), HANDED)
    ACTIVATE = ("activated", _("Activation par son porteur"), (HANDED,), ACTIVE)
    ADD = ("added", _("Ajout"), (), ACTIVE)
    SUSPEND = ("suspended", _("Suspension"), (ACTIVE,), SUSPENDED)
    RESUME = ("resumed", _("Fin de suspension"), (SUSPENDED,), ACTIVE)
    LOSE = ("lost", _("Déclaration de perte"), _BEFORE_ITS_END, LOST)
    RETURN = ("returned", _("Restitution"), tuple(sorted(HELD)), RETURNED)
    RESTOCK = ("restocked", _("Remise en stock"), (RETURNED,), STOCK)
    REPLACE = ("replaced", _("Remplacement"), tuple(sorted(HELD)), WITHDRAWN)
    EXPIRE = ("expired", _("Fin de validité"), _BEFORE_ITS_END, EXPIRED)
    WITHDRAW = ("withdrawn", _("Retrait du parc"), (*_BEFORE_ITS_END, LOST, EXPIRED), WITHDRAWN)

    def __init__(self, code: str, label: str, before: tuple[str, ...], after: str) -> None:
        self.code = code
        self.label = label
        self.before = frozenset(before)
        self.after = after

    def may_follow(self, state: str) -> bool:
        """Tell whether the move may be made from a state.

        Args:
            state (str): one of `STATES`.

        Returns:
            bool: true if it may.
        """
        return state in self.before


def possible(state: str) -> tuple[Move, ...]:
    """List what may be done with a key.

    Args:
        state (str): where it is.

    Returns:
        tuple[Move, ...]: in the order of the table.
    """
    return tuple(move for move in Move if move.may_follow(state))
