"""Codes on paper: ten of them, shown once, each good once. The way back when the key is not at hand.

A code is twelve digits, so that it fits the field of one-time codes and is told from them by its length.
So short a code could be found from a digest; what is kept is a digest under a secret of the sheet, and
that secret is encrypted like the seed of any key.
"""

import hashlib
import hmac
import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from bascule.accounts.keys import register, vault
from bascule.accounts.keys.moves import Move
from bascule.accounts.models import Key, PaperCode, Person

#: Codes on a sheet, and digits of one.
COUNT, DIGITS = 10, 12
#: When so few are left, pages say so.
FEW = 3

_GROUP = 4


def make_sheet(*, person_id: int, actor: str, at: datetime) -> list[str]:
    """Make a sheet of codes; the sheet before it is good no more.

    Args:
        person_id (int): for whom.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        list[str]: the codes, in groups of four digits: this is the only time that they are seen.
    """
    codes: set[str] = set()
    while len(codes) < COUNT:
        codes.add("".join(secrets.choice("0123456789") for _ in range(DIGITS)))
    secret = secrets.token_bytes(32)
    with transaction.atomic():
        sheet, event = _sheet_of(person_id), "renewed"
        if sheet is None:
            sheet = Key(kind=Key.Kind.PAPER, person_id=person_id, digits=DIGITS)
            event = Move.ADD.code
        # The same key: a session opened by one of its codes goes on.
        sheet.state, sheet.received_at, sheet.activated_at = Key.State.ACTIVE, at, at
        sheet.seed = vault.encrypt(secret)
        sheet.save()
        PaperCode.objects.filter(key=sheet).delete()
        PaperCode.objects.bulk_create(
            PaperCode(key=sheet, digest=_digest(secret, code)) for code in sorted(codes)
        )
        register.write(key=sheet, kind=event, actor=actor, at=at)
    return [grouped(code) for code in sorted(codes)]


def take(sheet: Key, code: str, *, at: datetime) -> bool:
    """Use a code, if it is one of the sheet that was not used.

    Args:
        sheet (Key): the sheet, locked for update.
        code (str): digits.
        at (datetime): when.

    Returns:
        bool: true if it was.
    """
    digest = _digest(vault.decrypt(sheet.seed), code)
    found = PaperCode.objects.filter(key=sheet, digest=digest, used_at__isnull=True)
    return found.update(used_at=at) == 1


def was_used(sheet: Key, code: str) -> bool:
    """Tell whether a code is one of the sheet that was used.

    Args:
        sheet (Key): the sheet.
        code (str): digits.

    Returns:
        bool: true if it is.
    """
    digest = _digest(vault.decrypt(sheet.seed), code)
    return PaperCode.objects.filter(key=sheet, digest=digest, used_at__isnull=False).exists()


def left(*, person_id: int) -> int | None:
    """Count the codes that a person still has.

    Args:
        person_id (int): the person.

    Returns:
        int | None: codes not used; None if she has no sheet.
    """
    sheet = _sheets(person_id).first()
    return PaperCode.objects.filter(key=sheet, used_at__isnull=True).count() if sheet else None


def grouped(text: str) -> str:
    """Cut a text into groups of four, as it is read from paper.

    Args:
        text (str): digits, or letters.

    Returns:
        str: groups and blanks.
    """
    return " ".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def _sheet_of(person_id: int) -> Key | None:
    """Take the sheet of a person for oneself, after the person: two sheets made at once are one."""
    Person.objects.select_for_update(no_key=True).get(pk=person_id)
    return _sheets(person_id).select_for_update(no_key=True).first()


def _sheets(person_id: int) -> QuerySet[Key]:
    return Key.objects.filter(
        person_id=person_id, kind=Key.Kind.PAPER, state=Key.State.ACTIVE
    ).order_by("id")


def _digest(secret: bytes, code: str) -> bytes:
    return hmac.new(secret, code.encode(), hashlib.sha256).digest()
