"""What follows when the base came back from a copy: what was used up since must open nothing again.

The copy does not know the codes used between it and the loss. So each one-time key is moved ahead, past
the codes that were shown or may have been; sessions end, and codes of activation that wait are ended too.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from django.db.models import F
from django.db.models.functions import Greatest

from bascule.accounts.keys import oath, register
from bascule.accounts.models import Key, Person, Session
from bascule.journal.act import AUTHORITY, act

RESTORED_ACT: Final = "base.restore"
#: Codes of a key with a button that are given up: fewer than the tries that lock an account, so that whoever
#: has not pressed since gets in by pressing again.
GIVEN_UP: Final = oath.LOOK_AHEAD
#: The tables that this writes.
TOUCHED: Final = (
    "accounts_key",
    "accounts_keyevent",
    "accounts_person",
    "accounts_session",
    "journal_act",
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was ended or moved ahead.

    Attributes:
        buttons: keys with a button, moved ahead by `GIVEN_UP` codes.
        clocks: applications, whose codes up to the next ones are refused.
        sessions: sessions ended.
        accounts: accounts whose code of activation was ended: give them another.
        keys: keys handed over whose code of activation was ended: give it anew.
    """

    buttons: int = 0
    clocks: int = 0
    sessions: int = 0
    accounts: int = 0
    keys: int = 0


def settle(*, actor: str, at: datetime, origin: str, nothing_lost: bool = False) -> Settled:
    """Make a base that came back safe to open, once.

    Args:
        actor (str): who brought it back.
        at (datetime): now.
        origin (str): where it came from: the name of a copy, or blank.
        nothing_lost (bool): whether all that was ever written is there (a move, an upgrade): then nothing is
            ended, and the journal says so.

    Returns:
        Settled: what was ended.
    """
    with act(uai=AUTHORITY, kind=RESTORED_ACT, actor=actor, at=at) as opened:
        settled = Settled() if nothing_lost else _end_all(actor, at)
        opened.facts |= {"origin": origin, "nothing_lost": nothing_lost, **asdict(settled)}
    return settled


def _end_all(actor: str, at: datetime) -> Settled:
    # One that was never activated has shown no code yet, and would only be put out of step.
    used = Key.objects.filter(state__in=(Key.State.ACTIVE, Key.State.SUSPENDED))
    buttons = used.filter(kind=Key.Kind.HOTP)
    clocks = list(used.filter(kind=Key.Kind.TOTP))
    register.write_all(
        [*buttons, *clocks], kind="restored", actor=actor, at=at, detail="retour d’une sauvegarde"
    )
    pressed = buttons.update(counter=F("counter") + GIVEN_UP)
    for period in {key.period for key in clocks}:
        unused = int(at.timestamp()) // period + oath.DRIFT + 1
        Key.objects.filter(pk__in=[key.pk for key in clocks if key.period == period]).update(
            counter=Greatest(F("counter"), unused)
        )
    sessions, _ = Session.objects.all().delete()
    accounts = Person.objects.exclude(activation_digest=b"").update(
        activation_digest=b"", activation_ends_at=None
    )
    keys = Key.objects.exclude(activation_digest=b"").update(activation_digest=b"")
    return Settled(pressed, len(clocks), sessions, accounts, keys)
