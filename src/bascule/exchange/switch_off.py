"""Stop GEP in a school: dated, signed by its head, proved by a paper, and taken back by the authority alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from bascule.errors import NotThereError, RefusedError
from bascule.exchange.flows import gep
from bascule.exchange.flows.ways import OF_THE_PAST, OF_THE_YEAR
from bascule.exchange.gate import GepStoppedError
from bascule.exchange.journey import WAITING
from bascule.exchange.models import GepStop, ImportRun
from bascule.exchange.papers.closure import Closure, render_closure
from bascule.exchange.takeover import Compared, Side, Takeover, compared
from bascule.journal.act import act
from bascule.journal.milestones import Milestone, leave, reach
from bascule.schools.directory import known_school
from bascule.store.policies import open_schools
from bascule.values import school_year

STOP_ACT: Final = "gep.stop"
RESTORE_ACT: Final = "gep.restore"

#: Differences that a head may confirm; with more, something else is wrong.
MOST_DIFFERENCES: Final = 100
_LONGEST_REASON: Final = 200

_SIDES_ON_PAPER: Final[Mapping[Side, str]] = {
    Side.GEP: "GEP, tel que repris",
    Side.FILE: "Logiciel de l’établissement",
    Side.BASE: "Base",
}


class NotAtZeroError(RefusedError):
    """The comparison shows differences, and not each has a reason.

    Args:
        differences (int): how many there are.
        without (int): how many have no reason.
    """

    code = "gep.not-at-zero"

    def __init__(self, differences: int, without: int) -> None:
        many = differences > MOST_DIFFERENCES
        super().__init__(
            f"La comparaison montre {differences} écart{'s' if differences > 1 else ''}"
            + (
                f" : c’est plus que les {MOST_DIFFERENCES} qui peuvent être confirmés. Corrigez-les dans votre"
                " logiciel et importez son fichier."
                if many
                else f", dont {without} sans raison. Donnez une raison de {_LONGEST_REASON} caractères au plus pour"
                " chacun, ou corrigez-les dans votre logiciel et importez son fichier. GEP n’est pas arrêté."
            )
        )
        self.differences, self.without = differences, without


class BadStopDayError(RefusedError):
    """The day of the stop is yet to come, or before GEP was taken over."""

    code = "gep.bad-day"

    def __init__(self, taken_on: date) -> None:
        super().__init__(
            f"La date d’arrêt va du jour de la reprise de GEP ({taken_on:%d/%m/%Y}) à aujourd’hui. Corrigez-la."
        )


class NotStoppedError(NotThereError):
    """GEP is not stopped in the school."""

    code = "gep.not-stopped"

    def __init__(self, uai: str) -> None:
        super().__init__(
            f"GEP n’est pas arrêté dans l’établissement {uai} : il n’y a rien à annuler."
        )


class UnknownStopError(NotThereError):
    """The school has no such paper."""

    code = "gep.unknown-stop"

    def __init__(self) -> None:
        super().__init__("Ce procès-verbal n’est pas parmi ceux de l’établissement.")


class Stage(StrEnum):
    """How far a school has come with the end of GEP; the words of URLs."""

    STOPPED = "arrete"
    TO_SIGN = "a-signer"
    AWAITED = "import-attendu"
    NOTHING = "rien"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a school stands.

    Attributes:
        uai: the school.
        taken_at: when GEP was taken over that year; None if it was not.
        imported_at: when the software's last import was applied since; None if none was.
        stops: its papers, the latest first; a withdrawn one no longer holds.
    """

    uai: str
    taken_at: datetime | None
    imported_at: datetime | None
    stops: tuple[GepStop, ...]

    @property
    def stop(self) -> GepStop | None:
        """Return the stop that holds."""
        return next((stop for stop in self.stops if stop.withdrawn_at is None), None)

    @property
    def stage(self) -> "Stage":
        """Return how far the school has come."""
        if self.stop is not None:
            return Stage.STOPPED
        if self.imported_at is not None:
            return Stage.TO_SIGN
        return Stage.NOTHING if self.taken_at is None else Stage.AWAITED


