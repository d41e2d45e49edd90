"""The life of a key as a table: what may be done with it in each state, and where that leads. Pure.

Anything that is not in the table is refused. A key that was lost, withdrawn or has expired never opens
anything again: no move leads from there to a state that opens.
"""

from enum import Enum
from typing import Final

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

    RECEIVE = ("received", "Entrée en stock", (), STOCK)
    RESERVE = ("reserved", "Changement de réserve", (STOCK,), STOCK)
    HAND_OVER = ("handed", "Remise à son porteur", (STOCK,), HANDED)
    RENEW_CODE = ("code-renewed", "Nouveau code d’activation", (HANDED,), HANDED)
    ACTIVATE = ("activated", "Activation par son porteur", (HANDED,), ACTIVE)
    ADD = ("added", "Ajout", (), ACTIVE)
    SUSPEND = ("suspended", "Suspension", (ACTIVE,), SUSPENDED)
    RESUME = ("resumed", "Fin de suspension", (SUSPENDED,), ACTIVE)
    LOSE = ("lost", "Déclaration de perte", _BEFORE_ITS_END, LOST)
    RETURN = ("returned", "Restitution", tuple(sorted(HELD)), RETURNED)
    RESTOCK = ("restocked", "Remise en stock", (RETURNED,), STOCK)
    REPLACE = ("replaced", "Remplacement", tuple(sorted(HELD)), WITHDRAWN)
    EXPIRE = ("expired", "Fin de validité", _BEFORE_ITS_END, EXPIRED)
    WITHDRAW = ("withdrawn", "Retrait du parc", (*_BEFORE_ITS_END, LOST, EXPIRED), WITHDRAWN)

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
