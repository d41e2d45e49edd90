"""People: entered once, and found.

Nobody is entered twice: whoever already has an account gets a right more. No State number is asked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from bascule.accounts.models import Person, Right
from bascule.accounts.rights import live, standing_of
from bascule.errors import NotThereError, RefusedError
from bascule.journal.act import OpenAct, act
from bascule.store.policies import open_schools
from bascule.values import civil_identity
from bascule.values.contact import is_email

CREATE_ACT = "person.create"

#: Homonyms that one page can show.
_MOST_KNOWN = 20
_NAME_LENGTH, _EMAIL_LENGTH = 100, 254
#: Parts of a login; with the dot and a number they stay under the 60 characters of the column.
_FIRST_LENGTH, _FAMILY_LENGTH = 25, 28
_LOGIN_TRIES = 20


class UnusableNameError(RefusedError):
    """A name is blank, too long, or holds what no name holds."""

    code = "person.name-unusable"

    def __init__(self) -> None:
        super().__init__(
            f"Le nom et le prénom sont nécessaires, en {_NAME_LENGTH} caractères au plus chacun :"
            " corrigez-les."
        )


class UnusableEmailError(RefusedError):
    """The e-mail address cannot be one."""

    code = "person.email-unusable"

    def __init__(self) -> None:
        super().__init__(
            "Le courriel n’a pas la forme d’une adresse (nom@domaine.fr) : corrigez-le, ou laissez-le vide."
        )


class KnownPersonError(RefusedError):
    """Somebody of these names already has an account.

    Args:
        known (tuple[Known, ...]): the accounts.
    """

    code = "person.already-known"

    def __init__(self, known: "tuple[Known, ...]") -> None:
        logins = ", ".join(one.login for one in known)
        super().__init__(
            f"Un compte existe déjà à ce nom ({logins}). Si c’est la même personne, donnez un droit à"
            " ce compte ; si c’est un homonyme, demandez un autre compte."
        )
        self.known = known


class UnknownPersonError(NotThereError):
    """Nobody has this number or login, or not in this school.

    Args:
        who (int | str): the number or the login.
    """

    code = "person.unknown"

    def __init__(self, who: int | str) -> None:
        super().__init__("Ce compte n’existe pas, ou n’est pas de cet établissement.")
        self.who = who


class NotYetActiveError(RefusedError):
    """Another school holds the letter that activates the account: it could then enter this one.

    Args:
        person_id (int): the account.
    """

    code = "person.not-yet-active"

    def __init__(self, person_id: int) -> None:
        super().__init__(
            "Ce compte n’est pas encore activé. La personne l’active d’abord avec la lettre qu’elle a"
            " reçue ailleurs ; vous lui donnez un droit ensuite."
        )
        self.person_id = person_id


class DisabledPersonError(RefusedError):
    """The account is disabled: nothing is given to it.

    Args:
        person_id (int): the account.
    """

    code = "person.disabled"

    def __init__(self, person_id: int) -> None:
        super().__init__("Ce compte est désactivé : réactivez-le d’abord.")
        self.person_id = person_id


@dataclass(frozen=True, slots=True)
class Known:
    """An account whose holder bears the names of somebody who is about to be entered.

    Attributes:
        person_id: the account.
        login: its login.
        name: as screens show it.
        email_hint: enough of the address to recognise it, not to learn it.
        is_active: whether its holder has activated it.
        created_at: when it was made.
    """

    person_id: int
    login: str
    name: str
    email_hint: str
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is entered into a school, as typed.

    Attributes:
        family_name: in any case.
        first_name: in any case.
        email: blank for none; the address of an account that exists is left alone.
        known_id: the account chosen among those of these names; None for a new one.
        is_homonym: whether the names are known and another account is wanted.
    """

    family_name: str
    first_name: str
    email: str = ""
    known_id: int | None = None
    is_homonym: bool = False


def display(person: Person) -> str:
    """Show the name of a person.

    Args:
        person (Person): the account.

    Returns:
        str: `DUPRÉ Léa`.
    """
    return civil_identity.display(person.family_name, None, person.first_name)


