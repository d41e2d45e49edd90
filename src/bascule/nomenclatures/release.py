"""What the authority diffuses to its schools for a year: decided, published as a numbered release.

By default, the MEF that the national tables hold open on 1 September; the authority adds and takes
away, level by level (*dispositif*, the first three digits) or one by one. Subjects and programmes
follow from the MEF.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from functools import lru_cache

from psycopg.types.json import Jsonb

from bascule.errors import NotThereError, RefusedError
from bascule.formats.record import Fields
from bascule.journal.act import AUTHORITY, act
from bascule.nomenclatures import entries, lookup
from bascule.nomenclatures.difference import Count
from bascule.nomenclatures.models import DiffusionRule, Release, ReleaseEntry
from bascule.nomenclatures.profile import BLOCKS, Entries
from bascule.store import staging
from bascule.values import school_year

_TABLE = "nomenclatures_releaseentry"

#: The block of a release that says which MEF stands for one that takes no pupils any more.
SUCCESSORS = "SUCCESSEUR"
#: What the code of a MEF begins with, that says its level.
LEVEL_LENGTH = 3
_MEF_LENGTH = 11
#: For how many years after its end a MEF still has a successor.
_REMEMBERED_YEARS = 4
#: *Code de gestion* of the subjects that may hold the hours of a vocational MEF.
TECHNICAL_SUBJECT = "ENSTC"
_CORE = "S"


class NothingDiffusedError(RefusedError):
    """No MEF would take pupils.

    Args:
        year (int): first calendar year.
    """

    code = "release.nothing-diffused"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"Aucun MEF n’est diffusé pour {school_year.label(year)}. Rien n’a été publié :"
            " choisissez les MEF à diffuser."
        )
        self.year = year


class NothingNewError(RefusedError):
    """The last release says the same.

    Args:
        year (int): first calendar year.
        number (int): number of the last release.
    """

    code = "release.nothing-new"

    def __init__(self, year: int, number: int) -> None:
        super().__init__(
            f"La diffusion n° {number} de {school_year.label(year)} contient déjà tout cela :"
            " il n’y a rien de nouveau à publier."
        )
        self.year, self.number = year, number


class NoReleaseError(NotThereError):
    """Nothing was published for the year.

    Args:
        year (int): first calendar year.
    """

    code = "release.none"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"Aucune nomenclature n’a encore été diffusée pour {school_year.label(year)} :"
            " le rectorat doit d’abord la publier."
        )
        self.year = year


class UnknownCodeError(RefusedError):
    """A code is neither a MEF nor a level of the national tables.

    Args:
        code (str): as given.
    """

    code = "release.unknown-code"

    def __init__(self, code: str) -> None:
        super().__init__(
            f"« {code} » n’est ni un dispositif (trois chiffres) ni un MEF (onze caractères) des"
            " tables nationales. Rien n’a été changé : vérifiez le code."
        )
        self.given = code


class WrongSuccessorError(RefusedError):
    """A MEF cannot stand for another.

    Args:
        code (str): the one that ends.
        successor (str): the one given for it.
    """

    code = "release.wrong-successor"

    def __init__(self, code: str, successor: str) -> None:
        super().__init__(
            f"Le MEF {successor} ne peut pas remplacer {code} : le remplaçant doit être diffusé"
            " pour l’année. Rien n’a été changé : choisissez un MEF diffusé."
        )
        self.given, self.successor = code, successor


@dataclass(frozen=True, slots=True)
class Diffused:
    """A MEF of the national tables, and whether it takes pupils in a year.

    Attributes:
        code: eleven characters.
        label: as the national table writes it.
        level: its *dispositif*.
        is_open: whether its dates hold 1 September, and pupils may be enrolled in it at all.
        is_diffused: what the authority decided, or else its dates.
        is_decided: whether the authority decided it, of the MEF itself or of its level.
        has_programme: whether the national programmes say what it teaches.
    """

    code: str
    label: str
    level: str
    is_open: bool
    is_diffused: bool
    is_decided: bool
    has_programme: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be published now.

    Attributes:
        year: first calendar year.
        before: the release it is compared with; None for the first of all.
        counts: against that one, by block, in the order of the file.
        added: MEF that take pupils and did not, by code: their labels.
        closed: MEF that took pupils and do no longer, by code: their labels.
        successors: for those, the MEF that stands for each; blank for none.
        without_programme: how many MEF take pupils and have no programme.
        is_illustrative: whether the programmes are the package's example.
        is_new: whether publishing would say anything new.
    """

    year: int
    before: Release | None
    counts: Mapping[str, Count]
    added: Mapping[str, str]
    closed: Mapping[str, str]
    successors: Mapping[str, str]
    without_programme: int
    is_illustrative: bool
    is_new: bool


