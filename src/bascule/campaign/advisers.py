"""Who of the authority advises which schools."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from bascule.accounts.actor import held
from bascule.accounts.models import Person, Right
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.accounts.rights import live
from bascule.campaign.models import Adviser
from bascule.errors import RefusedError
from bascule.journal.act import act
from bascule.schools.directory import known_school
from bascule.store.policies import open_schools, put_back
from bascule.values import civil_identity

ADVISE_ACT: Final = "campaign.adviser"


class NotAnAdviserError(RefusedError):
    """The person does not follow this school for the authority."""

    code = "campaign.not-an-adviser"

    def __init__(self, uai: str) -> None:
        super().__init__(
            f"Cette personne ne suit pas l’établissement {uai} pour le rectorat : choisissez quelqu’un qui le suit,"
            " ou donnez-lui d’abord un droit."
        )


def advisers_of(*, uais: Sequence[str]) -> dict[str, int]:
    """Tell who advises schools.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.

    Returns:
        dict[str, int]: persons, by school; schools without one are not there.
    """
    with transaction.atomic():
        open_schools(*uais)
        wanted = set(uais)
        return {
            uai: person
            for uai, person in Adviser.objects.values_list("uai", "person_id")
            if uai in wanted
        }


def names_of(person_ids: Iterable[int]) -> dict[int, str]:
    """Name persons.

    Args:
        person_ids (Iterable[int]): the persons.

    Returns:
        dict[int, str]: their names.
    """
    return {
        pk: civil_identity.display(family_name, None, first_name)
        for pk, family_name, first_name in Person.objects.filter(
            pk__in=set(person_ids)
        ).values_list("pk", "family_name", "first_name")
    }


def possible_advisers(*, uai: str, today: date) -> dict[int, str]:
    """Tell who may advise a school: whoever follows it for the authority.

    Args:
        uai (str): the school.
        today (date): the day, where the authority is.

    Returns:
        dict[int, str]: persons and names, in the order of their names.
    """
    with transaction.atomic(), put_back():
        open_schools(AUTHORITY)
        rows = Right.objects.filter(Q(starts_on__lte=today), live(today), uai=AUTHORITY).exclude(
            person__state=Person.State.DISABLED
        )
        rights = [(row.person_id, held(row)) for row in rows]
    found = names_of(
        person
        for person, right in rights
        if right.gives(Permission.SCHOOLS_FOLLOW) and right.covers(uai)
    )
    return dict(sorted(found.items(), key=lambda one: one[1]))


def set_adviser(*, uai: str, person_id: int | None, actor: str, at: datetime, today: date) -> None:
    """Say who advises a school, or nobody.

    Args:
        uai (str): the school.
        person_id (int | None): the person; None for nobody.
        actor (str): who says so.
        at (datetime): when.
        today (date): the day, where the authority is.

    Raises:
        NotAnAdviserError: if the person does not follow this school.
    """
    uai = known_school(uai).uai
    if person_id is not None and person_id not in possible_advisers(uai=uai, today=today):
        raise NotAnAdviserError(uai)
    with act(uai=uai, kind=ADVISE_ACT, actor=actor, at=at) as opened:
        opened.facts |= {"person": person_id}
        row = Adviser.objects.filter(uai=uai).first()
        if person_id is None:
            if row is not None:
                row.delete()
        elif row is None:
            Adviser.objects.create(uai=uai, person_id=person_id)
        else:
            row.person_id, row.act_id = person_id, opened.id
            row.save(update_fields=["person_id", "act_id"])