def create(
    *,
    family_name: str,
    first_name: str,
    email: str,
    uai: str,
    actor: str,
    at: datetime,
    is_homonym: bool = False,
) -> Person:
    """Make an account, to be activated. No State number is asked.

    Args:
        family_name (str): in any case; stored in capitals.
        first_name (str): in any case.
        email (str): blank for none.
        uai (str): the school in whose chain it is written, or `AUTHORITY`.
        actor (str): who makes it.
        at (datetime): when, with its time zone.
        is_homonym (bool): whether whoever asks saw that the names are known, and wants another.

    Returns:
        Person: the account; its login is made from the names.

    Raises:
        KnownPersonError: if the names are known and no other account is wanted.
    """
    with act(uai=uai, kind=CREATE_ACT, actor=actor, at=at) as opened:
        return enter(
            opened,
            family_name=family_name,
            first_name=first_name,
            email=email,
            actor=actor,
            at=at,
            is_homonym=is_homonym,
        )


def enter(
    opened: OpenAct,
    *,
    family_name: str,
    first_name: str,
    email: str,
    actor: str,
    at: datetime,
    is_homonym: bool = False,
) -> Person:
    """Make an account within an act that does more than this.

    Args:
        opened (OpenAct): the act.
        family_name (str): in any case; stored in capitals.
        first_name (str): in any case.
        email (str): blank for none.
        actor (str): who makes it.
        at (datetime): when, with its time zone.
        is_homonym (bool): whether whoever asks saw that the names are known, and wants another.

    Returns:
        Person: the account.

    Raises:
        KnownPersonError: if the names are known and no other account is wanted.
    """
    family_name, first_name = usable_names(family_name, first_name)
    if not is_homonym:
        known = known_as(family_name=family_name, first_name=first_name)
        if known:
            raise KnownPersonError(known)
    person = _with_own_login(
        Person(
            family_name=family_name,
            first_name=first_name,
            email=usable_email(email),
            state=Person.State.INVITED,
            created_at=at,
            created_by=actor,
        )
    )
    opened.facts |= {"person": person.login, "created": True}
    return person


def propose_login(*, family_name: str, first_name: str) -> str:
    """Propose a login that nobody has or had: accounts stay, so none is given twice.

    Args:
        family_name (str): stored family name.
        first_name (str): stored first name.

    Returns:
        str: `prenom.nom`, plain letters and hyphens, with a number from the second homonym on.
    """
    stem = ".".join(
        filter(None, (_plain(first_name, _FIRST_LENGTH), _plain(family_name, _FAMILY_LENGTH)))
    )
    stem = stem or "compte"
    numbered = re.compile(rf"{re.escape(stem)}([0-9]*)").fullmatch
    taken = [
        int(found[1] or 1)
        for login in Person.objects.filter(login__startswith=stem).values_list("login", flat=True)
        if (found := numbered(login))
    ]
    return f"{stem}{max(taken) + 1}" if taken else stem


def known_as(*, family_name: str, first_name: str) -> tuple[Known, ...]:
    """Find the accounts of these names, whatever the accents, case and hyphens.

    Args:
        family_name (str): family name.
        first_name (str): first name.

    Returns:
        tuple[Known, ...]: the accounts, disabled ones included, oldest first.
    """
    wanted = civil_identity.identity_key(family_name, first_name)
    found = [
        person_id
        for person_id, family, first in Person.objects.values_list(
            "id", "family_name", "first_name"
        ).order_by("id")
        if civil_identity.identity_key(family, first) == wanted
    ]
    people = Person.objects.filter(pk__in=found[:_MOST_KNOWN]).order_by("id")
    return tuple(_as_known(person) for person in people)


def account_of(newcomer: Newcomer, *, uai: str, actor: str, at: datetime, today: date) -> Person:
    """Give the account of somebody who is entered into a school: hers if she has one, or a new one.

    Args:
        newcomer (Newcomer): whom.
        uai (str): the school.
        actor (str): who enters her.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Person: the account.

    Raises:
        NotYetActiveError: if its activation letter is still in the hands of another school.
    """
    names = {"family_name": newcomer.family_name, "first_name": newcomer.first_name}
    if newcomer.known_id is None:
        return create(
            **names,
            email=newcomer.email,
            uai=uai,
            actor=actor,
            at=at,
            is_homonym=newcomer.is_homonym,
        )
    person = chosen(**names, person_id=newcomer.known_id)
    places = {place for place, _ in standing_of(person_id=person.pk, today=today)}
    if person.state == Person.State.INVITED and places - {uai}:
        raise NotYetActiveError(person.pk)
    return person


def chosen(*, person_id: int, family_name: str, first_name: str) -> Person:
    """Give an account that was chosen among those of some names: a number alone would open any.

    Args:
        person_id (int): the account.
        family_name (str): the family name that was typed.
        first_name (str): the first name that was typed.

    Returns:
        Person: the account.

    Raises:
        UnknownPersonError: if the account does not bear these names.
    """
    known = known_as(family_name=family_name, first_name=first_name)
    if person_id not in {one.person_id for one in known}:
        raise UnknownPersonError(person_id)
    return Person.objects.get(pk=person_id)


