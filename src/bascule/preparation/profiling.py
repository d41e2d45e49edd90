"""The profiling of a school's year: it chooses its MEF and subjects among those diffused, and validates.

What is computed from the choices, the programmes, is computed when the school asks for it (*lancer le
profilage*) and again when it wishes. Nothing is validated by itself, not even what does not change.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bascule.errors import RefusedError
from bascule.journal.act import OpenAct, act
from bascule.journal.milestones import Milestone, reach
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
    entries_of,
    taking_pupils,
)
from bascule.preparation.computing import (
    computed_from,
    origins_of,
    technical_subjects,
    vocational_mefs,
    with_mefs,
    with_origins,
)
from bascule.preparation.descent import selected
from bascule.preparation.offers import last_received, state_in
from bascule.preparation.order import Tried, refuse_too_early
from bascule.preparation.usage import Usage, usage_of
from bascule.schools.models import Structure
from bascule.schools.open_year import writable_year
from bascule.values import school_year
from bascule.values.steps import MissingStepError, NextAct, Step


class NothingReceivedError(MissingStepError):
    """The school received no release for the year.

    Args:
        uai (str): the school.
        year (int): first calendar year.
    """

    code = "profile.nothing-received"

    def __init__(self, uai: str, year: int) -> None:
        super().__init__(
            Step.NOMENCLATURES,
            NextAct.WAIT_FOR_NOMENCLATURES,
            uai=uai,
            year=year,
            sentence=f"Les nomenclatures de {school_year.label(year)} ne sont pas encore reçues :"
            " recevez-les d’abord, dans « Nomenclatures ».",
        )


class NotDiffusedError(RefusedError):
    """A MEF or a subject is not among those diffused.

    Args:
        codes (tuple[str, ...]): the codes.
    """

    code = "profile.not-diffused"

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(
            f"{', '.join(codes)} : non diffusé pour cette année. Rien n’a été changé : s’il vous"
            " manque, demandez-le au rectorat."
        )
        self.codes = codes


class MefInUseError(RefusedError):
    """A MEF to be taken out has pupils or divisions, and nobody said that it is wanted so.

    Args:
        usages (tuple[Usage, ...]): what has each MEF.
    """

    code = "profile.mef-in-use"

    def __init__(self, usages: tuple[Usage, ...]) -> None:
        super().__init__(f"{in_words(usages)} Rien n’a été changé : confirmez, ou gardez-les.")
        self.usages = usages


class NotVocationalError(RefusedError):
    """A MEF is not vocational, or not retained.

    Args:
        mef (str): its code.
    """

    code = "profile.not-vocational"

    def __init__(self, mef: str) -> None:
        super().__init__(
            f"Le MEF {mef} n’est pas un MEF professionnel retenu par l’établissement : il n’a pas de"
            " matière ETP. Rien n’a été changé : choisissez un MEF professionnel."
        )
        self.mef = mef


class ProfileNotReadyError(RefusedError):
    """The profile cannot be validated as it stands.

    Args:
        sentence (str): French, what is missing and what to do.
    """

    code = "profile.not-ready"


@dataclass(frozen=True, slots=True)
class Done:
    """What an act of profiling did.

    Attributes:
        act_id: the act.
        is_changed: whether anything differs.
        added: codes that are now in.
        removed: codes that are now out.
    """

    act_id: int
    is_changed: bool
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Validated:
    """What validating did.

    Attributes:
        act_id: the act.
        confirmed: divisions and groups taken over from the year before, now confirmed.
        to_see: divisions and groups that name a MEF no longer retained, each with those MEF.
    """

    act_id: int
    confirmed: tuple[str, ...]
    to_see: Mapping[str, tuple[str, ...]]


def choose_mefs(
    *,
    uai: str,
    year: int,
    actor: str,
    at: datetime,
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
    confirmed: bool = False,
) -> Done:
    """Retain MEF for the pupils of a year, and take others out.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who chooses.
        at (datetime): when, with its time zone.
        added (Iterable[str]): codes to retain.
        removed (Iterable[str]): codes to take out, with their programmes.
        confirmed (bool): whether MEF that have pupils or divisions are taken out all the same.

    Returns:
        Done: what was done.

    Raises:
        NotDiffusedError: if a MEF to retain is not among those diffused.
        MefInUseError: if a MEF to take out has pupils or divisions, and that was not confirmed.
    """
    with act(uai=uai, kind="profile.mefs", actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        profile = read_entries(uai=uai, year=year)
        before = selected(profile)
        wanted_out = [code for code in dict.fromkeys(removed) if code in before]
        wanted_in = [
            code for code in dict.fromkeys(added) if code not in before and code not in wanted_out
        ]
        content = _received(uai, year, mefs=()) if wanted_in else {}
        missing = tuple(code for code in wanted_in if code not in taking_pupils(content))
        if missing:
            raise NotDiffusedError(missing)
        used = _in_use(uai, year, wanted_out)
        if used and not confirmed:
            raise MefInUseError(used)
        counts = rewrite(
            opened, year, with_mefs(profile, content, added=wanted_in, removed=wanted_out)
        )
        opened.facts |= {"year": year, "added": wanted_in, "removed": wanted_out}
        if used:
            opened.facts["confirmed"] = {
                one.mef: [len(one.pupil_ids), list(one.divisions)] for one in used
            }
        return _done(opened, year, has_changed(counts), wanted_in, wanted_out)


def choose_subjects(
    *,
    uai: str,
    year: int,
    actor: str,
    at: datetime,
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
) -> Done:
    """Keep subjects that may be options, and leave others; programmes follow when they are computed.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who chooses.
        at (datetime): when, with its time zone.
        added (Iterable[str]): codes to keep.
        removed (Iterable[str]): codes to leave.

    Returns:
        Done: what was done.

    Raises:
        NotDiffusedError: if a subject to keep is not among those diffused.
    """
    with act(uai=uai, kind="profile.subjects", actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        choices = read_choices(uai=uai, year=year)
        before = {choice.subject for choice in choices if not choice.mef}
        gone = [code for code in dict.fromkeys(removed) if code in before]
        new = [code for code in dict.fromkeys(added) if code not in before and code not in gone]
        known = _received(uai, year, mefs=()).get("MATIERE", {}) if new else {}
        missing = tuple(code for code in new if code not in known)
        if missing:
            raise NotDiffusedError(missing)
        after = {choice for choice in choices if choice.mef or choice.subject not in gone}
        after |= {Choice("", code) for code in new}
        opened.facts |= {"year": year, "added": new, "removed": gone}
        return _done(opened, year, rewrite_choices(opened, year, after), new, gone)


def choose_origins(
    *,
    uai: str,
    year: int,
    actor: str,
    at: datetime,
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
) -> Done:
    """Say which MEF the schooling of the year before may name (*formations d'origine*).

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who chooses.
        at (datetime): when, with its time zone.
        added (Iterable[str]): codes that it may name.
        removed (Iterable[str]): codes that it may not.

    Returns:
        Done: what was done.

    Raises:
        NotDiffusedError: if a MEF is not among those diffused.
    """
    with act(uai=uai, kind="profile.origins", actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        profile = read_entries(uai=uai, year=year, blocks=("MEF",))
        before = origins_of(profile)
        gone = [code for code in dict.fromkeys(removed) if code in before]
        new = [code for code in dict.fromkeys(added) if code not in before and code not in gone]
        content = _received(uai, year, mefs=()) if new else {}
        known = {*content.get("MEF", {}), *profile.get("MEF", {})}
        missing = tuple(code for code in new if code not in known)
        if missing:
            raise NotDiffusedError(missing)
        counts = rewrite(opened, year, with_origins(profile, content, added=new, removed=gone))
        opened.facts |= {"year": year, "added": new, "removed": gone}
        return _done(opened, year, has_changed(counts), new, gone)


def choose_etp(
    *, uai: str, year: int, subjects: Mapping[str, str], actor: str, at: datetime
) -> Done:
    """Say which subject holds the hours of each vocational MEF (*matière ETP*).

    Args:
        uai (str): the school.
        year (int): first calendar year.
        subjects (Mapping[str, str]): by MEF, the code of a technical subject; blank for none. A MEF that
            is not there stays as it is.
        actor (str): who chooses.
        at (datetime): when, with its time zone.

    Returns:
        Done: what was done.

    Raises:
        NotVocationalError: if a MEF is not vocational, or not retained.
        NotDiffusedError: if a subject is not a technical one among those diffused.
    """
    with act(uai=uai, kind="profile.etp", actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        profile = read_entries(uai=uai, year=year, blocks=("MEF",))
        content = _received(uai, year, mefs=())
        vocational, technical = vocational_mefs(profile), technical_subjects(content)
        for mef, subject in subjects.items():
            if mef not in vocational:
                raise NotVocationalError(mef)
            if subject and subject not in technical:
                raise NotDiffusedError((subject,))
        choices = read_choices(uai=uai, year=year)
        after = {choice for choice in choices if choice.mef not in subjects}
        after |= {Choice(mef, subject) for mef, subject in subjects.items() if subject}
        opened.facts |= {"year": year, "subjects": dict(subjects)}
        new, gone = sorted(after - choices), sorted(choices - after)
        return _done(
            opened,
            year,
            rewrite_choices(opened, year, after),
            [choice.mef for choice in new],
            [choice.mef for choice in gone],
        )


def compute(*, uai: str, year: int, actor: str, at: datetime) -> Done:
    """Compute programmes, compulsory options and subjects from what the school chose (*lancer le profilage*).

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who asks for it.
        at (datetime): when, with its time zone.

    Returns:
        Done: what was done; the codes are those of subjects.
    """
    with act(uai=uai, kind="profile.compute", actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        profile = read_entries(uai=uai, year=year)
        content = _received(uai, year, mefs=list(selected(profile)))
        computed = computed_from(profile, content, read_choices(uai=uai, year=year))
        counts = rewrite(opened, year, computed)
        held, now = profile.get("MATIERE", {}), computed["MATIERE"]
        opened.facts |= {
            "year": year,
            "counts": {block: len(computed[block]) for block in computed},
        }
        return _done(
            opened,
            year,
            has_changed(counts),
            [code for code in now if code not in held],
            [code for code in held if code not in now],
        )


def validate(*, uai: str, year: int, actor: str, at: datetime) -> Validated:
    """Validate the profile of a year, even when nothing changed; structures taken over are confirmed with it.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who validates.
        at (datetime): when, with its time zone.

    Returns:
        Validated: the structures confirmed, and those to see.

    Raises:
        ProfileNotReadyError: if something is missing; the sentence says what.
    """
    with act(uai=uai, kind="profile.validate", actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        refuse_too_early(uai=uai, year=year, tried=Tried.PROFILE, at=at)
        state = state_in(uai, year)
        if state.refusal:
            raise ProfileNotReadyError(state.refusal)
        confirmed: list[str] = []
        to_see: dict[str, tuple[str, ...]] = {}
        for row in Structure.objects.filter(uai=uai, year=year).order_by("kind", "rank"):
            lost = tuple(mef for mef in row.mefs if mef not in state.mefs)
            if lost:
                to_see[row.code] = lost
            elif row.is_to_confirm:
                row.is_to_confirm, row.act_id = False, opened.id
                row.save(update_fields=["is_to_confirm", "act_id"])
                confirmed.append(row.code)
        opened.facts |= {
            "year": year,
            "mefs": list(state.mefs),
            "confirmed": confirmed,
            "to_see": list(to_see),
        }
        reach(opened, Milestone.PROFILE_VALIDATED, year=year)
    return Validated(opened.id, tuple(confirmed), to_see)


def in_words(usages: Iterable[Usage]) -> str:
    """Say what has some MEF, in numbers and codes.

    Args:
        usages (Iterable[Usage]): what has each.

    Returns:
        str: French sentences.
    """
    told = []
    for one in usages:
        parts = []
        if one.pupil_ids:
            count = len(one.pupil_ids)
            parts.append(f"{count} élève{'s' if count > 1 else ''}")
        if one.divisions:
            plural = "s" if len(one.divisions) > 1 else ""
            parts.append(
                f"la division{plural} {', '.join(one.divisions)}".replace(
                    "la divisions", "les divisions"
                )
            )
        told.append(f"Le MEF {one.mef} concerne {' et '.join(parts)}.")
    return " ".join(told)


def _in_use(uai: str, year: int, mefs: Collection[str]) -> tuple[Usage, ...]:
    usages = usage_of(uai=uai, year=year, mefs=mefs).values() if mefs else ()
    return tuple(one for one in usages if not one.is_empty)


def _received(uai: str, year: int, *, mefs: Collection[str]) -> Entries:
    release = last_received(uai, year)
    if release is None:
        raise NothingReceivedError(uai, year)
    return entries_of(release=release, mefs=mefs)


def _done(
    opened: OpenAct,
    year: int,
    is_changed: bool,  # noqa: FBT001 - what was written
    added: Collection[str],
    removed: Collection[str],
) -> Done:
    if is_changed:
        reach(opened, Milestone.PROFILE_CHANGED, year=year)
    return Done(opened.id, is_changed, tuple(added), tuple(removed))
