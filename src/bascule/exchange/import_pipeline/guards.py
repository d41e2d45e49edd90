"""Stage plan, its last word: what holds a plan until the head has looked. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

#: Shares above which a plan is held, in a school day and from June to September, when pupils move.
_DEPARTURES, _DEPARTURES_SUMMER = 0.10, 0.50
_CHANGED, _CHANGED_SUMMER = 0.75, 1.0
_REJECTED = 0.20
_REMOVED = 0.20
_DIVISION = 0.30
#: Groups are made again at each term; a file that takes most of them away may be half a file.
_PLACES = 0.50
#: A division of fewer pupils than this moves by more than its share every day.
_SMALL_DIVISION = 8
#: Share of departures above which the authority, not the head, releases.
_AUTHORITY = 0.30
_SUMMER = frozenset((6, 7, 8, 9))


@dataclass(frozen=True, slots=True)
class Guard:
    """A reason to hold a plan.

    Attributes:
        code: stable.
        sentence: French, with the figures.
        needs_authority: the authority releases it, not the head.
    """

    code: str
    sentence: str
    needs_authority: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """The figures guards look at.

    Attributes:
        today: date of the plan.
        present_count: pupils that counted before.
        counts: counts of the plan.
        read_count: pupils of the file.
        before: headcount of each division before.
        moves: what the plan adds to or takes from each.
        link_count: links stored before.
        is_older: the file is older than the last one applied.
    """

    today: date
    present_count: int
    counts: Mapping[str, int]
    read_count: int
    before: Counter[str]
    moves: Counter[str]
    link_count: int
    is_older: bool


def leaver_count(counts: Mapping[str, int]) -> int:
    """Count the pupils that a plan takes out of the school's headcount or shows as gone.

    Args:
        counts (Mapping[str, int]): counts of the plan.

    Returns:
        int: newly left, and absent from the file.
    """
    return counts.get("pupils_left", 0) + counts.get("pupils_absent", 0)


def guards(measure: Measure) -> list[Guard]:
    """Find what holds a plan.

    Args:
        measure (Measure): the figures.

    Returns:
        list[Guard]: empty when nothing does.
    """
    found = _against_the_file(measure.counts, measure.read_count, is_older=measure.is_older)
    if measure.present_count:
        found += _against_the_base(measure)
    return found


@dataclass(frozen=True, slots=True)
class PlacesMeasure:
    """The figures that guards of a file of groups look at.

    Attributes:
        counts: counts of the plan.
        read_count: pupils of the file.
        held_count: places held before.
        is_older: the file is older than the last one applied.
    """

    counts: Mapping[str, int]
    read_count: int
    held_count: int
    is_older: bool


def guards_of_places(measure: PlacesMeasure) -> list[Guard]:
    """Find what holds a plan of groups.

    Args:
        measure (PlacesMeasure): the figures.

    Returns:
        list[Guard]: empty when nothing does.
    """
    found = _against_the_file(measure.counts, measure.read_count, is_older=measure.is_older)
    removed = measure.counts.get("places_removed", 0)
    if removed > _PLACES * measure.held_count:
        found.append(
            Guard(
                "places",
                f"{removed} places dans un groupe sur {measure.held_count} sont retirées (plus de 50 %).",
            )
        )
    return found


def _against_the_file(counts: Mapping[str, int], read_count: int, *, is_older: bool) -> list[Guard]:
    found: list[Guard] = []
    rejected = counts.get("pupils_rejected", 0)
    if rejected > _REJECTED * read_count:
        found.append(
            Guard(
                "rejected", f"{rejected} élèves sur {read_count} sont mis de côté (plus de 20 %)."
            )
        )
    if is_older:
        found.append(Guard("older", "Ce fichier est plus ancien que le dernier intégré."))
    return found


def _against_the_base(measure: Measure) -> list[Guard]:
    found: list[Guard] = []
    summer = measure.today.month in _SUMMER
    present = measure.present_count
    leavers = leaver_count(measure.counts)
    limit = _DEPARTURES_SUMMER if summer else _DEPARTURES
    if leavers > limit * present:
        found.append(
            Guard(
                "departures",
                f"{leavers} élèves sur {present} sont partis ou absents du fichier (plus de {limit * 100:.0f} %).",
                needs_authority=leavers > max(_AUTHORITY, limit) * present,
            )
        )
    changed = measure.counts.get("pupils_changed", 0)
    # Those who left are in the file too, and change like the others.
    known = max(present, measure.read_count)
    limit = _CHANGED_SUMMER if summer else _CHANGED
    if changed > limit * known:
        found.append(
            Guard(
                "changed", f"{changed} fiches sur {known} changent (plus de {limit * 100:.0f} %)."
            )
        )
    removed = measure.counts.get("links_removed", 0)
    if removed > _REMOVED * measure.link_count:
        found.append(
            Guard(
                "removals",
                f"{removed} responsables sur {measure.link_count} sont retirés (plus de 20 %).",
            )
        )
    erased = measure.counts.get("values_erased", 0)
    if erased > _REMOVED * present:
        found.append(
            Guard(
                "erasures", f"{erased} valeurs sont effacées, pour {present} élèves (plus de 20 %)."
            )
        )
    if not summer:
        found += _divisions(measure)
    return found


def _divisions(measure: Measure) -> list[Guard]:
    moved = [
        f"{division} : {before} puis {before + measure.moves[division]}"
        for division, before in sorted(measure.before.items())
        if before >= _SMALL_DIVISION and abs(measure.moves[division]) > _DIVISION * before
    ]
    if not moved:
        return []
    return [
        Guard("divisions", f"L’effectif de divisions change de plus de 30 % ({' ; '.join(moved)}).")
    ]
