"""What the authority does before schools begin: its tasks, the facts that prove them, and go or no go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.db import transaction

from bascule.campaign.campaigns import Campaign
from bascule.campaign.kept import RANKS, Line
from bascule.campaign.models import Task
from bascule.campaign.states import State
from bascule.errors import NotThereError, RefusedError
from bascule.journal.act import AUTHORITY, act
from bascule.preparation.models import YearOpening
from bascule.preparation.steps import Sentence
from bascule.schools.models import SchoolYear
from bascule.store.policies import open_schools, put_back
from bascule.values.words import said as _

TASK_ACT: Final = "campaign.task"
DECIDE_ACT: Final = "campaign.decide"
LONGEST_NOTE: Final = 300


class UnknownTaskError(NotThereError):
    """The campaign has no such task."""

    code = "task.unknown"

    def __init__(self, code: str) -> None:
        super().__init__(f"Aucune tâche ne s’appelle « {code} » : choisissez-en une de la page.")


class UnusableNoteError(RefusedError):
    """What was noted, or the reason of a decision, is blank or too long."""

    code = "task.note-unusable"

    def __init__(self) -> None:
        super().__init__(
            f"Écrivez de 1 à {LONGEST_NOTE} caractères, sans nom d’élève : la décision et le suivi se relisent."
        )


class WrongMomentError(RefusedError):
    """A task is begun that is begun, or ended that is not."""

    code = "task.wrong-moment"

    def __init__(self) -> None:
        super().__init__(
            "Cette tâche n’en est pas là : rechargez la page, puis commencez-la ou terminez-la."
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What tasks are read from.

    Attributes:
        schools: how many there are.
        lines: what was read of each, for those that were.
        opened: schools that have the year.
        opening: the last press that opened it; None for none.
        version: version of the program that answers.
    """

    schools: int
    lines: Sequence[Line]
    opened: int
    opening: YearOpening | None
    version: str


class Seen(NamedTuple):
    """What facts say of a task.

    Attributes:
        state: where it stands.
        sentence: the proof, in figures.
    """

    state: State
    sentence: Sentence


class Declared(NamedTuple):
    """A task, declared.

    Attributes:
        code: stable.
        label: French words.
        proof: what tells it from facts.
        url_name: the page where it is done; blank for none.
    """

    code: str
    label: str
    proof: Callable[[Facts], Seen]
    url_name: str = ""


def _version(facts: Facts) -> Seen:
    text = _("La version %(version)s répond.")
    return Seen(State.DONE, Sentence(text, {"version": facts.version}))


def _year(facts: Facts) -> Seen:
    text = _("Établissements dont l’année est ouverte : %(done)s sur %(schools)s.")
    return _among(facts.opened, facts.schools, text)


def _step(code: str, text: str) -> Callable[[Facts], Seen]:
    def proof(facts: Facts) -> Seen:
        done = sum(line.state(RANKS[code]).is_over for line in facts.lines)
        return _among(done, facts.schools, text)

    return proof


def _among(done: int, schools: int, text: str) -> Seen:
    state = (
        State.DONE
        if schools and done == schools
        else State.IN_PROGRESS
        if done
        else State.NOT_STARTED
    )
    return Seen(state, Sentence(text, {"done": done, "schools": schools}))


