"""Nomenclatures come down: a school receives what the authority published, and sees what it changes.

Receiving puts the release into the school's profile and decides nothing: what the school chose stays
chosen, and for a year just opened what it chose the year before is proposed. Its own profiling, which
it validates, comes after.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bascule.errors import RefusedError, TransientError
from bascule.formats.record import Fields
from bascule.journal.act import OpenAct, act
from bascule.journal.milestones import Milestone, reach, reached
from bascule.nomenclatures.entries import SMALL_BLOCKS, origin_only
from bascule.nomenclatures.models import Receipt, Release
from bascule.nomenclatures.profile import (
    Choice,
    Entries,
    has_changed,
    read_choices,
    read_entries,
    rewrite,
    rewrite_choices,
)
from bascule.nomenclatures.release import (
    SUCCESSORS,
    NoReleaseError,
    entries_of,
    last_release,
    successor_in,
    taking_pupils,
)
from bascule.preparation.usage import Usage, usage_of
from bascule.schools.open_year import writable_year
from bascule.store.policies import open_schools

#: What a MEF of a profile says of the choices of its school.
SELECTED, ORIGIN = "MEF_SELECTIONNE", "MEF_SELORIG"
_FLAGS = (SELECTED, ORIGIN, "MEF_ORIGINE", "INSCRIPTION_ETAB")


@dataclass(frozen=True, slots=True)
class Closed:
    """A MEF that a school retains and that takes no pupils any more.

    Attributes:
        code: eleven characters.
        label: as the profile writes it.
        usage: its pupils and divisions in the year.
        successor: the MEF that stands for it; blank for none.
        successor_label: its label.
    """

    code: str
    label: str
    usage: Usage
    successor: str
    successor_label: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A MEF that a school retains and that a release says differently.

    Attributes:
        code: eleven characters.
        label: as the release writes it.
        pupil_count: its pupils in the year.
        is_programme: whether its programme differs; else its label, its dates or its options.
    """

    code: str
    label: str
    pupil_count: int
    is_programme: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What the last release that a school received changes for it.

    Attributes:
        receipt: that one; None when it received none.
        before: the release received before; None when there was none to compare with.
        added: MEF that take pupils since, by code: their labels; empty without a release before.
        changed: MEF that the school retains and that differ.
        closed: MEF that the school retains and that take no pupils any more.
    """

    receipt: Receipt | None
    before: Release | None
    added: Mapping[str, str]
    changed: tuple[Changed, ...]
    closed: tuple[Closed, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the delivery to one school.

    Attributes:
        uai: the school.
        number: the release it has now; 0 when it was refused.
        is_new: whether it had another, or none.
        refusal: French, why it was refused; blank when it was not.
    """

    uai: str
    number: int = 0
    is_new: bool = False
    refusal: str = ""