def find(*, query: str, uais: Iterable[str] | None, today: date, most: int = 50) -> list[Person]:
    """Find people by the beginnings of their names or login, without accents or case.

    Args:
        query (str): one or several words; blank for everybody.
        uais (Iterable[str] | None): only people with rights there, in force or to come; None for all.
        today (date): the day, where the authority is.
        most (int): how many at most.

    Returns:
        list[Person]: the accounts, by name.
    """
    wanted = civil_identity.key(query).split()
    people = Person.objects.all()
    with transaction.atomic():
        if uais is not None:
            within = tuple(uais)
            open_schools(*within)
            rights = Right.objects.filter(live(today), uai__in=within)
            people = people.filter(pk__in=list(rights.values_list("person_id", flat=True)))
        found = [person for person in people if _answers(person, wanted)]
    return sorted(found, key=sort_key)[:most]


def person_by_login(login: str) -> Person:
    """Find a person by login.

    Args:
        login (str): the login, in any case.

    Returns:
        Person: the account.

    Raises:
        UnknownPersonError: if nobody has it.
    """
    person = Person.objects.filter(login=login.strip().lower()).first()
    if person is None:
        raise UnknownPersonError(login)
    return person


def person_in(*, person_id: int, uai: str) -> Person:
    """Find somebody who has or had a right in a school.

    Args:
        person_id (int): the account.
        uai (str): the school.

    Returns:
        Person: the account.

    Raises:
        UnknownPersonError: if she never had any right there.
    """
    with transaction.atomic():
        open_schools(uai)
        right = Right.objects.filter(uai=uai, person_id=person_id).select_related("person").first()
    if right is None:
        raise UnknownPersonError(person_id)
    return right.person


def usable_names(family_name: str, first_name: str) -> tuple[str, str]:
    """Bring names to their stored form.

    Args:
        family_name (str): as typed.
        first_name (str): as typed.

    Returns:
        tuple[str, str]: family name in capitals, first name.

    Raises:
        UnusableNameError: if one is blank, too long or holds what no name holds.
    """
    names = civil_identity.family_name(family_name), civil_identity.first_name(first_name)
    for name in names:
        if not civil_identity.key(name) or len(name) > _NAME_LENGTH:
            raise UnusableNameError
        if civil_identity.strange_characters(name):
            raise UnusableNameError
    return names


def usable_email(email: str) -> str:
    """Bring an e-mail address to its stored form.

    Args:
        email (str): as typed; blank for none.

    Returns:
        str: the address.

    Raises:
        UnusableEmailError: if it cannot be one.
    """
    email = email.strip()
    if email and not (is_email(email) and len(email) <= _EMAIL_LENGTH):
        raise UnusableEmailError
    return email


def _plain(name: str, longest: int) -> str:
    """Bring a name to what a keyboard always has: plain small letters, digits and hyphens."""
    words = (re.sub("[^a-z0-9]", "", word) for word in civil_identity.key(name).lower().split())
    return "-".join(filter(None, words))[:longest].strip("-")


def _with_own_login(person: Person) -> Person:
    """Write the row under a login that is free even if another school takes the same one now."""
    for _ in range(_LOGIN_TRIES):
        person.login = propose_login(family_name=person.family_name, first_name=person.first_name)
        try:
            with transaction.atomic():
                person.save(force_insert=True)
        except IntegrityError:
            continue
        return person
    raise UnusableNameError


def _as_known(person: Person) -> Known:
    return Known(
        person_id=person.pk,
        login=person.login,
        name=display(person),
        email_hint=hint_of(person.email),
        is_active=person.state == Person.State.ACTIVE,
        created_at=person.created_at,
    )


def hint_of(email: str) -> str:
    """Give enough of an address for whoever knows it to recognise it.

    Args:
        email (str): the address; blank for none.

    Returns:
        str: `p…@example.fr`; blank for none.
    """
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}" if domain else ""


def _answers(person: Person, wanted: Sequence[str]) -> bool:
    words = civil_identity.key(f"{person.family_name} {person.first_name} {person.login}").split()
    return all(any(word.startswith(one) for word in words) for one in wanted)


def sort_key(person: Person) -> tuple[str, int]:
    """Give what lists of people sort on.

    Args:
        person (Person): the account.

    Returns:
        tuple[str, int]: equal for nobody else.
    """
    return civil_identity.sort_key(person.family_name, person.first_name), person.pk