def diffusion(*, year: int) -> list[Diffused]:
    """Tell, of each MEF known, whether it takes pupils in a year.

    Args:
        year (int): first calendar year.

    Returns:
        list[Diffused]: by code; those that ended before the year before, and that nobody decided to
            diffuse, are left out.
    """
    rules = {rule.code: rule.is_diffused for rule in DiffusionRule.objects.filter(year=year)}
    with_programme = {key.partition("|")[0] for key in lookup.codes("programme")}
    found = []
    for row in lookup.rows("mef"):
        code = row["code"]
        decided = rules.get(code)
        if decided is None:
            decided = rules.get(code[:LEVEL_LENGTH])
        is_open = _is_open(row, year) and row.get("inscription", "1") == "1"
        if decided is not True and not _was_open_lately(row, year, 1):
            continue
        found.append(
            Diffused(
                code,
                row["libelle_long"],
                code[:LEVEL_LENGTH],
                is_open,
                is_open if decided is None else decided,
                decided is not None,
                code in with_programme,
            )
        )
    return found


def decide(
    *,
    year: int,
    actor: str,
    at: datetime,
    included: Iterable[str] = (),
    excluded: Iterable[str] = (),
    undecided: Iterable[str] = (),
    successors: Mapping[str, str] | None = None,
) -> int:
    """Decide of MEF, or of whole levels, for a year; nothing reaches schools before it is published.

    Args:
        year (int): first calendar year.
        actor (str): who decides.
        at (datetime): when, with its time zone.
        included (Iterable[str]): codes to diffuse, whatever their dates.
        excluded (Iterable[str]): codes not to diffuse.
        undecided (Iterable[str]): codes to leave to their dates again.
        successors (Mapping[str, str] | None): MEF that stands for one that takes no pupils; blank to
            let the rule propose one.

    Returns:
        int: how many decisions changed.

    Raises:
        UnknownCodeError: if a code is none of the national tables.
        WrongSuccessorError: if a MEF given for another takes no pupils that year.
    """
    wanted: dict[str, bool | None] = dict.fromkeys(undecided)
    wanted |= dict.fromkeys(excluded, False) | dict.fromkeys(included, True)
    heirs = dict(successors or {})
    known = lookup.codes("mef")
    levels = {code[:LEVEL_LENGTH] for code in known}
    for code in (*wanted, *heirs):
        if code not in known and code not in levels:
            raise UnknownCodeError(code)
    with act(uai=AUTHORITY, kind="nomenclatures.diffuse", actor=actor, at=at) as opened:
        held = {rule.code: rule for rule in DiffusionRule.objects.filter(year=year)}
        changed = []
        for code in dict.fromkeys((*wanted, *heirs)):
            rule = held.get(code) or DiffusionRule(year=year, code=code)
            before = (rule.is_diffused, rule.successor)
            rule.is_diffused = wanted.get(code, rule.is_diffused)
            rule.successor = heirs.get(code, rule.successor)
            if (rule.is_diffused, rule.successor) != before:
                rule.save()
                changed.append(code)
        takes = {one.code for one in diffusion(year=year) if one.is_diffused}
        for code, heir in heirs.items():
            if heir and (heir not in takes or heir == code):
                raise WrongSuccessorError(code, heir)
        opened.facts |= {"year": year, "changed": sorted(changed)}
    return len(changed)


def draft(*, year: int) -> Draft:
    """Tell what would be published now, and how it differs from the last release.

    Args:
        year (int): first calendar year.

    Returns:
        Draft: the difference.
    """
    content = _content(year)
    before = last_release(year=year) or last_release(year=year - 1)
    held = entries_of(release=before) if before else {}
    counts = {
        block: _count(held.get(block, {}), content.get(block, {}))
        for block in dict.fromkeys((*BLOCKS, SUCCESSORS, *content, *held))
        if block in content or block in held
    }
    took, takes = taking_pupils(held), taking_pupils(content)
    closed = {code: label for code, label in took.items() if code not in takes}
    with_programme = {str(line["CODE_MEF"]) for line in content.get("PROGRAMME", {}).values()}
    is_fresh = any(table.name == "programme" and table.is_fresh for table in lookup.tables())
    return Draft(
        year=year,
        before=before,
        counts=counts,
        added={code: label for code, label in takes.items() if code not in took},
        closed=closed,
        successors={code: successor_in(content, code) for code in closed},
        without_programme=sum(code not in with_programme for code in takes),
        is_illustrative=not is_fresh,
        is_new=before is None or before.year != year or before.digest != _digest(content),
    )


