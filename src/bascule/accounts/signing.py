"""A code of one's key, asked of somebody signed in: what a signature needs, and a session left open does not give."""

from datetime import datetime

from bascule.accounts import tries
from bascule.accounts.keys.one_time import CodeRefusedError, verify_code
from bascule.accounts.models import Person
from bascule.errors import RefusedError


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

    def attempt(_person: Person) -> RefusedError | None:
        try:
            verify_code(person_id=person_id, code=code, at=at)
        except CodeRefusedError as refused:
            return refused
        return None

    tries.prove_again(
        person_id=person_id, attempt=attempt, step="signature", at=at, address=address
    )
