"""Failed tries: an account is locked after ten in a row, an address waits after fifty.

It counts and says how long; what a try is, and whether it failed, is for `signin` to say. A login that
nobody has is counted and locked like any other, so that it looks like one.
"""

import ipaddress
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bascule.accounts.models import Person, Right, SignInTries, UnknownLoginTries
from bascule.accounts.profiles import AUTHORITY
from bascule.errors import RefusedError
from bascule.journal import access
from bascule.journal.access import Visitor
from bascule.journal.act import act
from bascule.store.policies import open_schools

#: Failures in a row after which an account is locked, and for how long.
LOCK_AFTER = 10
LOCK = timedelta(minutes=15)
#: Failures from one address after which it waits, and within how long. A school has one address.
CROWD_AFTER = 50
CROWD = timedelta(minutes=15)

UNLOCK_ACT = "account.unlock"

_IPV6_NETWORK = 64


class LockedError(RefusedError):
    """The account is locked for a while.

    Args:
        until (datetime): when it opens again by itself.
    """

    code = "signin.locked"

    def __init__(self, until: datetime) -> None:
        super().__init__(
            f"Ce compte est bloqué jusqu’à {clock_time(until)}, car dix essais de suite ont échoué."
            " Attendez, ou servez-vous d’un code sur papier. Votre chef d’établissement ou"
            " l’assistance peut aussi le débloquer."
        )
        self.until = until


class CrowdedAddressError(RefusedError):
    """Too many tries failed from one address.

    Args:
        until (datetime): when it may try again.
    """

    code = "signin.throttled"

    def __init__(self, until: datetime) -> None:
        super().__init__(
            "Trop d’essais ont échoué depuis votre réseau. Réessayez à partir de"
            f" {clock_time(until)}, ou appelez l’assistance."
        )
        self.until = until


class NobodyToUnlockError(RefusedError):
    """The person has nothing to do with the school, or is not locked.

    Args:
        person_id (int): the person.
    """

    code = "account.not-locked"

    def __init__(self, person_id: int) -> None:
        super().__init__("Ce compte n’est pas bloqué : il n’y a rien à faire.")
        self.person_id = person_id


def clock_time(at: datetime) -> str:
    """Write the minute after which something is over, where the authority is.

    Args:
        at (datetime): the instant.

    Returns:
        str: `14 h 05`, never before the instant.
    """
    local = timezone.localtime(at + timedelta(seconds=59))
    return f"{local:%H} h {local:%M}"


def locked_until(row: Person | UnknownLoginTries | None, at: datetime) -> datetime | None:
    """Tell until when an account is locked.

    Args:
        row (Person | UnknownLoginTries | None): the person, or the tries on a login of nobody.
        at (datetime): now.

    Returns:
        datetime | None: when it opens again; None if it is open.
    """
    if row is None or row.locked_until is None or row.locked_until <= at:
        return None
    return row.locked_until


def prove_again(
    *,
    person_id: int,
    attempt: Callable[[Person], RefusedError | None],
    step: str,
    at: datetime,
    address: str | None,
) -> None:
    """Ask somebody signed in to prove herself once more; a failure counts like one at the sign-in, and is kept.

    Args:
        person_id (int): who.
        attempt (Callable[[Person], RefusedError | None]): looks at what she gave; what is wrong with it, if anything.
        step (str): what the journal calls the attempt.
        at (datetime): when.
        address (str | None): where the request came from.

    Raises:
        LockedError: if the account is locked.
    """
    refusal = _tried(person_id, attempt, step, at, address)
    if refusal:
        # Outside of the transaction, which keeps the count.
        raise refusal


def _tried(
    person_id: int,
    attempt: Callable[[Person], RefusedError | None],
    step: str,
    at: datetime,
    address: str | None,
) -> RefusedError | None:
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
        until = locked_until(person, at)
        if until:
            return LockedError(until)
        refused = attempt(person)
        if refused is None:
            return None
        until = count_failure(person, at)
        person.save(update_fields=["failed_count", "locked_until"])
        access.note(
            kind="signin.locked" if until else "signin.failed",
            visitor=Visitor(person.login, person_id, address),
            at=at,
            facts={"step": step},
        )
        return LockedError(until) if until else refused


def count_failure(row: Person | UnknownLoginTries, at: datetime) -> datetime | None:
    """Count one more failure, and lock the account at the tenth.

    Args:
        row (Person | UnknownLoginTries): locked for update by the caller, who saves it.
        at (datetime): now.

    Returns:
        datetime | None: until when it is locked from now on; None if it is not.
    """
    if row.locked_until is not None and row.locked_until <= at:
        row.failed_count, row.locked_until = 0, None
    row.failed_count = min(row.failed_count + 1, LOCK_AFTER)
    if row.failed_count == LOCK_AFTER:
        row.locked_until = at + LOCK
    return row.locked_until