def receive(*, uai: str, year: int, actor: str, at: datetime) -> tuple[Receipt, bool]:
    """Bring the last release of a year down to a school.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who brings it down.
        at (datetime): when, with its time zone.

    Returns:
        tuple[Receipt, bool]: the receipt; False when the school had that release already, and nothing
            was done.

    Raises:
        NoReleaseError: if nothing was published for the year.
    """
    release = last_release(year=year)
    if release is None:
        raise NoReleaseError(year)
    held = receipts_of(uai=uai, year=year)
    if held and held[0].release_id == release.pk:
        return held[0], False
    with act(uai=uai, kind="nomenclatures.receive", actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        # Who asked at the same moment may have been quicker.
        again = Receipt.objects.filter(uai=uai, release=release).first()
        if again is not None:
            return again, False
        receipt = Receipt(
            uai=uai,
            year=year,
            release=release,
            received_at=at,
            counts=_bring_down(opened, year, release),
        )
        receipt.save(force_insert=True)
        opened.facts |= {"year": year, "number": release.number, "counts": receipt.counts}
        reach(opened, Milestone.RELEASE_RECEIVED, year=year)
    return receipt, True


def deliver(*, uais: Iterable[str], year: int, actor: str, at: datetime) -> Iterator[Delivery]:
    """Bring the last release of a year down to many schools, each in an act of its own.

    Args:
        uais (Iterable[str]): the schools.
        year (int): first calendar year.
        actor (str): who brings it down.
        at (datetime): when, with its time zone.

    Yields:
        Delivery: what became of each, as it is done; one that is refused stops no other.

    Raises:
        NoReleaseError: if nothing was published for the year.
    """
    if last_release(year=year) is None:
        raise NoReleaseError(year)
    for uai in uais:
        try:
            receipt, is_new = receive(uai=uai, year=year, actor=actor, at=at)
        except RefusedError as refusal:
            yield Delivery(uai, refusal=refusal.sentence)
        except TransientError as fault:
            yield Delivery(uai, refusal=str(fault))
        else:
            yield Delivery(uai, receipt.release.number, is_new)


def receipts_of(*, uai: str, year: int) -> list[Receipt]:
    """List the releases that a school received.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        list[Receipt]: the last one first, each with its release.
    """
    with transaction.atomic():
        open_schools(uai)
        rows = Receipt.objects.filter(uai=uai, year=year).select_related("release")
        return list(rows.order_by("-release__number"))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a school stands in the descent of nomenclatures.

    Attributes:
        uai: the school.
        number: the last release it received; 0 for none.
        received_at: when; None when nothing came.
        is_by_file: whether its nomenclatures came in a file and no release since.
        is_validated: whether its profile was validated, and neither it nor the release changed since.
    """

    uai: str
    number: int
    received_at: datetime | None
    is_by_file: bool
    is_validated: bool


def standings(*uais: str, year: int) -> dict[str, Standing]:
    """Tell which schools received what.

    Args:
        *uais (str): the schools; they are opened for reading.
        year (int): first calendar year.

    Returns:
        dict[str, Standing]: of each school.
    """
    marks = reached(*uais, year=year)
    with transaction.atomic():
        open_schools(*uais)
        rows = Receipt.objects.filter(uai__in=uais, year=year).order_by("release__number")
        last = {
            uai: (number, at)
            for uai, number, at in rows.values_list("uai", "release__number", "received_at")
        }
    found = {}
    for uai in uais:
        received = marks[uai].get(Milestone.RELEASE_RECEIVED)
        validated = marks[uai].get(Milestone.PROFILE_VALIDATED)
        later = [
            one
            for one in (received, marks[uai].get(Milestone.PROFILE_CHANGED))
            if one is not None and validated is not None and one.act_id > validated.act_id
        ]
        number, at = last.get(uai, (0, received.at if received else None))
        found[uai] = Standing(
            uai,
            number,
            at,
            received is not None and not number,
            validated is not None and not later,
        )
    return found


def changes(*, uai: str, year: int) -> Changes:
    """Tell what the last release received changes for a school.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        Changes: against the release received before, this year or the year before.
    """
    with transaction.atomic():
        open_schools(uai)
        rows = Receipt.objects.filter(uai=uai, year__in=(year, year - 1)).select_related("release")
        received = list(rows.order_by("-year", "-release__number"))
        profile = read_entries(uai=uai, year=year, blocks=("MEF",))
        retained = selected(profile)
        usages = usage_of(uai=uai, year=year, mefs=list(retained))
    receipt = received[0] if received and received[0].year == year else None
    if receipt is None:
        return Changes(None, None, {}, (), ())
    before = received[1].release if len(received) > 1 else None
    now = entries_of(
        release=receipt.release, blocks=("MEF", "PROGRAMME", SUCCESSORS), mefs=list(retained)
    )
    then = (
        entries_of(release=before, blocks=("MEF", "PROGRAMME"), mefs=list(retained))
        if before
        else {}
    )
    took, takes = taking_pupils(then), taking_pupils(now)
    return Changes(
        receipt,
        before,
        {code: label for code, label in takes.items() if before and code not in took},
        tuple(_changed(now, then, retained, usages)) if before else (),
        tuple(
            Closed(
                code,
                label,
                usages[code],
                heir := successor_in(now, code),
                takes.get(heir, ""),
            )
            for code, label in retained.items()
            if code not in takes
        ),
    )


def selected(profile: Entries) -> dict[str, str]:
    """Give the MEF that a school retains for its pupils.

    Args:
        profile (Entries): its profile.

    Returns:
        dict[str, str]: labels by code, in the order of the profile.
    """
    return {
        code: str(fields.get("LIBELLE_LONG", ""))
        for code, fields in profile.get("MEF", {}).items()
        if fields.get(SELECTED) == "1"
    }


def _changed(
    now: Entries, then: Entries, retained: Mapping[str, str], usages: Mapping[str, Usage]
) -> Iterator[Changed]:
    taught, was_taught = _programmes(now), _programmes(then)
    for code in retained:
        after, prior = now.get("MEF", {}).get(code), then.get("MEF", {}).get(code)
        if after is None or prior is None or after.get("INSCRIPTION_ETAB") != "1":
            continue
        is_programme = taught.get(code) != was_taught.get(code)
        if is_programme or after != prior:
            label, count = str(after["LIBELLE_LONG"]), len(usages[code].pupil_ids)
            yield Changed(code, label, count, is_programme)


def _programmes(content: Entries) -> dict[str, dict[str, Fields]]:
    found: dict[str, dict[str, Fields]] = {}
    for key, line in content.get("PROGRAMME", {}).items():
        found.setdefault(str(line["CODE_MEF"]), {})[key] = line
    return found


def _bring_down(opened: OpenAct, year: int, release: Release) -> dict[str, int]:
    """Write a release into a profile; what the school chose stays."""
    uai = opened.uai
    content = entries_of(release=release, blocks=("MEF", "MATIERE", *SMALL_BLOCKS), mefs=())
    profile = read_entries(uai=uai, year=year)
    proposed = not profile.get("MEF")
    mefs = _proposal(uai, year) if proposed else profile["MEF"]
    chosen = selected({"MEF": mefs})
    given: Entries = {block: content.get(block, {}) for block in SMALL_BLOCKS}
    given["MEF"] = {
        code: _refreshed(fields, content["MEF"].get(code)) for code, fields in mefs.items()
    }
    given["MATIERE"] = {
        code: _with_flag(fields, content.get("MATIERE", {}).get(code), "MATIERE_ETP")
        for code, fields in profile.get("MATIERE", {}).items()
    }
    counts = rewrite(opened, year, given)
    is_changed = has_changed({block: counts[block] for block in ("MEF", "MATIERE")})
    if proposed:
        is_changed |= rewrite_choices(opened, year, _choices_before(uai, year, chosen))
    if is_changed:
        reach(opened, Milestone.PROFILE_CHANGED, year=year)
    takes = taking_pupils(content)
    return {
        "diffused": len(takes),
        "retained": len(chosen),
        "changed": 0 if proposed else counts["MEF"].changed,
        "closed": sum(code not in takes for code in chosen),
    }


def _proposal(uai: str, year: int) -> dict[str, Fields]:
    """Give the MEF of the profile of the year before, to be looked at."""
    return read_entries(uai=uai, year=year - 1, blocks=("MEF",)).get("MEF", {})


def _choices_before(uai: str, year: int, chosen: Mapping[str, str]) -> set[Choice]:
    choices = read_choices(uai=uai, year=year - 1)
    return {choice for choice in choices if not choice.mef or choice.mef in chosen}


def _refreshed(held: Fields, official: "Fields | None") -> Fields:
    """Write a MEF anew, with the choices of the school."""
    if official is None:
        return held
    fields = official | {flag: held[flag] for flag in _FLAGS if flag in held}
    return fields if held.get(SELECTED) == "1" else origin_only(fields)


def _with_flag(held: Fields, official: "Fields | None", flag: str) -> Fields:
    return held if official is None else official | {flag: held.get(flag, "0")}
