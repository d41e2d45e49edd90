"""A write that software asks for under a key of its own happens once, however often it is asked.

The answer is lost on the way, the line is cut, the software starts again: it asks again under the same key,
and gets the answer of the first time. Two that come at once wait for each other. What was refused wrote
nothing and is not remembered: asked again, it is tried again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bascule.accounts.models import SettledCall
from bascule.accounts.tokens import Bearer
from bascule.errors import RefusedError
from bascule.store.policies import open_schools

#: How long an answer is remembered.
REMEMBERED = timedelta(hours=72)


class KeyReusedError(RefusedError):
    """The key was used for something else."""

    code = "request.key-reused"

    def __init__(self) -> None:
        super().__init__(
            "Cette clé d’idempotence a déjà servi pour une autre demande. Prenez une nouvelle clé pour"
            " chaque demande, et ne reprenez la même que pour répéter exactement la même demande."
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answered.

    Attributes:
        status: its HTTP status.
        content: its JSON.
        is_repeat: it was answered before: nothing was done this time.
    """

    status: int
    content: Any
    is_repeat: bool = False


def once(
    *, bearer: Bearer, key: str, digest: bytes, at: datetime, write: Callable[[], Answer]
) -> Answer:
    """Do something unless it was done already under this key, and tell what was answered.

    Args:
        bearer (Bearer): who asks; the transaction is confined to its school.
        key (str): the key of the software, up to 100 characters.
        digest (bytes): SHA-256 of what is asked.
        at (datetime): now.
        write (Callable[[], Answer]): does it; what it refuses is not remembered.

    Returns:
        Answer: of this time, or of the first time.

    Raises:
        KeyReusedError: if the key was used for something else.
    """
    with transaction.atomic():
        open_schools(bearer.uai)
        # Whoever comes with the same key at the same time waits here until the first one has ended.
        row, is_first = SettledCall.objects.get_or_create(
            token_id=bearer.token_id,
            key=key,
            defaults={"uai": bearer.uai, "digest": digest, "status": 0, "at": at},
        )
        if not is_first:
            if bytes(row.digest) != digest:
                raise KeyReusedError
            return Answer(row.status, row.answer, is_repeat=True)
        answer = write()
        open_schools(bearer.uai)
        row.status, row.answer = answer.status, answer.content
        row.save(update_fields=["status", "answer"])
    return answer


def forget_calls(*, uai: str, at: datetime) -> int:
    """Forget the answers that are no longer remembered.

    Args:
        uai (str): the school.
        at (datetime): now.

    Returns:
        int: how many were forgotten.
    """
    with transaction.atomic():
        open_schools(uai)
        return SettledCall.objects.filter(uai=uai, at__lt=at - REMEMBERED).delete()[0]