def standing_of(*, uais: Sequence[str], year: int) -> dict[str, Standing]:
    """Tell which schools stopped GEP, and how far the others are.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): first calendar year of the takeover.

    Returns:
        dict[str, Standing]: of each school.
    """
    with transaction.atomic():
        open_schools(*uais)
        stops: dict[str, list[GepStop]] = {}
        for stop in GepStop.objects.filter(uai__in=uais).order_by("-number"):
            stops.setdefault(stop.uai, []).append(stop)
        taken: dict[str, ImportRun] = {}
        imported: dict[str, ImportRun] = {}
        runs = ImportRun.objects.filter(uai__in=uais, year=year, state=ImportRun.State.APPLIED)
        for run in runs.order_by("applied_act_id"):
            if run.flow == gep.CODE:
                taken[run.uai] = run
                imported.pop(run.uai, None)
            elif run.uai in taken and run.flow in OF_THE_YEAR:
                imported[run.uai] = run
    return {
        uai: Standing(
            uai,
            taken[uai].applied_at if uai in taken else None,
            imported[uai].applied_at if uai in imported else None,
            tuple(stops.get(uai, ())),
        )
        for uai in uais
    }


def is_left_behind(flow: str) -> bool:
    """Tell whether a way in takes over what a school is to stop using.

    Args:
        flow (str): its code.

    Returns:
        bool: True for GEP.
    """
    return flow in OF_THE_PAST


def is_gep_stopped(*, uai: str) -> bool:
    """Tell whether a school has stopped GEP.

    Args:
        uai (str): the school; it is opened for reading.

    Returns:
        bool: False for one that never used it.
    """
    with transaction.atomic():
        open_schools(uai)
        return GepStop.objects.filter(uai=uai, withdrawn_at=None).exists()


def stop_gep(
    *,
    uai: str,
    year: int,
    stopped_on: date,
    signatory: str,
    reasons: Mapping[str, str],
    actor: str,
    at: datetime,
) -> GepStop:
    """Stop GEP in a school, as one act; its files are refused from then on.

    Args:
        uai (str): the school.
        year (int): first calendar year of the takeover.
        stopped_on (date): last day of GEP.
        signatory (str): name of the head who signs.
        reasons (Mapping[str, str]): by key of each difference, why it may stand.
        actor (str): login of the head.
        at (datetime): when, with its time zone.

    Returns:
        GepStop: what was kept.

    Raises:
        GepStoppedError: if it is stopped already.
        BadStopDayError: if the day is yet to come, or before the takeover.
        NotAtZeroError: if a difference has no reason, or there are too many.
    """
    with act(uai=uai, kind=STOP_ACT, actor=actor, at=at) as opened:
        earlier = GepStop.objects.filter(uai=uai, withdrawn_at=None).first()
        if earlier is not None:
            raise GepStoppedError(earlier)
        found = compared(uai=uai, year=year)
        taken_on = timezone.localtime(found.gep_run.applied_at).date()
        if not taken_on <= stopped_on <= timezone.localtime(at).date():
            raise BadStopDayError(taken_on)
        given = {key: text.strip() for key, text in reasons.items()}
        without = [
            one for one in found.lost if not 0 < len(given.get(one.key, "")) <= _LONGEST_REASON
        ]
        if without or len(found.lost) > MOST_DIFFERENCES:
            raise NotAtZeroError(len(found.lost), len(without))
        last = GepStop.objects.filter(uai=uai).aggregate(last=Max("number"))["last"] or 0
        facts = _facts(found)
        # What still waits of GEP must not be confirmed afterwards.
        ImportRun.objects.filter(uai=uai, flow=gep.CODE, state__in=WAITING).update(
            state=ImportRun.State.DECLINED
        )
        opened.facts |= {
            "year": year,
            "number": last + 1,
            "stopped_on": stopped_on.isoformat(),
            "differences": len(found.lost),
            **facts,
        }
        reach(opened, Milestone.GEP_STOPPED, year=year)
        return GepStop.objects.create(
            uai=uai,
            year=year,
            number=last + 1,
            stopped_on=stopped_on,
            signed_at=at,
            signed_by=actor,
            signatory=signatory,
            facts=facts,
            differences=[_kept(one, given[one.key]) for one in found.lost],
        )