def tries_on_unknown(login: str, at: datetime) -> UnknownLoginTries:
    """Give the tries on a login that nobody has, locked for update.

    Args:
        login (str): what was typed.
        at (datetime): now.

    Returns:
        UnknownLoginTries: their row, made if it is the first.
    """
    digest = salted_hmac("bascule.accounts.tries", login, algorithm="sha256").hexdigest()
    UnknownLoginTries.objects.bulk_create(
        [UnknownLoginTries(digest=digest, failed_count=0, last_at=at)], ignore_conflicts=True
    )
    return UnknownLoginTries.objects.select_for_update(no_key=True).get(digest=digest)


def refuse_crowd(address: str | None, at: datetime) -> None:
    """Refuse whoever comes from an address from which too many tries failed.

    Args:
        address (str | None): where the request came from; None is not counted.
        at (datetime): now.

    Raises:
        CrowdedAddressError: if there were too many lately.
    """
    network = network_of(address)
    if network is None:
        return
    found = SignInTries.objects.filter(
        address=network, failed_count__gte=CROWD_AFTER, since__gt=at - CROWD
    ).first()
    if found:
        raise CrowdedAddressError(found.since + CROWD)


def count_address(address: str | None, at: datetime) -> None:
    """Count one more failure from an address.

    Args:
        address (str | None): where the request came from; None is not counted.
        at (datetime): now.
    """
    network = network_of(address)
    if network is None:
        return
    with connection.cursor() as cursor:
        # One statement: two failures at once are two.
        cursor.execute(
            "INSERT INTO accounts_signintries AS t (address, failed_count, since) VALUES (%s, 1, %s)"
            " ON CONFLICT (address) DO UPDATE SET"
            " failed_count = CASE WHEN t.since <= %s THEN 1 ELSE t.failed_count + 1 END,"
            " since = CASE WHEN t.since <= %s THEN EXCLUDED.since ELSE t.since END"
            " RETURNING failed_count",
            [network, at, at - CROWD, at - CROWD],
        )
        (count,) = cursor.fetchone()
    if count == CROWD_AFTER:
        # Once: what is refused from then on is not written down, or it would fill the journal.
        access.note(kind="signin.throttled", visitor=Visitor(address=address), at=at)


def network_of(address: str | None) -> str | None:
    """Tell what is counted of an address: somebody with IPv6 has billions of them.

    Args:
        address (str | None): an IP address.

    Returns:
        str | None: it, or the first of its /64; None for what is no address.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False).network_address)


def unlock(*, person_id: int, uai: str, actor: str, at: datetime) -> Person:
    """Open a locked account at once.

    Args:
        person_id (int): whose account.
        uai (str): the school whose head opens it, where the person has a right in force; or `AUTHORITY`
            for the help desk, who may open any.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        Person: the person.

    Raises:
        NobodyToUnlockError: if the account is not locked, or is of nobody of the school.
    """
    with act(uai=uai, kind=UNLOCK_ACT, actor=actor, at=at) as opened:
        person = Person.objects.select_for_update(no_key=True).filter(pk=person_id).first()
        if person is None or not locked_until(person, at) or not _is_of(person, uai, at):
            raise NobodyToUnlockError(person_id)
        person.failed_count, person.locked_until = 0, None
        person.save(update_fields=["failed_count", "locked_until"])
        opened.facts["person"] = person.login
        return person


def locked_people(*, uai: str, at: datetime) -> list[Person]:
    """List the people of a school, or all for the authority, whose account is locked.

    Args:
        uai (str): the school, or `AUTHORITY`.
        at (datetime): now.

    Returns:
        list[Person]: by name.
    """
    found = Person.objects.filter(locked_until__gt=at)
    if uai != AUTHORITY:
        with transaction.atomic():
            open_schools(uai)
            found = found.filter(pk__in=list(_rights_in(uai, at).values_list("person", flat=True)))
    return list(found.order_by("family_name", "first_name", "id"))


def forget_tries(*, before: datetime) -> int:
    """Forget tries that count no longer.

    Args:
        before (datetime): those older than this.

    Returns:
        int: rows forgotten.
    """
    addresses, _ = SignInTries.objects.filter(since__lt=before).delete()
    logins, _ = UnknownLoginTries.objects.filter(last_at__lt=before).delete()
    return addresses + logins


def _is_of(person: Person, uai: str, at: datetime) -> bool:
    return uai == AUTHORITY or _rights_in(uai, at).filter(person=person).exists()


def _rights_in(uai: str, at: datetime) -> QuerySet[Right]:
    today = timezone.localdate(at)
    return Right.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today),
        uai=uai,
        starts_on__lte=today,
        withdrawn_at__isnull=True,
    )
