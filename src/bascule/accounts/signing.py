"""A code of one's key, asked of somebody signed in: what a signature needs, and a session left open does not give."""

from datetime import datetime

from django.db import transaction

from bascule.accounts import tries
from bascule.accounts.keys.one_time import CodeRefusedError, verify_code
from bascule.accounts.models import Person
from bascule.errors import RefusedError
from bascule.journal import access
from bascule.journal.access import Visitor


def prove_with_key(*, person_id: int, code: str, at: datetime, address: str | None) -> None:
    """Make sure that whoever signs holds a key of hers, now; the code is never good again.

    Args:
        person_id (int): who, signed in.
        code (str): what she typed.
        at (datetime): when.
        address (str | None): where the request came from.

    Raises:
        CodeRefusedError: if it is no code of hers; it counts as a failure to sign in.
        LockedError: if the account is locked.
    """
    refusal = _try(person_id, code, at, address)
    if refusal:
        # Outside of the transaction, which keeps the count.
        raise refusal


def _try(person_id: int, code: str, at: datetime, address: str | None) -> RefusedError | None:
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
        until = tries.locked_until(person, at)
        if until:
            return tries.LockedError(until)
        try:
            verify_code(person_id=person_id, code=code, at=at)
        except CodeRefusedError as refused:
            until = tries.count_failure(person, at)
            person.save(update_fields=["failed_count", "locked_until"])
            access.note(
                kind="signin.locked" if until else "signin.failed",
                visitor=Visitor(person.login, person_id, address),
                at=at,
                facts={"step": "signature"},
            )
            return tries.LockedError(until) if until else refused
    return None
