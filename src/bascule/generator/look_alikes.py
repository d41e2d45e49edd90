"""Pupils as schools declare them to a directory, and who they are in truth: what matching is measured on.

Some are in the directory, written as another software does; some are not; and some are the twins of
people who are. The shares below are judgements, made before anything is matched and not fitted to it:
a score on these queries says how two matchers compare, not what either is worth on real people.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from types import MappingProxyType
from typing import Final, NamedTuple

from bascule.generator.directory import CivilStatus, Directory, Person, likeness
from bascule.generator.distortions import Distortion, distorted

#: Of the civil statuses that can be distorted so, those that are, 0 to 1. Six queries in ten bear
#: none, one in twelve several.
USUAL_NOISE: Final[Mapping[Distortion, float]] = MappingProxyType({
    Distortion.USUAL_FOR_FAMILY: 0.30,
    Distortion.USUAL_MISSING: 0.30,
    Distortion.NAME_ADDED: 0.01,
    Distortion.COMPOUND_CUT: 0.12,
    Distortion.PARTICLE_MOVED: 0.12,
    Distortion.FIRSTS_SWAPPED: 0.02,
    Distortion.FIRSTS_MISSING: 0.25,
    Distortion.FIRST_SHORTENED: 0.04,
    Distortion.HYPHENS_MOVED: 0.12,
    Distortion.TRANSLITERATED: 0.015,
    Distortion.TYPO_KEYBOARD: 0.008,
    Distortion.TYPO_PHONETIC: 0.015,
    Distortion.TYPO_DOUBLED: 0.01,
    Distortion.TYPO_DROPPED: 0.008,
    Distortion.TYPO_SWAPPED: 0.006,
    Distortion.ACCENTS_DROPPED: 0.25,
    Distortion.NAMES_SWAPPED: 0.003,
    Distortion.DATE_FILLED: 0.8,
    Distortion.DAY_MONTH_SWAPPED: 0.006,
    Distortion.DATE_DIGIT: 0.008,
    Distortion.PLACE_MISTAKEN: 0.02,
    Distortion.PLACE_MISSING: 0.05,
    Distortion.SEX_MISSING: 0.01,
    Distortion.SEX_MISTAKEN: 0.003,
})  # fmt: skip


class Kind(Enum):
    """Who a query is about."""

    KNOWN = "a person of the directory"
    UNKNOWN = "nobody of the directory"
    UNKNOWN_TWIN = "nobody of the directory, but the twin of one of its persons"


class Query(NamedTuple):
    """Somebody whom a school declares.

    Attributes:
        civil: as the school's software writes it.
        truth: id of the person in the directory; None for somebody who is not in it.
        kind: who it is about.
        twin_of: id of the person of the directory whose unknown twin it is; None for others.
        distortions: what was done to the civil status, in this order; empty when it is as the
            registry has it.
    """

    civil: CivilStatus
    truth: int | None
    kind: Kind
    twin_of: int | None
    distortions: tuple[Distortion, ...]


@dataclass(frozen=True, slots=True)
class Mix:
    """What a set of queries is made of.

    Attributes:
        unknown: queries about nobody of the directory, 0 to 1.
        unknown_twins: queries about the unknown twin of somebody, 0 to 1.
        noise: for each distortion, 0 to 1 of those it can apply to; none for those left out.
        times: by how much all noise is multiplied; a share stays within 1.
    """

    unknown: float = 0.10
    unknown_twins: float = 0.01
    noise: Mapping[Distortion, float] = field(default_factory=lambda: USUAL_NOISE)
    times: float = 1.0


def queries(
    directory: Directory,
    count: int,
    seed: int = 1,
    mix: Mix = Mix(),
) -> Iterator[Query]:
    """Draw queries from a directory. Nobody is asked for twice.

    Args:
        directory (Directory): where most of them are.
        count (int): how many; at most the size of the directory.
        seed (int): another seed, other queries.
        mix (Mix): what they are made of.

    Yields:
        Query: one after the other, in the order of the directory: whoever wants the queries of a
            school in any order shuffles them.
    """
    random = Random(f"{seed}/queries")
    for number in sorted(random.sample(range(directory.size), count)):
        person = directory.person(number)
        share = random.random()
        if share < mix.unknown:
            yield _unlike_all(directory, person, Kind.UNKNOWN, mix, random)
        elif share < mix.unknown + mix.unknown_twins:
            yield _unlike_all(directory, person, Kind.UNKNOWN_TWIN, mix, random)
        else:
            civil, done = _noisy(person.civil, mix, random)
            yield Query(civil, number, Kind.KNOWN, None, done)


def _unlike_all(
    directory: Directory, person: Person, kind: Kind, mix: Mix, random: Random
) -> Query:
    """Declare somebody whom nobody of the directory is like, neither in truth nor as written."""
    while True:
        if kind is Kind.UNKNOWN_TWIN:
            civil, twin_of = directory.twin(person, random), person.id
        else:
            civil, twin_of = directory.stranger(person, random), None
        if _is_like_somebody(civil, directory):
            continue
        written, done = _noisy(civil, mix, random)
        if not _is_like_somebody(written, directory):
            return Query(written, None, kind, twin_of, done)


def _is_like_somebody(civil: CivilStatus, directory: Directory) -> bool:
    sought = likeness(civil)
    return any(
        person.civil.birth == civil.birth and likeness(person.civil) == sought
        for person in directory.born_around(civil.birth)
    )


def _noisy(
    civil: CivilStatus, mix: Mix, random: Random
) -> tuple[CivilStatus, tuple[Distortion, ...]]:
    written, done = civil, []
    for distortion in Distortion:
        if random.random() < mix.times * mix.noise.get(distortion, 0.0):
            changed = distorted(written, distortion, random)
            if changed is not None:
                written = changed
                done.append(distortion)
    # One distortion may undo another: what is as it was bears none.
    return written, tuple(done) if written != civil else ()
