"""Look at the fleet: what there is, who holds it, and who still has only a certificate."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from bascule.accounts.keys import fleet
from bascule.accounts.keys.moves import STATES
from bascule.accounts.models import Key, Person, Right
from bascule.accounts.rights import live
from bascule.store.policies import open_schools
from bascule.values import civil_identity
from bascule.values.words import said as _

#: Keys on a page, and people found at once.
PAGE: Final = 50
MOST_PEOPLE: Final = 20
#: Kinds that prove by more than a certificate on a machine.
STRONG: Final = (Key.Kind.HOTP, Key.Kind.TOTP, Key.Kind.PASSKEY)


class Standing(Enum):
    """How far somebody is on the way from the API key to the OTP key."""

    ONLY_API = ("api", _("Clé API seule"), "danger")
    BOTH = ("both", _("Clé API et clé OTP"), "warning")
    ONLY_OTP = ("otp", _("Clé OTP seule"), "success")
    NONE = ("none", _("Aucune clé active"), "neutral")

    def __init__(self, code: str, label: str, tone: str) -> None:
        self.code = code
        self.label = label
        self.tone = tone


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody of a school, with her best key of each sort.

    Attributes:
        person_id: who.
        name: as screens show it.
        login: her login.
        certificate: her active API key; None for none.
        otp: her first active key of another sort; None for none.
    """

    person_id: int
    name: str
    login: str
    certificate: Key | None
    otp: Key | None

    @property
    def standing(self) -> Standing:
        """Tell how far she is."""
        if self.certificate is None:
            return Standing.NONE if self.otp is None else Standing.ONLY_OTP
        return Standing.ONLY_API if self.otp is None else Standing.BOTH


@dataclass(frozen=True, slots=True)
class SchoolMove:
    """How far a school is.

    Attributes:
        uai: the school, or `AUTHORITY`.
        holders: its people, those who have only an API key first.
        counts: people by standing.
    """

    uai: str
    holders: tuple[Holder, ...]
    counts: Mapping[Standing, int]

    @property
    def done_count(self) -> int:
        """Count those who have an OTP key."""
        return self.counts[Standing.BOTH] + self.counts[Standing.ONLY_OTP]

    @property
    def keyed_count(self) -> int:
        """Count those who have a key at all."""
        return self.done_count + self.counts[Standing.ONLY_API]


def find(
    *,
    state: str = "",
    kind: str = "",
    uai: str = "",
    text: str = "",
    page: int = 1,
) -> Page[Key]:
    """Find keys of the fleet.

    Args:
        state (str): in this state only.
        kind (str): of this kind only.
        uai (str): of people of this school, or in its drawer.
        text (str): a serial number, a certificate's subject, a name or a login.
        page (int): which page, from 1.

    Returns:
        Page[Key]: with their holders; the last touched first.
    """
    found = Key.objects.select_related("person")
    if state in STATES:
        found = found.filter(state=state)
    if kind in Key.Kind.values:
        found = found.filter(kind=kind)
    if uai:
        found = found.filter(Q(reserve=uai) | Q(person__in=_people_of(uai)))
    if text.strip():
        typed = text.strip()
        found = found.filter(
            Q(serial__icontains=typed)
            | Q(subject__icontains=typed)
            | Q(person__in=_named(typed, Person.objects.all()))
        )
    paginator = Paginator(found.order_by("serial", "id"), PAGE)
    shown = paginator.get_page(page)
    return Page(list(shown.object_list), shown.number, paginator)


def read(*, key_id: int) -> Key:
    """Give a key with its holder.

    Args:
        key_id (int): the key.

    Returns:
        Key: the key.

    Raises:
        UnknownKeyError: if there is none.
    """
    key = Key.objects.select_related("person").filter(pk=key_id).first()
    if key is None:
        raise fleet.UnknownKeyError(key_id)
    return key


def counts() -> Mapping[tuple[str, str], int]:
    """Count the keys of the fleet.

    Returns:
        Mapping[tuple[str, str], int]: by kind and state.
    """
    rows = Key.objects.order_by().values_list("kind", "state").annotate(count=Count("id"))
    return {(kind, state): count for kind, state, count in rows}


