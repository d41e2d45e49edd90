"""Make the letters that activate accounts. Making one again replaces its code: the letter says so."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bascule.accounts import activation, people
from bascule.accounts.actor import Actor
from bascule.accounts.manage import managed
from bascule.accounts.models import Person, Right
from bascule.accounts.papers.letter import Letter, render_letters
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.accounts.rights import in_words, live
from bascule.errors import RefusedError
from bascule.schools.models import School
from bascule.store.policies import open_schools

_ACTIVATION_PATH = "activation/"


class NobodyToWriteToError(RefusedError):
    """No account waits for a letter there."""

    code = "letter.nobody"

    def __init__(self) -> None:
        super().__init__(
            "Aucun compte n’attend de lettre : tous sont activés. Pour quelqu’un qui a perdu son mot de"
            " passe, faites une lettre depuis son compte."
        )


def make_letter(*, manager: Actor, person_id: int, uai: str, at: datetime, today: date) -> bytes:
    """Make the letter of somebody of a school. If she had activated her account, her password is void.

    Args:
        manager (Actor): who makes it.
        person_id (int): for whom.
        uai (str): the school.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        bytes: PDF, one page.
    """
    with transaction.atomic():
        person = managed(manager=manager, person_id=person_id, uai=uai, today=today)
        return make_letters(people_in={uai: [person]}, actor=manager.login, at=at, today=today)


def make_letters(
    *, people_in: Mapping[str, Sequence[Person]], actor: str, at: datetime, today: date
) -> bytes:
    """Make letters, a page for each person whatever the number of her schools.

    Whether whoever asks may is decided by the verb that calls.

    Args:
        people_in (Mapping[str, Sequence[Person]]): people by school, or `AUTHORITY`, in the order of
            the pages.
        actor (str): who makes them.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        bytes: PDF.

    Raises:
        NobodyToWriteToError: if there is nobody.
    """
    where: dict[int, list[str]] = {}
    for uai, found in people_in.items():
        for person in found:
            where.setdefault(person.pk, []).append(uai)
    if not where:
        raise NobodyToWriteToError
    with transaction.atomic():
        places = _places(where, today)
        letters = [
            _letter(person_id, uais[0], places.get(person_id, ()), actor, at)
            for person_id, uais in where.items()
        ]
    return render_letters(letters)


def site_address() -> str:
    """Give the address of the site, as papers write it.

    Returns:
        str: with its scheme, without a slash at the end.
    """
    return f"{'https' if settings.BASCULE_HTTPS else 'http'}://{settings.BASCULE_HOSTS[0]}"


def _letter(person_id: int, uai: str, places: Sequence[str], actor: str, at: datetime) -> Letter:
    code = activation.reissue(person_id=person_id, uai=uai, actor=actor, at=at)
    person = Person.objects.get(pk=person_id)
    return Letter(
        authority=settings.BASCULE_AUTHORITY_NAME,
        name=people.display(person),
        places=tuple(places),
        login=person.login,
        code=code,
        ends_at=timezone.localtime(person.activation_ends_at or at),
        address=f"{site_address()}/{_ACTIVATION_PATH}",
        help=_help(),
        made_at=timezone.localtime(at),
    )


def _places(where: Mapping[int, Sequence[str]], today: date) -> dict[int, list[str]]:
    """Say what each person does in the schools that ask for her letter."""
    uais = sorted({uai for found in where.values() for uai in found})
    names = dict(School.objects.filter(pk__in=uais).values_list("uai", "name"))
    open_schools(*uais)
    said: dict[int, list[str]] = {}
    rights = Right.objects.filter(live(today), uai__in=uais, person_id__in=where)
    for right in rights.order_by("uai", "id"):
        # What is delegated makes no trade: the school is enough.
        trade = "" if right.profile == Profile.DELEGATE.code else in_words(right)
        place = (
            "" if right.uai == AUTHORITY else f"{names.get(right.uai, '')} ({right.uai})".strip()
        )
        line = ", ".join(filter(None, (trade, place)))
        lines = said.setdefault(right.person_id, [])
        if line and line not in lines:
            lines.append(line)
    return {person_id: _without_bare(lines) for person_id, lines in said.items()}


def _without_bare(lines: list[str]) -> list[str]:
    """Leave out a school alone where a line says what is done there."""
    return [line for line in lines if not any(line != one and one.endswith(line) for one in lines)]


def _help() -> str:
    phone, hours = settings.BASCULE_HELP_PHONE, settings.BASCULE_HELP_HOURS
    if not phone:
        return "Une difficulté ? Adressez-vous à qui vous a remis cette lettre."
    return f"Une difficulté ? L’assistance répond au {phone}, {hours}."
