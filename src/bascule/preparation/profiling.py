"""The profiling of a school's year: it chooses its MEF and subjects among those diffused, and validates.

What is computed from the choices, the programmes, is computed when the school asks for it (*lancer le
profilage*) and again when it wishes. Nothing is validated by itself, not even what does not change.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bascule.errors import RefusedError
from bascule.formats.record import Fields
from bascule.journal.act import OpenAct, act
from bascule.journal.milestones import Milestone, reach
from bascule.nomenclatures import entries
from bascule.nomenclatures.models import Receipt, Release
from bascule.nomenclatures.profile import (
    ADDED,
    CORE,
    Choice,
    Entries,
    has_changed,
    read_choices,
    read_entries,
    rewrite,
    rewrite_choices,
)
from bascule.nomenclatures.release import (
    LEVEL_LENGTH,
    TECHNICAL_SUBJECT,
    entries_of,
    successor_in,
    taking_pupils,
)
from bascule.preparation.descent import ORIGIN, SELECTED, selected
from bascule.preparation.order import Tried, refuse_too_early
from bascule.preparation.usage import Usage, usage_of
from bascule.schools.models import Structure
from bascule.schools.open_year import writable_year
from bascule.store.policies import open_schools
from bascule.values import school_year
from bascule.values.steps import MissingStepError, NextAct, Step

#: What the statistical MEF of a vocational course begins with (*second cycle professionnel*).
_VOCATIONAL = "23"
_COMPUTED = ("MATIERE", "PROGRAMME", "OPTION_OBLIGATOIRE")


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
            " matière ETP. Rien n’a été changé."
        )
        self.mef = mef


class ProfileNotReadyError(RefusedError):
    """The profile cannot be validated as it stands.

    Args:
        sentence (str): French, what is missing and what to do.
    """

    code = "profile.not-ready"


@dataclass(frozen=True, slots=True)
class MefOffer:
    """A MEF that a school may choose, or still holds.

    Attributes:
        code: eleven characters.
        label: its label.
        level: its *dispositif*.
        is_selected: whether the school retains it.
        is_new: whether the release received before did not have it.
        is_closed: whether it takes no pupils any more: it may only be taken out.
        has_programme: whether the release says what it teaches.
        pupil_count: its pupils in the year.
    """

    code: str
    label: str
    level: str
    is_selected: bool
    is_new: bool
    is_closed: bool
    has_programme: bool
    pupil_count: int = 0


@dataclass(frozen=True, slots=True)
class SubjectOffer:
    """A subject that may be an option in a MEF retained.

    Attributes:
        code: six characters.
        mnemonic: its *code de gestion*.
        label: its label.
        mefs: labels of the MEF where it may be one.
        is_chosen: whether the school keeps it.
        is_new: whether the release received before had it in none of those MEF.
    """

    code: str
    mnemonic: str
    label: str
    mefs: tuple[str, ...]
    is_chosen: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class EtpOffer:
    """A vocational MEF and the subject that holds its hours.

    Attributes:
        mef: its code.
        label: its label.
        hours: weekly hours of its programme: those of the subject.
        chosen: code of the subject; blank for none.
    """

    mef: str
    label: str
    hours: str
    chosen: str


@dataclass(frozen=True, slots=True)
class Programme:
    """What a MEF retained teaches, as the profile holds it.

    Attributes:
        code: eleven characters.
        label: its label.
        core_count: subjects that all take.
        optional_count: subjects that may be taken.
        rank_count: compulsory options asked for.
        kept_rank_count: those for which at least one subject is kept.
    """

    code: str
    label: str
    core_count: int
    optional_count: int
    rank_count: int
    kept_rank_count: int

    @property
    def lacks_options(self) -> bool:
        """Tell whether pupils could not take all the options that the MEF asks for."""
        return self.kept_rank_count < self.rank_count


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


@dataclass(frozen=True, slots=True)
class State:
    """Where the profiling of a year stands.

    Attributes:
        release: the last release received; None for none.
        mefs: MEF retained, labels by code.
        closed: of those, the ones that take no pupils any more.
        without_programme: of those, the ones whose programme neither the release nor the profile gives.
        is_to_compute: whether the choices changed since the programmes were computed.
        has_vocational: whether a MEF retained is vocational.
        subject_count: subjects of the profile.
        origin_count: MEF that last year's schooling may name.
        refusal: French, why the profile cannot be validated; blank when it can.
    """

    release: Release | None
    mefs: Mapping[str, str]
    closed: Mapping[str, str]
    without_programme: tuple[str, ...]
    is_to_compute: bool
    has_vocational: bool
    subject_count: int
    origin_count: int
    refusal: str


# ---------------------------------------------------------------- to choose


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
        before = _origins(profile)
        gone = [code for code in dict.fromkeys(removed) if code in before]
        new = [code for code in dict.fromkeys(added) if code not in before and code not in gone]
        content = _received(uai, year, mefs=()) if new else {}
        known = {*content.get("MEF", {}), *profile.get("MEF", {})}
        missing = tuple(code for code in new if code not in known)
        if missing:
            raise NotDiffusedError(missing)
        counts = rewrite(opened, year, _with_origins(profile, content, added=new, removed=gone))
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
        vocational, technical = _vocational(profile), technical_subjects(content)
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


# ---------------------------------------------------------------- to compute and validate


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
        state = _state(uai, year)
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


# ---------------------------------------------------------------- to look


def offered_mefs(*, uai: str, year: int) -> list[MefOffer]:
    """List the MEF that a school may retain, and those it retains.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        list[MefOffer]: by code.
    """
    with transaction.atomic():
        open_schools(uai)
        now, then = _two_releases(uai, year)
        profile = read_entries(uai=uai, year=year, blocks=("MEF",))
        retained = selected(profile)
        usages = usage_of(uai=uai, year=year, mefs=list(retained))
    content = entries_of(release=now, blocks=("MEF",)) if now else {}
    took = taking_pupils(entries_of(release=then, blocks=("MEF",))) if then else None
    takes, taught = taking_pupils(content), _mefs_with_programme(now)
    return [
        MefOffer(
            code,
            takes.get(code) or retained[code],
            code[:LEVEL_LENGTH],
            code in retained,
            took is not None and code in takes and code not in took,
            now is not None and code not in takes,
            code in taught,
            len(usages[code].pupil_ids) if code in usages else 0,
        )
        for code in sorted({*takes, *retained})
    ]


def offered_origins(*, uai: str, year: int) -> list[MefOffer]:
    """List the MEF that the schooling of the year before may name, and those that it may.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        list[MefOffer]: by code; `is_selected` tells those that it may.
    """
    with transaction.atomic():
        open_schools(uai)
        now, then = _two_releases(uai, year)
        profile = read_entries(uai=uai, year=year, blocks=("MEF",))
    content = entries_of(release=now, blocks=("MEF",)).get("MEF", {}) if now else {}
    known = entries_of(release=then, blocks=("MEF",)).get("MEF", {}) if then else None
    origins, held = _origins(profile), profile.get("MEF", {})
    return [
        MefOffer(
            code,
            str((content.get(code) or held[code]).get("LIBELLE_LONG", "")),
            code[:LEVEL_LENGTH],
            code in origins,
            known is not None and code in content and code not in known,
            is_closed=False,
            has_programme=True,
        )
        for code in sorted({*content, *origins})
    ]


def offered_subjects(*, uai: str, year: int) -> list[SubjectOffer]:
    """List the subjects that may be options in the MEF that a school retains.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        list[SubjectOffer]: by label.
    """
    with transaction.atomic():
        open_schools(uai)
        now, then = _two_releases(uai, year)
        profile = read_entries(uai=uai, year=year, blocks=("MEF",))
        chosen = {c.subject for c in read_choices(uai=uai, year=year) if not c.mef}
    retained = selected(profile)
    blocks = ("MATIERE", "PROGRAMME")
    content = entries_of(release=now, blocks=blocks, mefs=list(retained)) if now else {}
    before = entries_of(release=then, blocks=blocks, mefs=list(retained)) if then else {}
    known = set(_optional(before))
    found = []
    for code, mefs in _optional(content).items():
        fields = content.get("MATIERE", {}).get(code, {})
        found.append(
            SubjectOffer(
                code,
                str(fields.get("CODE_GESTION", "")),
                str(fields.get("LIBELLE_LONG", "")),
                tuple(retained[mef] for mef in mefs),
                code in chosen,
                then is not None and code not in known,
            )
        )
    return sorted(found, key=lambda offer: (offer.label, offer.code))


def offered_etp(*, uai: str, year: int) -> tuple[list[EtpOffer], dict[str, str]]:
    """List the vocational MEF that a school retains, with the subject that holds the hours of each.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        tuple[list[EtpOffer], dict[str, str]]: the MEF, by code; and the subjects there are to choose
            from, labels by code.
    """
    with transaction.atomic():
        open_schools(uai)
        now, _ = _two_releases(uai, year)
        profile = read_entries(uai=uai, year=year, blocks=("MEF",))
        chosen = {c.mef: c.subject for c in read_choices(uai=uai, year=year) if c.mef}
    vocational = _vocational(profile)
    content = (
        entries_of(release=now, blocks=("MATIERE", "PROGRAMME"), mefs=list(vocational))
        if now
        else {}
    )
    return [
        EtpOffer(mef, label, _core_hours(content, mef), chosen.get(mef, ""))
        for mef, label in vocational.items()
    ], technical_subjects(content)


def programmes(*, uai: str, year: int) -> list[Programme]:
    """Tell what each MEF retained teaches, as the profile holds it.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        list[Programme]: in the order of the profile.
    """
    with transaction.atomic():
        open_schools(uai)
        profile = read_entries(
            uai=uai, year=year, blocks=("MEF", "PROGRAMME", "OPTION_OBLIGATOIRE")
        )
    ranks: dict[str, set[str]] = {}
    for option in profile.get("OPTION_OBLIGATOIRE", {}).values():
        ranks.setdefault(str(option["CODE_MEF"]), set()).add(str(option["RANG_OPTION"]))
    core: dict[str, int] = {}
    optional: dict[str, set[str]] = {}
    for line in profile.get("PROGRAMME", {}).values():
        mef = str(line["CODE_MEF"])
        if line.get("CODE_MODALITE_ELECT") == CORE:
            core[mef] = core.get(mef, 0) + 1
        else:
            optional.setdefault(mef, set()).add(str(line["CODE_MATIERE"]))
    return [
        Programme(
            code,
            label,
            core.get(code, 0),
            len(optional.get(code, ())),
            int(str(profile["MEF"][code].get("NB_OPT_OBLIG", "0")) or 0),
            len(ranks.get(code, ())),
        )
        for code, label in selected(profile).items()
    ]


def state_of(*, uai: str, year: int) -> State:
    """Tell where the profiling of a year stands.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        State: what is chosen, and what is missing.
    """
    with transaction.atomic():
        open_schools(uai)
        return _state(uai, year)


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


# ---------------------------------------------------------------- pure


def with_mefs(
    profile: Entries, content: Entries, *, added: Collection[str], removed: Collection[str]
) -> Entries:
    """Give the blocks of a profile with MEF more, and others less.

    Args:
        profile (Entries): as it is.
        content (Entries): the release they come from.
        added (Collection[str]): MEF to retain.
        removed (Collection[str]): MEF to take out; those from which pupils may come stay for that.

    Returns:
        Entries: the blocks that may differ.
    """
    held = profile.get("MEF", {})
    wanted: dict[str, Fields] = {}
    for code, fields in held.items():
        if code not in removed:
            wanted[code] = fields
        elif fields.get(ORIGIN) == "1":
            wanted[code] = {**entries.origin_only(fields), SELECTED: "0"}
    for code in added:
        chosen = {SELECTED: "1", "INSCRIPTION_ETAB": "1"}
        if code in wanted:
            wanted[code] = {**wanted[code], **content["MEF"][code], **chosen}
        else:
            wanted[code] = {**content["MEF"][code], **chosen, "MEF_ORIGINE": "0", ORIGIN: "0"}
    after: Entries = {"MEF": in_place(held, dict(sorted(wanted.items())))}
    for block in ("PROGRAMME", "OPTION_OBLIGATOIRE"):
        lines = profile.get(block, {}).items()
        after[block] = {key: line for key, line in lines if line["CODE_MEF"] not in removed}
    return after


def computed_from(profile: Entries, content: Entries, choices: Collection[Choice]) -> Entries:
    """Compute programmes, compulsory options and subjects.

    What all pupils of a MEF take is there; what may be an option is there when the school keeps the
    subject. A MEF that takes no pupils any more, or of which the release says nothing, keeps what it has.

    Args:
        profile (Entries): the profile, for its MEF.
        content (Entries): the release received.
        choices (Collection[Choice]): the subjects chosen.

    Returns:
        Entries: the three blocks.
    """
    retained, takes = selected(profile), taking_pupils(content)
    known = {str(line["CODE_MEF"]) for line in content.get("PROGRAMME", {}).values()}
    kept = {choice.subject for choice in choices if not choice.mef}
    lines: dict[str, dict[str, Fields]] = {}
    for key, line in content.get("PROGRAMME", {}).items():
        if line["CODE_MODALITE_ELECT"] == CORE or line["CODE_MATIERE"] in kept:
            lines.setdefault(str(line["CODE_MEF"]), {})[key] = line
    options: dict[str, dict[str, Fields]] = {}
    for key, option in content.get("OPTION_OBLIGATOIRE", {}).items():
        options.setdefault(str(option["CODE_MEF"]), {})[key] = option
    for mef, subject in sorted(choices):
        if mef and mef in retained:
            key = f"{mef}|{subject}|{ADDED}"
            hours = _core_hours(content, mef)
            lines.setdefault(mef, {})[key] = entries.programme(mef, subject, ADDED, hours)
    programme: dict[str, Fields] = {}
    compulsory: dict[str, Fields] = {}
    for mef in retained:
        if mef not in takes or mef not in known:
            programme |= _of_mef(profile, "PROGRAMME", mef)
            compulsory |= _of_mef(profile, "OPTION_OBLIGATOIRE", mef)
            continue
        programme |= lines.get(mef, {})
        taught = {line["CODE_MATIERE"] for line in lines.get(mef, {}).values()}
        compulsory |= {
            key: option
            for key, option in options.get(mef, {}).items()
            if option["CODE_MATIERE"] in taught
        }
    holding = {choice.subject for choice in choices if choice.mef in retained}
    subjects = _subjects(
        profile, content, {str(one["CODE_MATIERE"]) for one in programme.values()}, holding
    )
    wanted = {"MATIERE": subjects, "PROGRAMME": programme, "OPTION_OBLIGATOIRE": compulsory}
    return {block: in_place(profile.get(block, {}), wanted[block]) for block in _COMPUTED}


def in_place(held: Mapping[str, Fields], wanted: Mapping[str, Fields]) -> dict[str, Fields]:
    """Order entries so that those already held keep their order, and the others come after the same ones.

    Args:
        held (Mapping[str, Fields]): entries as they are, in order.
        wanted (Mapping[str, Fields]): entries as they must be, in the order of the release.

    Returns:
        dict[str, Fields]: the entries wanted.
    """
    after: dict[str | None, list[str]] = {}
    last: str | None = None
    for key in wanted:
        if key in held:
            last = key
        else:
            after.setdefault(last, []).append(key)
    order = list(after.get(None, ()))
    for key in held:
        if key in wanted:
            order += (key, *after.get(key, ()))
    return {key: wanted[key] for key in order}


def technical_subjects(content: Entries) -> dict[str, str]:
    """Give the subjects that may hold the hours of a vocational MEF.

    Args:
        content (Entries): a release.

    Returns:
        dict[str, str]: labels by code.
    """
    return {
        code: str(fields.get("LIBELLE_LONG", ""))
        for code, fields in content.get("MATIERE", {}).items()
        if fields.get("CODE_GESTION") == TECHNICAL_SUBJECT
    }


def _subjects(
    profile: Entries, content: Entries, taught: Collection[str], holding: Collection[str]
) -> dict[str, Fields]:
    held, known = profile.get("MATIERE", {}), content.get("MATIERE", {})
    found: dict[str, Fields] = {}
    for code in sorted(taught):
        fields = known.get(code) or held.get(code)
        if fields is None:
            continue
        flag = held.get(code, {}).get("MATIERE_ETP", "0")
        if known.get(code, {}).get("CODE_GESTION") == TECHNICAL_SUBJECT:
            flag = "1" if code in holding else "0"
        found[code] = {**fields, "MATIERE_ETP": flag}
    return found


def _with_origins(
    profile: Entries, content: Entries, *, added: Collection[str], removed: Collection[str]
) -> Entries:
    held = profile.get("MEF", {})
    wanted: dict[str, Fields] = {}
    for code, fields in held.items():
        if code not in removed:
            wanted[code] = fields
        elif fields.get(SELECTED) == "1":
            wanted[code] = fields | {ORIGIN: "0", "MEF_ORIGINE": "0"}
    for code in added:
        base = wanted.get(code) or entries.origin_only(content["MEF"][code]) | {SELECTED: "0"}
        wanted[code] = {**base, ORIGIN: "1", "MEF_ORIGINE": "1"}
    return {"MEF": in_place(held, dict(sorted(wanted.items())))}


def _origins(profile: Entries) -> set[str]:
    return {code for code, fields in profile.get("MEF", {}).items() if fields.get(ORIGIN) == "1"}


def _vocational(profile: Entries) -> dict[str, str]:
    mefs = profile.get("MEF", {})
    return {
        code: label
        for code, label in selected(profile).items()
        if str(mefs[code].get("CODE_MEFSTAT", "")).startswith(_VOCATIONAL)
    }


def _optional(content: Entries) -> dict[str, list[str]]:
    """Give the subjects that may be options, each with the MEF where it may."""
    found: dict[str, list[str]] = {}
    for line in content.get("PROGRAMME", {}).values():
        if line["CODE_MODALITE_ELECT"] != CORE:
            mefs = found.setdefault(str(line["CODE_MATIERE"]), [])
            if line["CODE_MEF"] not in mefs:
                mefs.append(str(line["CODE_MEF"]))
    return found


def _core_hours(content: Entries, mef: str) -> str:
    lines = content.get("PROGRAMME", {}).values()
    hours = (
        float(str(line["HORAIRE"]))
        for line in lines
        if line["CODE_MEF"] == mef and line["CODE_MODALITE_ELECT"] == CORE
    )
    return f"{sum(hours):.2f}"


def _of_mef(profile: Entries, block: str, mef: str) -> dict[str, Fields]:
    held = profile.get(block, {})
    return {key: line for key, line in held.items() if line["CODE_MEF"] == mef}


# ---------------------------------------------------------------- within a school that is open


def _state(uai: str, year: int) -> State:
    release = _last_received(uai, year)
    profile = read_entries(uai=uai, year=year, blocks=("MEF", *_COMPUTED))
    retained = selected(profile)
    content: Entries = {}
    if release is not None:
        content = entries_of(release=release, mefs=list(retained))
    takes = taking_pupils(content) if release else retained
    closed = {code: label for code, label in retained.items() if code not in takes}
    lines = [*profile.get("PROGRAMME", {}).values(), *content.get("PROGRAMME", {}).values()]
    taught = {str(line["CODE_MEF"]) for line in lines}
    without = tuple(code for code in retained if code not in taught and code not in closed)
    is_to_compute = False
    if release is not None:
        computed = computed_from(profile, content, read_choices(uai=uai, year=year))
        is_to_compute = any(profile.get(block, {}) != computed[block] for block in _COMPUTED)
    return State(
        release,
        retained,
        closed,
        without,
        is_to_compute,
        bool(_vocational(profile)),
        len(profile.get("MATIERE", {})),
        len(_origins(profile)),
        _refusal(profile, retained, closed, content, is_to_compute=is_to_compute),
    )


def _refusal(
    profile: Entries,
    retained: Mapping[str, str],
    closed: Mapping[str, str],
    content: Entries,
    *,
    is_to_compute: bool,
) -> str:
    if not retained:
        return "Aucun MEF n’est retenu : choisissez ceux de l’établissement avant de valider."
    if closed:
        code, label = next(iter(closed.items()))
        heir = successor_in(content, code)
        return (
            f"Le MEF {code} ({label}) est fermé et toujours retenu : déplacez ses élèves"
            f"{f' vers {heir}' if heir else ''}, ou retirez-le, avant de valider."
        )
    if is_to_compute:
        return "Les choix ont changé depuis le dernier profilage : lancez le profilage avant de valider."
    if not profile.get("PROGRAMME"):
        return (
            "Aucun programme n’est connu pour les MEF retenus : le rectorat doit d’abord diffuser"
            " leurs programmes. Attendez, ou demandez-les-lui."
        )
    return ""


def _in_use(uai: str, year: int, mefs: Collection[str]) -> tuple[Usage, ...]:
    usages = usage_of(uai=uai, year=year, mefs=mefs).values() if mefs else ()
    return tuple(one for one in usages if not one.is_empty)


def _last_received(uai: str, year: int) -> Release | None:
    rows = Receipt.objects.filter(uai=uai, year=year).select_related("release")
    receipt = rows.order_by("release__number").last()
    return receipt.release if receipt else None


def _two_releases(uai: str, year: int) -> tuple[Release | None, Release | None]:
    """Give the last release received for a year, and the one before, of this year or the year before."""
    rows = Receipt.objects.filter(uai=uai, year__in=(year, year - 1)).select_related("release")
    received = [row.release for row in rows.order_by("-year", "-release__number")[:2]]
    if not received or received[0].year != year:
        return None, None
    return received[0], received[1] if len(received) > 1 else None


def _received(uai: str, year: int, *, mefs: Collection[str]) -> Entries:
    release = _last_received(uai, year)
    if release is None:
        raise NothingReceivedError(uai, year)
    return entries_of(release=release, mefs=mefs)


def _mefs_with_programme(release: Release | None) -> set[str]:
    if release is None:
        return set()
    rows = release.releaseentry_set.filter(block="PROGRAMME")
    return set(rows.order_by().values_list("mef", flat=True).distinct())


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
