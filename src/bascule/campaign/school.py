"""One school in a campaign: its steps with what proves them, how they changed, and whom to call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bascule.accounts.models import Person, Right
from bascule.accounts.profiles import Profile
from bascule.accounts.rights import live
from bascule.bea.board import last_transfer
from bascule.bea.models import Transfer
from bascule.campaign.advisers import advisers_of, names_of
from bascule.campaign.campaigns import STEPS, Campaign, Step
from bascule.campaign.due import due_days
from bascule.campaign.kept import kept_readings, local_day
from bascule.campaign.looks import KINDS
from bascule.campaign.models import Change
from bascule.campaign.reading import read_now
from bascule.campaign.states import State
from bascule.exchange.models import ImportRun
from bascule.exchange.rules.book import BY_CODE
from bascule.preparation.steps import Sentence
from bascule.schools.directory import known_school
from bascule.schools.models import SchoolYear
from bascule.store.policies import open_schools
from bascule.values import civil_identity

#: Changes and imports shown.
_SHOWN: Final = 20


class Standing(NamedTuple):
    """A step of the school.

    Attributes:
        step: the step.
        state: where it stands.
        sentence: what is missing; None when it is over.
        since: since when.
        due_on: by when it was expected; None while it is not opened.
        late: days after that day; 0 for none.
    """

    step: Step
    state: State
    sentence: Sentence | None
    since: date
    due_on: date | None
    late: int


class Changed(NamedTuple):
    """A step that changed.

    Attributes:
        label: of the step, in French.
        before: where it stood.
        after: where it stood then.
        at: when.
    """

    label: str
    before: State
    after: State
    at: datetime


class Contact(NamedTuple):
    """Somebody to call.

    Attributes:
        name: as screens show it.
        email: where to write; blank when it is not known.
    """

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class SchoolDetail:
    """A school in a campaign.

    Attributes:
        uai: the school.
        name: its name.
        kind: what is taught, in French.
        software: what its files name.
        steps: the steps of the campaign.
        changes: how steps changed, the latest first.
        runs: its last imports of the year, the latest first.
        codes: open anomalies: code of the rule, its words, how many.
        night: the last night; None before a first one.
        heads: whom to call.
        phone: the school's telephone, as its papers have it.
        adviser: the person of the authority; None for nobody.
        adviser_name: her name.
        pupils: pupils of the records.
        in_base: pupils of the academic base.
        planned: pupils foreseen.
        has_year: whether the school has the year.
    """

    uai: str
    name: str
    kind: str
    software: str
    steps: Sequence[Standing]
    changes: Sequence[Changed]
    runs: Sequence[ImportRun]
    codes: Sequence[tuple[str, str, int]]
    night: Transfer | None
    heads: Sequence[Contact]
    phone: str
    adviser: int | None
    adviser_name: str
    pupils: int
    in_base: int | None
    planned: int | None
    has_year: bool


def read_school(*, campaign: Campaign, year: int, uai: str, at: datetime) -> SchoolDetail:
    """Read where a school stands, from the facts themselves.

    Args:
        campaign (Campaign): the campaign.
        year (int): first calendar year.
        uai (str): the school; it is opened for reading.
        at (datetime): now.

    Returns:
        SchoolDetail: all that one asks before one calls.
    """
    school = known_school(uai)
    today = timezone.localtime(at).date()
    due = due_days(campaign=campaign, year=year)
    kept = kept_readings(uais=[uai], year=year)
    read = read_now(uais=[uai], year=year, at=at, before=kept)[uai]
    steps = []
    for step in campaign.steps:
        state, due_on = read.states[step.code], due[step.code]
        steps.append(
            Standing(
                step=step,
                state=state,
                sentence=read.causes.get(step.code),
                since=local_day(read.since[step.code]),
                due_on=due_on,
                late=max(0, (today - due_on).days) if due_on and not state.is_over else 0,
            )
        )
    adviser = advisers_of(uais=[uai]).get(uai)
    with transaction.atomic():
        open_schools(uai)
        row = SchoolYear.objects.filter(uai=uai, year=year).first()
        runs = list(ImportRun.objects.filter(uai=uai, year=year).order_by("-id")[:_SHOWN])
        changes = list(
            Change.objects.filter(
                uai=uai, year=year, step__in=[step.code for step in campaign.steps]
            ).order_by("-id")[:_SHOWN]
        )
        heads = heads_of(uais=[uai], today=today).get(uai, ())
    return SchoolDetail(
        uai=uai,
        name=school.name,
        kind=KINDS.get(read.kind, ""),
        software=read.software,
        steps=steps,
        changes=[
            Changed(STEPS[one.step].label, State(one.before), State(one.after), one.at)
            for one in changes
        ],
        runs=runs,
        codes=_codes(read.codes),
        night=last_transfer(uai=uai, year=year),
        heads=heads,
        phone=((row.common if row else {}).get("UAJ") or {}).get("TELEPHONE", ""),
        adviser=adviser,
        adviser_name=names_of([adviser]).get(adviser, "") if adviser else "",
        pupils=read.pupils,
        in_base=read.in_base,
        planned=read.planned,
        has_year=row is not None,
    )


def heads_of(*, uais: Sequence[str], today: date) -> dict[str, Sequence[Contact]]:
    """Tell who heads schools.

    Args:
        uais (Sequence[str]): the schools; they are open.
        today (date): the day, where the authority is.

    Returns:
        dict[str, Sequence[Contact]]: by school, the heads whose right is in force.
    """
    found: dict[str, list[Contact]] = {}
    rights = Right.objects.filter(
        Q(starts_on__lte=today), live(today), uai__in=uais, profile=Profile.HEAD.code, permission=""
    ).exclude(person__state=Person.State.DISABLED)
    for uai, family_name, first_name, email in rights.order_by("id").values_list(
        "uai", "person__family_name", "person__first_name", "person__email"
    ):
        name = civil_identity.display(family_name, None, first_name)
        found.setdefault(uai, []).append(Contact(name, email))
    return {uai: tuple(them) for uai, them in found.items()}


def _codes(codes: Mapping[str, int]) -> list[tuple[str, str, int]]:
    counted = sorted(codes.items(), key=lambda one: (-one[1], one[0]))
    return [
        (code, BY_CODE[code].title if code in BY_CODE else "", count) for code, count in counted
    ]