def find_people(*, text: str) -> Sequence[Person]:
    """Find people by name or login, whatever the accents and hyphens.

    Args:
        text (str): words.

    Returns:
        Sequence[Person]: active or to be activated, by name; the first twenty.
    """
    found = _named(text, Person.objects.exclude(state=Person.State.DISABLED))[:MOST_PEOPLE]
    rows = Person.objects.in_bulk(found)
    return [rows[person_id] for person_id in found]


def person_of(*, person_id: int) -> Person | None:
    """Give a person who may be handed a key.

    Args:
        person_id (int): the person.

    Returns:
        Person | None: the person; None if there is none, or the account is disabled.
    """
    return Person.objects.filter(pk=person_id).exclude(state=Person.State.DISABLED).first()


def places(*, person_id: int, uais: Iterable[str], today: date) -> Sequence[str]:
    """Tell for which schools a person may be handed a key.

    Args:
        person_id (int): the person.
        uais (Iterable[str]): the schools that whoever asks reaches, and `AUTHORITY`.
        today (date): the day, where the authority is.

    Returns:
        Sequence[str]: where she holds a right in force or to come.
    """
    wanted = list(uais)
    with transaction.atomic():
        open_schools(*wanted)
        found = set(
            Right.objects.filter(live(today), uai__in=wanted, person_id=person_id).values_list(
                "uai", flat=True
            )
        )
    return [uai for uai in wanted if uai in found]


def api_to_otp(*, uais: Iterable[str], today: date) -> Sequence[SchoolMove]:
    """Tell how far each school is on the way from API keys to OTP keys.

    Args:
        uais (Iterable[str]): the schools, and `AUTHORITY`.
        today (date): the day, where the authority is.

    Returns:
        Sequence[SchoolMove]: those that have people, in the order given.
    """
    wanted = list(uais)
    with transaction.atomic():
        open_schools(*wanted)
        pairs = set(
            Right.objects.filter(live(today), uai__in=wanted, starts_on__lte=today)
            .exclude(person__state=Person.State.DISABLED)
            .values_list("uai", "person_id")
        )
    holders = _holders({person_id for _, person_id in pairs}, today)
    people: dict[str, list[Holder]] = {uai: [] for uai in wanted}
    for uai, person_id in pairs:
        people[uai].append(holders[person_id])
    return [_school_move(uai, found) for uai, found in people.items() if found]


def _school_move(uai: str, found: Iterable[Holder]) -> SchoolMove:
    order = list(Standing)
    ordered = sorted(found, key=lambda one: (order.index(one.standing), one.name, one.person_id))
    counted = Counter(one.standing for one in ordered)
    return SchoolMove(uai, tuple(ordered), {each: counted[each] for each in order})


def _holders(person_ids: set[int], today: date) -> dict[int, Holder]:
    best: dict[tuple[int | None, bool], Key] = {}
    active = Key.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today),
        person_id__in=person_ids,
        state=Key.State.ACTIVE,
        kind__in=(*STRONG, Key.Kind.CERTIFICATE),
    )
    for key in active.order_by("activated_at", "id"):
        best.setdefault((key.person_id, key.kind == Key.Kind.CERTIFICATE), key)
    return {
        person.pk: Holder(
            person_id=person.pk,
            name=civil_identity.display(person.family_name, None, person.first_name),
            login=person.login,
            certificate=best.get((person.pk, True)),
            otp=best.get((person.pk, False)),
        )
        for person in Person.objects.filter(pk__in=person_ids)
    }


def _named(text: str, people: "QuerySet[Person]") -> list[int]:
    """Find people one of whose names, or part of whose login, begins with each word."""
    words = [word for typed in text.split() for word in civil_identity.key(typed).split()]
    if not words:
        return []
    return [
        person_id
        for person_id, *names in people.order_by("family_name", "first_name", "id").values_list(
            "id", "login", "family_name", "first_name"
        )
        if all(f" {word}" in f" {civil_identity.key(' '.join(names))}" for word in words)
    ]


def _people_of(uai: str) -> list[int]:
    with transaction.atomic():
        open_schools(uai)
        return list(
            Right.objects.filter(uai=uai, withdrawn_at__isnull=True).values_list(
                "person_id", flat=True
            )
        )
