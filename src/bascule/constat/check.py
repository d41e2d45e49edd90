"""What a school still has to do before its head signs: who is kept back, who waits for the night, who left and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from django.db import transaction

from bascule.bea.board import KEPT_BACK, Why, names_of, why
from bascule.bea.models import Line, Transfer
from bascule.bea.reasons import BLOCKED, Reason
from bascule.constat.counting import Cell, counted, of_base, of_school
from bascule.constat.models import Part, Signature
from bascule.errors import NotThereError
from bascule.store.policies import open_schools
from bascule.students.models import Enrolment
from bascule.values.words import said as _

_ACKNOWLEDGED: Final = (Transfer.State.ACKED, Transfer.State.PARTIAL)


class NotConcernedError(NotThereError):
    """The authority did not open the constat of that year to the school."""

    code = "constat.not-concerned"

    def __init__(self) -> None:
        super().__init__("Le rectorat n’a pas ouvert de constat de rentrée cette année-là.")


class Obstacle(StrEnum):
    """What keeps a head from signing; codes that stay."""

    NOT_YET = "PAS_ENCORE"
    CLOSED = "CLOS"
    SIGNED = "SIGNE"
    NO_NIGHT = "SANS_NUIT"
    WAITS_FOR_NIGHT = "ATTEND_LA_NUIT"
    NO_EXIT_REASON = "SANS_MOTIF"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _OBSTACLES[self]


_OBSTACLES: Final = {
    Obstacle.NOT_YET: _("Le constat n’est pas encore ouvert."),
    Obstacle.CLOSED: _("Le rectorat a clos le constat : appelez-le si vous devez encore signer."),
    Obstacle.SIGNED: _("Le constat est déjà signé."),
    Obstacle.NO_NIGHT: _(
        "La base académique n’a encore rien reçu de l’établissement. Importez le fichier de vos élèves : il y monte le"
        " soir même."
    ),
    Obstacle.WAITS_FOR_NIGHT: _(
        "Des élèves ont changé depuis la dernière nuit : la base académique les aura demain."
    ),
    Obstacle.NO_EXIT_REASON: _("Des élèves sont sortis sans motif : donnez-le dans leur dossier."),
}


class Apart(NamedTuple):
    """A pupil who is kept back, or counted otherwise by the base.

    Attributes:
        pupil_id: the record.
        name: NAME First name.
        division: code, may be blank.
        reasons: why.
        may_be_explained: whether the head may sign once she has said why; else it waits for the night.
    """

    pupil_id: int
    name: str
    division: str
    reasons: tuple[Why, ...]
    may_be_explained: bool


class Leaver(NamedTuple):
    """A pupil who left, nobody knows why."""

    pupil_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a school stands.

    Attributes:
        part: its part in the constat.
        signature: the one in force.
        earlier: those that the authority took back, the latest first.
        transfer: the last night that was acknowledged; None before one.
        school: pupils of the records, each in a cell.
        base: pupils of the base, each in a cell.
        apart: who is kept back, or waits for the night.
        leavers: who left without a reason.
        obstacles: what keeps the head from signing; explanations left to write are none.
    """

    part: Part
    signature: Signature | None
    earlier: tuple[Signature, ...]
    transfer: Transfer | None
    school: Mapping[int, Cell]
    base: Mapping[int, Cell]
    apart: tuple[Apart, ...]
    leavers: tuple[Leaver, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def to_explain(self) -> tuple[Apart, ...]:
        """Return the pupils of whom the head says why they may stay as they are."""
        return tuple(one for one in self.apart if one.may_be_explained)

    @property
    def waiting(self) -> tuple[Apart, ...]:
        """Return the pupils whom the next night brings."""
        return tuple(one for one in self.apart if not one.may_be_explained)

    @property
    def counts(self) -> Counter[Cell]:
        """Return the pupils of each cell, by the records."""
        return counted(self.school)


def situation(*, uai: str, year: int, today: date) -> Situation:
    """Tell where a school stands.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        today (date): the day.

    Returns:
        Situation: what is right, and what is in the way.

    Raises:
        NotConcernedError: if the constat was not opened to it.
    """
    with transaction.atomic():
        open_schools(uai)
        return situation_in(uai=uai, year=year, today=today)


def situation_in(*, uai: str, year: int, today: date) -> Situation:
    """Tell the same within a transaction; the school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        today (date): the day.

    Returns:
        Situation: as `situation` gives it.

    Raises:
        NotConcernedError: if the constat was not opened to the school.
    """
    part = Part.objects.filter(uai=uai, year=year).first()
    if part is None:
        raise NotConcernedError
    signatures = list(Signature.objects.filter(uai=uai, year=year).order_by("-number"))
    signature = next((one for one in signatures if one.withdrawn_at is None), None)
    transfers = Transfer.objects.filter(uai=uai, year=year, state__in=_ACKNOWLEDGED)
    transfer = transfers.order_by("-pk").first()
    day = part.observed_on
    school = of_school(uai=uai, year=year, day=day)
    base = of_base(uai=uai, year=year, day=day, night=transfer.night_id) if transfer else {}
    apart = _apart(uai, year, transfer, school, base)
    leavers = _leavers(uai, year)
    found = {
        Obstacle.NOT_YET: today < part.opens_on,
        Obstacle.CLOSED: part.closed_at is not None,
        Obstacle.SIGNED: signature is not None,
        Obstacle.NO_NIGHT: transfer is None,
        Obstacle.WAITS_FOR_NIGHT: any(not one.may_be_explained for one in apart),
        Obstacle.NO_EXIT_REASON: bool(leavers),
    }
    return Situation(
        part=part,
        signature=signature,
        earlier=tuple(one for one in signatures if one.withdrawn_at is not None),
        transfer=transfer,
        school=school,
        base=base,
        apart=apart,
        leavers=leavers,
        obstacles=tuple(one for one, is_there in found.items() if is_there),
    )


def _apart(
    uai: str,
    year: int,
    transfer: Transfer | None,
    school: Mapping[int, Cell],
    base: Mapping[int, Cell],
) -> tuple[Apart, ...]:
    """Find who is kept back now, and who is not counted alike; a record kept back tells why both may differ."""
    blocked = set(
        Enrolment.objects.filter(
            uai=uai, year=year, is_blocked=True, is_expected=False
        ).values_list("student_id", flat=True)
    )
    lines = Line.objects.filter(
        uai=uai, transfer_id=(transfer and transfer.lines_id) or 0, outcome__in=KEPT_BACK
    )
    kept = {line.student_id: line for line in lines}
    # Kept back by the rules of imports now, or by the base last night and still not there as it is.
    unlike = {one for one in school.keys() | base.keys() if school.get(one) != base.get(one)}
    refused = {one for one, line in kept.items() if line.outcome == Line.Outcome.REFUSED}
    held = blocked | (refused & unlike)
    names = names_of(uai, held | unlike)
    found = []
    for pupil_id in held | unlike:
        cell = school.get(pupil_id) or base.get(pupil_id)
        if pupil_id in held:
            codes: Iterable[str] = kept[pupil_id].reasons if pupil_id in kept else [BLOCKED]
        else:
            codes = [Reason.TONIGHT if pupil_id in school else Reason.TONIGHT_OUT]
        name = names.get(pupil_id, ("", False))[0]
        division = cell[1] if cell else ""
        found.append(Apart(pupil_id, name, division, why(codes), pupil_id in held))
    return tuple(sorted(found, key=lambda one: (one.division, one.name, one.pupil_id)))


def _leavers(uai: str, year: int) -> tuple[Leaver, ...]:
    ids = Enrolment.objects.filter(
        uai=uai, year=year, is_expected=False, left_on__isnull=False, exit_reason=None
    ).values_list("student_id", flat=True)
    names = names_of(uai, ids)
    return tuple(
        sorted((Leaver(pk, name) for pk, (name, _) in names.items()), key=lambda one: one.name)
    )
