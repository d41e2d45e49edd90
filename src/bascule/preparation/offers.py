"""What a school may choose from in its profiling, what it has chosen, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from bascule.nomenclatures.models import Receipt, Release
from bascule.nomenclatures.profile import (
    CORE,
    Entries,
    read_choices,
    read_entries,
)
from bascule.nomenclatures.release import (
    LEVEL_LENGTH,
    entries_of,
    successor_in,
    taking_pupils,
)
from bascule.preparation.computing import (
    COMPUTED,
    computed_from,
    core_hours,
    optional_subjects,
    origins_of,
    technical_subjects,
    vocational_mefs,
)
from bascule.preparation.descent import selected
from bascule.preparation.usage import usage_of
from bascule.store.policies import open_schools


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
    origins, held = origins_of(profile), profile.get("MEF", {})
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
    known = set(optional_subjects(before))
    found = []
    for code, mefs in optional_subjects(content).items():
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
    vocational = vocational_mefs(profile)
    content = (
        entries_of(release=now, blocks=("MATIERE", "PROGRAMME"), mefs=list(vocational))
        if now
        else {}
    )
    return [
        EtpOffer(mef, label, core_hours(content, mef), chosen.get(mef, ""))
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
        return state_in(uai, year)


def state_in(uai: str, year: int) -> State:
    """Tell how far the profiling of a year has come; the school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        State: where it stands.
    """
    release = last_received(uai, year)
    profile = read_entries(uai=uai, year=year, blocks=("MEF", *COMPUTED))
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
        is_to_compute = any(profile.get(block, {}) != computed[block] for block in COMPUTED)
    return State(
        release,
        retained,
        closed,
        without,
        is_to_compute,
        bool(vocational_mefs(profile)),
        len(profile.get("MATIERE", {})),
        len(origins_of(profile)),
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


def last_received(uai: str, year: int) -> Release | None:
    """Find the last release that a school received for a year; the school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        Release | None: None before the first one.
    """
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


def _mefs_with_programme(release: Release | None) -> set[str]:
    if release is None:
        return set()
    rows = release.releaseentry_set.filter(block="PROGRAMME")
    return set(rows.order_by().values_list("mef", flat=True).distinct())