def publish(*, year: int, actor: str, at: datetime) -> Release:
    """Publish what is diffused for a year; schools receive it afterwards, each in its own act.

    Args:
        year (int): first calendar year.
        actor (str): who publishes.
        at (datetime): when, with its time zone.

    Returns:
        Release: numbered within its year.

    Raises:
        NothingDiffusedError: if no MEF would take pupils.
        NothingNewError: if the last release of the year says the same.
    """
    with act(uai=AUTHORITY, kind="nomenclatures.publish", actor=actor, at=at) as opened:
        content = _content(year)
        if not taking_pupils(content):
            raise NothingDiffusedError(year)
        last, digest = last_release(year=year), _digest(content)
        if last is not None and last.digest == digest:
            raise NothingNewError(year, last.number)
        release = Release(
            year=year,
            number=last.number + 1 if last else 1,
            published_at=at,
            published_by=actor,
            digest=digest,
            counts={block: len(content[block]) for block in content},
        )
        release.save(force_insert=True)
        rows = (
            (block, key, str(fields.get("CODE_MEF", "")), rank, Jsonb(fields))
            for block, held in content.items()
            for rank, (key, fields) in enumerate(held.items(), start=1)
        )
        with staging.raw_cursor() as cursor:
            columns = ("block", "key", "mef", "rank", "fields")
            staging.insert_rows(cursor, _TABLE, columns, rows, constants={"release_id": release.pk})
        opened.facts |= {
            "year": year,
            "number": release.number,
            "digest": digest,
            "counts": release.counts,
        }
    return release


def releases(*, year: int) -> list[Release]:
    """List the releases of a year.

    Args:
        year (int): first calendar year.

    Returns:
        list[Release]: the last one first.
    """
    return list(Release.objects.filter(year=year).order_by("-number"))


def last_release(*, year: int) -> Release | None:
    """Give the last release of a year.

    Args:
        year (int): first calendar year.

    Returns:
        Release | None: the release; None when nothing was published.
    """
    return Release.objects.filter(year=year).order_by("number").last()


def entries_of(
    *, release: Release, blocks: Sequence[str] = (), mefs: Collection[str] | None = None
) -> Entries:
    """Read a release.

    Args:
        release (Release): which one.
        blocks (Sequence[str]): the blocks wanted; none for all.
        mefs (Collection[str] | None): the MEF whose programmes and options are wanted; None for all.

    Returns:
        Entries: by block and key, in the order of the file.
    """
    rows = ReleaseEntry.objects.filter(release=release).order_by("rank")
    if blocks:
        rows = rows.filter(block__in=blocks)
    if mefs is not None:
        rows = rows.filter(mef__in=["", *mefs])
    found: Entries = {}
    for block, key, fields in rows.values_list("block", "key", "fields"):
        found.setdefault(block, {})[key] = fields
    return found


def taking_pupils(content: Entries) -> dict[str, str]:
    """Give the MEF of a release in which pupils may be enrolled.

    Args:
        content (Entries): a release.

    Returns:
        dict[str, str]: labels by code.
    """
    return {
        code: str(fields.get("LIBELLE_LONG", ""))
        for code, fields in content.get("MEF", {}).items()
        if fields.get("INSCRIPTION_ETAB") == "1"
    }


def successor_in(content: Entries, code: str) -> str:
    """Give the MEF that stands, in a release, for one that takes no pupils any more.

    Args:
        content (Entries): a release.
        code (str): the MEF.

    Returns:
        str: another MEF; blank when none is alike.
    """
    return str(content.get(SUCCESSORS, {}).get(code, {}).get("CODE_SUCCESSEUR", ""))


