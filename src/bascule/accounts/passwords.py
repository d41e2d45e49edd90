"""Passwords: chosen, checked, changed. Twelve characters, nothing that is guessed first, no end.

`guessable` says what is guessed; here are the words of each person, and how a password is kept.
"""

import unicodedata
from datetime import datetime
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import (
    UNUSABLE_PASSWORD_PREFIX,
    make_password,
    verify_password,
)
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.db import transaction

from bascule.accounts import guessable, passphrase, sessions, tries
from bascule.accounts.guessable import Reason
from bascule.accounts.models import Person, Right
from bascule.accounts.profiles import AUTHORITY
from bascule.errors import RefusedError
from bascule.journal import access
from bascule.journal.access import Visitor
from bascule.nomenclatures import package
from bascule.schools.models import School, SchoolYear
from bascule.store.policies import confine, open_schools, put_back

#: Words of the trade, with which anybody here would begin.
_TRADE = (
    "bascule", "académie", "rectorat", "éducation", "nationale", "collège", "lycée", "école", "maternelle",
    "institution", "établissement", "privé", "saint", "sainte", "notre-dame", "secrétariat", "secrétaire",
    "directeur", "directrice", "direction", "élève", "élèves", "professeur", "rentrée", "password", "motdepasse",
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre", "printemps", "automne", "hiver", "france",
)  # fmt: skip


class WeakPasswordError(RefusedError):
    """A password would be guessed; the sentence says why and proposes another.

    Args:
        reason (Reason): why.
    """

    code = "password.weak"

    def __init__(self, reason: Reason) -> None:
        super().__init__(
            f"{reason.sentence} Prenez plutôt quelques mots sans lien entre eux, par exemple"
            f" « {passphrase.propose()} »."
        )
        self.reason = reason


class WrongCurrentPasswordError(RefusedError):
    """Whoever changes a password does not know the one of now."""

    code = "password.wrong"

    def __init__(self) -> None:
        super().__init__(
            "Le mot de passe actuel ne convient pas. Saisissez celui avec lequel vous êtes entré ; si"
            " vous l’avez oublié, demandez un code d’activation à votre chef d’établissement."
        )


def change(
    *, person_id: int, current: str, new: str, but: str | None, at: datetime, address: str | None
) -> None:
    """Change one's own password; other sessions end.

    Args:
        person_id (int): who, signed in.
        current (str): the password of now.
        new (str): the one to come.
        but (str | None): the number of the session that stays.
        at (datetime): when.
        address (str | None): where the request came from.

    Raises:
        WrongCurrentPasswordError: if `current` is not it; it counts as a failure to sign in.
        WeakPasswordError: if the new one would be guessed.
        LockedError: if the account is locked.
    """
    prove(person_id=person_id, password=current, at=at, address=address)
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
        set_new(person, new)
        person.save(update_fields=["password"])
        sessions.end_sessions(person_id=person_id, but=but)
        access.note(
            kind="password.changed", visitor=Visitor(person.login, person_id, address), at=at
        )


def prove(*, person_id: int, password: str, at: datetime, address: str | None) -> None:
    """Make sure that whoever is signed in knows the password: before what would let one in for good.

    Args:
        person_id (int): who, signed in.
        password (str): what she typed.
        at (datetime): when.
        address (str | None): where the request came from.

    Raises:
        WrongCurrentPasswordError: if it is not it; it counts as a failure to sign in.
        LockedError: if the account is locked.
    """

    def attempt(person: Person) -> RefusedError | None:
        if not check(person, password):
            return WrongCurrentPasswordError()
        person.save(update_fields=["password"])
        return None

    tries.prove_again(person_id=person_id, attempt=attempt, step="again", at=at, address=address)


def set_new(person: Person, password: str) -> None:
    """Give a person a password, if it is none that would be guessed; the caller saves.

    Args:
        person (Person): who; the transaction is then confined to what she alone may see.
        password (str): the password.

    Raises:
        WeakPasswordError: if it would be guessed, or is the one she has or had.
    """
    chosen = normalised(password)
    reason = guessable.judge(chosen, words=words_of(person), common=_common())
    if reason is None and is_right(person.password.removeprefix(UNUSABLE_PASSWORD_PREFIX), chosen):
        reason = Reason.OLD
    if reason:
        raise WeakPasswordError(reason)
    person.password = make_password(chosen)


def is_right(kept: str, password: str) -> bool:
    """Tell whether a password is the one kept.

    Args:
        kept (str): what `make_password` gave; blank for none, which costs nothing.
        password (str): what was typed.

    Returns:
        bool: true if it is.
    """
    if not kept:
        return False
    is_it, _ = verify_password(normalised(password), kept)
    return is_it


def check(person: Person | None, password: str) -> bool:
    """Tell whether a password opens an account, in the same time whether there is one or not.

    A right one that was kept at another cost is kept anew; the caller saves.

    Args:
        person (Person | None): who; None for a login that nobody has.
        password (str): what was typed.

    Returns:
        bool: true if it does.
    """
    typed = normalised(password[: guessable.LONGEST + 1])
    if person is None or not person.password or is_set_aside(person):
        make_password(typed)
        return False
    is_it, must_update = verify_password(typed, person.password)
    if is_it and must_update:
        person.password = make_password(typed)
    return is_it


def set_aside(person: Person) -> None:
    """Make sure that the password opens nothing any more; the next one must be another.

    Args:
        person (Person): who; the caller saves.
    """
    if person.password and not is_set_aside(person):
        person.password = UNUSABLE_PASSWORD_PREFIX + person.password


def is_set_aside(person: Person) -> bool:
    """Tell whether a password is kept only to be refused.

    Args:
        person (Person): who.

    Returns:
        bool: true if it opens nothing.
    """
    return person.password.startswith(UNUSABLE_PASSWORD_PREFIX)


def normalised(password: str) -> str:
    """Write a password the same whatever keyboard it was typed on: an é is one character or two.

    Args:
        password (str): what was typed.

    Returns:
        str: what is hashed.
    """
    return unicodedata.normalize("NFC", password)


def words_of(person: Person) -> set[str]:
    """Gather the words that somebody who knows a person would try.

    Args:
        person (Person): who.

    Returns:
        set[str]: login, names, schools, towns, départements, the authority, words of the trade.
    """
    words = {
        *_TRADE,
        person.login,
        person.first_name,
        person.family_name,
        person.email.partition("@")[0],
        settings.BASCULE_AUTHORITY_NAME,
    }
    with put_back():
        confine(person_id=person.pk)
        rights = list(Right.objects.filter(person=person).values_list("uai", "department"))
        schools = sorted({uai for uai, _ in rights if uai != AUTHORITY})
        departments = {uai[:3] for uai in schools} | {department for _, department in rights}
        confine(*schools, person_id=person.pk)
        open_schools(*schools)
        words |= set(School.objects.filter(uai__in=schools).values_list("name", flat=True))
        for common in SchoolYear.objects.filter(uai__in=schools).values_list("common", flat=True):
            words.add(((common or {}).get("UAJ") or {}).get("LIBELLE_POSTAL") or "")
    names = package.labels("departement")
    return (words | {names.get(code, "") for code in departments}) - {""}


@cache
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)