def restore_gep(*, uai: str, actor: str, at: datetime) -> GepStop:
    """Take the stop of a school back, as one act: GEP files are received again.

    Args:
        uai (str): the school.
        actor (str): who, for the authority.
        at (datetime): when, with its time zone.

    Returns:
        GepStop: the stop that no longer holds.

    Raises:
        NotStoppedError: if GEP is not stopped there.
    """
    known_school(uai)
    with act(uai=uai, kind=RESTORE_ACT, actor=actor, at=at) as opened:
        stop = GepStop.objects.filter(uai=uai, withdrawn_at=None).first()
        if stop is None:
            raise NotStoppedError(uai)
        stop.withdrawn_at, stop.withdrawn_by, stop.act_id = at, actor, opened.id
        stop.save()
        leave(opened, Milestone.GEP_STOPPED, year=stop.year)
        opened.facts |= {"year": stop.year, "number": stop.number}
    return stop


def closure_paper(*, uai: str, number: int) -> tuple[str, bytes]:
    """Write the paper of a stop, from what was kept when it was signed.

    Args:
        uai (str): the school; it is opened for reading.
        number (int): number of the stop in the school.

    Returns:
        tuple[str, bytes]: name and PDF.

    Raises:
        UnknownStopError: if the school has no such stop.
    """
    with transaction.atomic():
        open_schools(uai)
        stop = GepStop.objects.filter(uai=uai, number=number).first()
    if stop is None:
        raise UnknownStopError
    facts = stop.facts
    paper = Closure(
        number=stop.shown_number,
        uai=uai,
        school=known_school(uai).name,
        year=school_year.label(stop.year),
        stopped_on=stop.stopped_on,
        signed_at=timezone.localtime(stop.signed_at),
        signatory=stop.signatory,
        withdrawn_at=stop.withdrawn_at and timezone.localtime(stop.withdrawn_at),
        sides=[
            (words, str(facts["counts"][side]), facts["digests"][side])
            for side, words in _SIDES_ON_PAPER.items()
        ],
        files=[(_run_words(run), run["digest"]) for run in facts["imports"]],
        agreed=facts["agreed"],
        divisions=facts["divisions"],
        differences=[
            (one["name"], one["birth"], one["why"], one["reason"]) for one in stop.differences
        ],
    )
    return f"arret-gep_{uai}_{number}.pdf", render_closure(paper)


def _facts(found: Takeover) -> dict[str, object]:
    runs = {run.pk: run for run in (found.gep_run, *found.file_runs)}
    return {
        "counts": {str(side): n for side, n in found.counts.items()},
        "digests": {str(side): digest for side, digest in found.digests.items()},
        "agreed": found.agreed_count,
        "divisions": len(found.apart) - len(found.lost),
        "imports": [
            {
                "number": run.pk,
                "is_gep": run.pk == found.gep_run.pk,
                "on": f"{timezone.localtime(run.received_at):%d/%m/%Y}",
                "digest": bytes(run.file_digest).hex(),
            }
            for run in runs.values()
        ],
    }


def _run_words(run: Mapping[str, object]) -> str:
    what = "Reprise de GEP" if run["is_gep"] else "Fichier du logiciel"
    return f"{what}, reçu le {run['on']} (import n° {run['number']})"


def _kept(one: Compared, reason: str) -> dict[str, object]:
    return {
        "name": one.label,
        "birth": one.birth,
        "why": one.why,
        "reason": reason,
    }