def _content(year: int) -> Entries:
    """Put together all that a release holds."""
    rows = {row["code"]: row for row in lookup.rows("mef")}
    takes = {one.code for one in diffusion(year=year) if one.is_diffused}
    programmes: dict[str, list[dict[str, str]]] = {}
    for line in lookup.rows("programme"):
        if line["mef"] in takes:
            programmes.setdefault(line["mef"], []).append(line)
    kept = {
        code: row for code, row in rows.items() if code in takes or _was_open_lately(row, year, 1)
    }
    subjects = {row["code"]: row for row in lookup.rows("matiere")}
    taught = {line["matiere"] for lines in programmes.values() for line in lines}
    taught |= {c for c, row in subjects.items() if row["code_gestion"] == TECHNICAL_SUBJECT}
    content: Entries = {
        "MEF": {
            code: entries.mef(
                row,
                option_count=_option_count(row, programmes.get(code, ())),
                takes_pupils=code in takes,
            )
            for code, row in sorted(kept.items())
        },
        "MATIERE": {
            code: entries.subject(row) for code, row in sorted(subjects.items()) if code in taught
        },
        "PROGRAMME": {
            f"{line['mef']}|{line['matiere']}|{line['modalite']}": entries.programme(
                line["mef"], line["matiere"], line["modalite"], line["horaire_hebdo"]
            )
            for code in sorted(programmes)
            for line in programmes[code]
            if line["matiere"] in subjects
        },
        "OPTION_OBLIGATOIRE": {
            f"{code}|{subject}|{rank}": entries.option(code, subject, rank)
            for code in sorted(programmes)
            for rank, subject in _options(programmes[code])
            if subject in subjects
        },
    }
    for block, fields in entries.small_tables(lookup.rows):
        content[block] = {_only_key(one): one for one in fields}
    content[SUCCESSORS] = _successors(year, rows, takes)
    return {block: held for block, held in content.items() if held}


def _options(lines: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    """Give the subjects of each rank, in order."""
    return sorted(
        {(rank, line["matiere"]) for line in lines for rank in line.get("rang_option", "").split()}
    )


def _option_count(row: Mapping[str, str], lines: Iterable[Mapping[str, str]]) -> int:
    """Tell how many compulsory options a MEF asks for: never more than its programme has ranks."""
    said = row.get("options_obligatoires", "")
    official = int(said) if said.isdecimal() else None
    ranks = {rank for rank, _ in _options(lines)}
    if not ranks:
        return official or 0
    return len(ranks) if official is None else min(official, len(ranks))


def _successors(
    year: int, rows: Mapping[str, Mapping[str, str]], takes: Collection[str]
) -> dict[str, Fields]:
    """Say which MEF stands for each that took pupils these last years and does no longer.

    What the authority set wins. Else it is, of the same level and taking pupils, the one whose
    statistical MEF begins most alike; then whose label is most alike; then the first by its code.
    """
    decided = dict(
        DiffusionRule.objects.filter(year=year)
        .exclude(successor="")
        .values_list("code", "successor")
    )
    alike: dict[tuple[str, str], list[str]] = {}
    for code in sorted(takes):
        for beginning in _beginnings(rows[code]):
            alike.setdefault((code[:LEVEL_LENGTH], beginning), []).append(code)
    found: dict[str, Fields] = {}
    for code, row in sorted(rows.items()):
        if code in takes or row.get("inscription", "1") != "1":
            continue
        if code not in decided and not _was_open_lately(row, year, _REMEMBERED_YEARS):
            continue
        heir = decided.get(code) or _closest(code, row, alike, rows)
        if heir:
            found[code] = {"@CODE_MEF": code, "CODE_SUCCESSEUR": heir}
    return found


def _closest(
    code: str,
    row: Mapping[str, str],
    alike: Mapping[tuple[str, str], Sequence[str]],
    rows: Mapping[str, Mapping[str, str]],
) -> str:
    level, label = code[:LEVEL_LENGTH], row["libelle_long"]
    closest = next((alike[level, one] for one in _beginnings(row) if (level, one) in alike), [""])
    if len(closest) == 1:
        return closest[0]
    return max(closest, key=lambda other: _likeness(label, rows[other]["libelle_long"]))


def _beginnings(row: Mapping[str, str]) -> Iterator[str]:
    """Give what a statistical MEF begins with, the whole of it first, nothing last."""
    whole = row.get("mefstat", "")
    return (whole[:length] for length in range(len(whole), -1, -1))


@lru_cache(maxsize=4096)
def _likeness(label: str, other: str) -> float:
    return SequenceMatcher(a=other, b=label, autojunk=False).ratio()


def _is_open(row: Mapping[str, str], year: int) -> bool:
    day = school_year.starts_on(year).isoformat()
    opens, closes = row.get("date_ouverture", ""), row.get("date_fermeture", "")
    return opens <= day and (not closes or day <= closes)


def _was_open_lately(row: Mapping[str, str], year: int, years: int) -> bool:
    return any(_is_open(row, year - back) for back in range(years + 1))


def _only_key(fields: Fields) -> str:
    return next(str(text) for name, text in fields.items() if name[0] == "@")


def _count(before: Mapping[str, Fields], after: Mapping[str, Fields]) -> Count:
    changed = sum(key in before and before[key] != fields for key, fields in after.items())
    added = sum(key not in before for key in after)
    return Count(
        added=added,
        changed=changed,
        removed=sum(key not in after for key in before),
        unchanged=len(after) - added - changed,
    )


def _digest(content: Entries) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
