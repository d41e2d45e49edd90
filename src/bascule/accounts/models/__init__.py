"""The tables of accounts: people and rights, keys, sessions, machine tokens, support sessions."""

from bascule.accounts.models.access import (
    MachineToken,
    Session,
    SettledCall,
    SignInTries,
    SupportSession,
    UnknownLoginTries,
)
from bascule.accounts.models.keys import Key, KeyEvent, PaperCode
from bascule.accounts.models.people import Person, Right

__all__ = [
    "Key",
    "KeyEvent",
    "MachineToken",
    "PaperCode",
    "Person",
    "Right",
    "Session",
    "SettledCall",
    "SignInTries",
    "SupportSession",
    "UnknownLoginTries",
]