#: The tasks of each campaign that has some.
TASKS: Final[Mapping[str, Sequence[Declared]]] = {
    "rentree": (
        Declared("version", _("Version installée"), _version),
        Declared("year", _("Année en préparation ouverte"), _year, "years:list"),
        Declared(
            "nomenclatures",
            _("Nomenclatures descendues"),
            _step(
                "nomenclatures", _("Établissements qui les ont reçues : %(done)s sur %(schools)s.")
            ),
            "nomenclatures:home",
        ),
        Declared(
            "gep",
            _("GEP arrêté"),
            _step("gep-stopped", _("Établissements qui l’ont arrêté : %(done)s sur %(schools)s.")),
            "follow:gep",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A task at an instant.

    Attributes:
        declared: the task.
        seen: what facts say of it.
        row: who does it and what was decided; None before anybody said anything.
    """

    declared: Declared
    seen: Seen
    row: Task | None

    @property
    def may_begin(self) -> bool:
        """Tell whether somebody may begin it, or begin it again."""
        return self.row is None or self.row.started_at is None or self.row.ended_at is not None

    @property
    def said(self) -> Sequence[tuple[str, str, datetime]]:
        """Give what was said of it, by whom, when; the earliest first."""
        lines = self.row.log if self.row else []
        return [(line["said"], line["by"], datetime.fromisoformat(line["at"])) for line in lines]


def read_tasks(
    *,
    campaign: Campaign,
    year: int,
    uais: Sequence[str],
    lines: Sequence[Line],
    version: str,
) -> list[Standing]:
    """Tell where the tasks of the authority stand.

    Args:
        campaign (Campaign): the campaign.
        year (int): first calendar year.
        uais (Sequence[str]): the schools that whoever asks follows; they are opened for reading.
        lines (Sequence[Line]): what was read of them.
        version (str): version of the program.

    Returns:
        list[Standing]: in order; none for a campaign without any.
    """
    with transaction.atomic(), put_back():
        open_schools(AUTHORITY, *uais)
        facts = Facts(
            schools=len(uais),
            lines=lines,
            opened=SchoolYear.objects.filter(uai__in=uais, year=year).count(),
            opening=YearOpening.objects.filter(uai=AUTHORITY, year=year).order_by("-id").first(),
            version=version,
        )
        rows = {
            row.code: row
            for row in Task.objects.filter(uai=AUTHORITY, campaign=campaign.code, year=year)
        }
    return [
        Standing(one, one.proof(facts), _with_press(rows.get(one.code), one, facts))
        for one in TASKS.get(campaign.code, ())
    ]


def begin(
    *, campaign: Campaign, year: int, code: str, note: str = "", actor: str, at: datetime
) -> None:
    """Say that one begins a task.

    Args:
        campaign (Campaign): the campaign.
        year (int): first calendar year.
        code (str): the task.
        note (str): what is to be known of it; blank for nothing.
        actor (str): who does it.
        at (datetime): when.

    Raises:
        WrongMomentError: if somebody is at it already.
        UnusableNoteError: if the note is too long.
    """
    said = f"{_BEGUN} : {_checked(note)}" if note.strip() else _BEGUN

    def change(row: Task) -> str:
        if row.started_at is not None and row.ended_at is None:
            raise WrongMomentError
        row.operator, row.started_at, row.ended_at = actor, at, None
        return said

    _change(campaign, year, code, actor, at, change)


def end(*, campaign: Campaign, year: int, code: str, note: str, actor: str, at: datetime) -> None:
    """Say that a task is ended, and how.

    Args:
        campaign (Campaign): the campaign.
        year (int): first calendar year.
        code (str): the task.
        note (str): what is to be known of it.
        actor (str): who says so.
        at (datetime): when.

    Raises:
        WrongMomentError: if nobody began it.
        UnusableNoteError: if the note is blank or too long.
    """
    said = _checked(note)

    def change(row: Task) -> str:
        if row.started_at is None or row.ended_at is not None:
            raise WrongMomentError
        row.ended_at = at
        return said

    _change(campaign, year, code, actor, at, change)


def decide(
    *, campaign: Campaign, year: int, code: str, is_go: bool, reason: str, actor: str, at: datetime
) -> None:
    """Decide whether schools may begin, as far as a task goes.

    Args:
        campaign (Campaign): the campaign.
        year (int): first calendar year.
        code (str): the task.
        is_go (bool): go, or no go.
        reason (str): why.
        actor (str): who decides.
        at (datetime): when.

    Raises:
        UnusableNoteError: if the reason is blank or too long.
    """
    said = _checked(reason)

    def change(row: Task) -> str:
        row.is_go, row.reason, row.decided_by, row.decided_at = is_go, said, actor, at
        return said

    _change(campaign, year, code, actor, at, change, kind=DECIDE_ACT)


_BEGUN: Final = "commencée"


def _with_press(row: Task | None, declared: Declared, facts: Facts) -> Task | None:
    """Add who opened the year and when, as its press says; nothing is written."""
    press = facts.opening
    if declared.code != "year" or press is None or (row and row.started_at):
        return row
    row = row or Task()
    row.operator, row.started_at, row.ended_at = press.pressed_by, press.pressed_at, press.ended_at
    return row


def _checked(text: str) -> str:
    tight = " ".join(text.split())
    if not 0 < len(tight) <= LONGEST_NOTE:
        raise UnusableNoteError
    return tight


def _change(
    campaign: Campaign,
    year: int,
    code: str,
    actor: str,
    at: datetime,
    change: Callable[[Task], str],
    *,
    kind: str = TASK_ACT,
) -> None:
    if code not in {one.code for one in TASKS.get(campaign.code, ())}:
        raise UnknownTaskError(code)
    with act(uai=AUTHORITY, kind=kind, actor=actor, at=at) as opened:
        known = {"uai": AUTHORITY, "campaign": campaign.code, "year": year, "code": code}
        row = Task.objects.filter(**known).first() or Task(**known)
        said = change(row)
        row.log = [*row.log, {"at": at.isoformat(), "by": actor, "said": said}]
        opened.facts |= {"campaign": campaign.code, "year": year, "task": code}
        if row.pk:
            row.act_id = opened.id
        row.save()
