"""Each distortion alone does what it says, and touches nothing else."""

from collections import Counter
from random import Random

import pytest

from bascule.generator.directory import Birthday, CivilStatus, Directory, Person
from bascule.generator.distortions import PARTICLES, Distortion, distorted
from bascule.values import civil_identity

D = Distortion

#: The fields that each may change.
TOUCHED: dict[Distortion, set[str]] = {
    D.USUAL_FOR_FAMILY: {"family", "usual"},
    D.USUAL_MISSING: {"usual"},
    D.NAME_ADDED: {"family"},
    D.COMPOUND_CUT: {"family"},
    D.PARTICLE_MOVED: {"family"},
    D.FIRSTS_SWAPPED: {"firsts"},
    D.FIRSTS_MISSING: {"firsts"},
    D.FIRST_SHORTENED: {"firsts"},
    D.HYPHENS_MOVED: {"family", "firsts"},
    D.TRANSLITERATED: {"family", "firsts"},
    D.TYPO_KEYBOARD: {"family", "firsts"},
    D.TYPO_PHONETIC: {"family", "firsts"},
    D.TYPO_DOUBLED: {"family", "firsts"},
    D.TYPO_DROPPED: {"family", "firsts"},
    D.TYPO_SWAPPED: {"family", "firsts"},
    D.ACCENTS_DROPPED: {"family", "usual", "firsts"},
    D.NAMES_SWAPPED: {"family", "firsts"},
    D.DATE_FILLED: {"birth"},
    D.DAY_MONTH_SWAPPED: {"birth"},
    D.DATE_DIGIT: {"birth"},
    D.PLACE_MISTAKEN: {"commune", "town"},
    D.PLACE_MISSING: {"country", "commune", "town"},
    D.SEX_MISSING: {"sex"},
    D.SEX_MISTAKEN: {"sex"},
}
ONE_NAME = (
    D.HYPHENS_MOVED, D.TRANSLITERATED, D.TYPO_KEYBOARD, D.TYPO_PHONETIC, D.TYPO_DOUBLED,
    D.TYPO_DROPPED, D.TYPO_SWAPPED,
)  # fmt: skip


def somebody(
    family: str = "BUZON",
    first: str = "Ugo",
    *further: str,
    usual: str = "",
    birth: tuple[int, int, int] = (2012, 5, 23),
    place: tuple[str, str, str] = ("100", "35238", ""),
) -> CivilStatus:
    return CivilStatus(family, usual, (first, *further), "1", Birthday(*birth), *place)


@pytest.fixture(scope="module")
def persons() -> list[Person]:
    return list(Directory(6_000, seed=5).persons())


def test_every_distortion_says_what_it_touches() -> None:
    assert set(TOUCHED) == set(Distortion)


@pytest.mark.parametrize("distortion", Distortion, ids=lambda distortion: distortion.name)
def test_a_distortion_touches_what_it_says_only(
    distortion: Distortion, persons: list[Person]
) -> None:
    random = Random(3)  # noqa: S311
    changed = Counter[str]()
    for person in persons:
        civil = person.civil
        written = distorted(civil, distortion, random)
        if written is None:
            continue
        fields = {
            name
            for name, before, after in zip(civil._fields, civil, written, strict=True)
            if before != after
        }
        assert fields
        assert fields <= TOUCHED[distortion], (civil, written)
        if distortion in ONE_NAME:
            assert len(fields) == 1
            assert written.firsts[1:] == civil.firsts[1:]
        assert civil_identity.key(written.family)
        assert civil_identity.key(written.firsts[0])
        assert written.family == civil_identity.family_name(written.family)
        changed.update(fields)
    assert changed


def outcomes(distortion: Distortion, civil: CivilStatus) -> set[CivilStatus | None]:
    random = Random(9)  # noqa: S311
    return {distorted(civil, distortion, random) for _ in range(300)}


FAMILIES: list[tuple[Distortion, str, set[str]]] = [
    (D.COMPOUND_CUT, "MARTIN DUBOIS", {"MARTIN", "DUBOIS"}),
    (D.COMPOUND_CUT, "DE SAINT-ELME", {"DE SAINT", "ELME"}),
    (D.PARTICLE_MOVED, "DE LA TOUR", {"TOUR", "DELATOUR", "TOUR (DE LA)"}),
    (D.PARTICLE_MOVED, "D'ARVIEU", {"ARVIEU", "DARVIEU", "ARVIEU (D')"}),
    (D.PARTICLE_MOVED, "LE GOFF", {"GOFF", "LEGOFF", "GOFF (LE)"}),
    (D.PARTICLE_MOVED, "LEGRAND", {"LE GRAND"}),
    (D.ACCENTS_DROPPED, "LE BŒUF-GÂTINEAU", {"LE BOEUF-GATINEAU"}),
]


@pytest.mark.parametrize(("distortion", "family", "written"), FAMILIES)
def test_how_a_family_name_is_written(
    distortion: Distortion, family: str, written: set[str]
) -> None:
    found = outcomes(distortion, somebody(family))

    assert {civil.family for civil in found if civil} == written
    assert None not in found


FIRSTS: list[tuple[Distortion, tuple[str, ...], set[tuple[str, ...]]]] = [
    (D.FIRSTS_SWAPPED, ("Ugo", "Paul"), {("Paul", "Ugo")}),
    (D.FIRSTS_SWAPPED, ("Ugo", "Paul", "Ali"), {("Paul", "Ugo", "Ali"), ("Ali", "Ugo", "Paul")}),
    (D.FIRSTS_MISSING, ("Ugo", "Paul", "Ali"), {("Ugo",)}),
    (D.FIRST_SHORTENED, ("Jean-Baptiste", "Ali"), {("Jean", "Ali"), ("Baptiste", "Ali"), ("J-Baptiste", "Ali")}),
    (D.FIRST_SHORTENED, ("Nicolas",), {("Nico",)}),
    (D.ACCENTS_DROPPED, ("Maëlys", "Chloé"), {("Maelys", "Chloe")}),
]  # fmt: skip


@pytest.mark.parametrize(("distortion", "firsts", "written"), FIRSTS)
def test_how_first_names_are_written(
    distortion: Distortion, firsts: tuple[str, ...], written: set[tuple[str, ...]]
) -> None:
    found = outcomes(distortion, somebody("BUZON", *firsts))

    assert {civil.firsts for civil in found if civil} == written
    assert None not in found


#: A family name, and some of the ways in which the slip writes it.
SLIPS: list[tuple[Distortion, str, set[str]]] = [
    (D.HYPHENS_MOVED, "SAINT-ARVAN", {"SAINT ARVAN", "SAINTARVAN"}),
    (D.HYPHENS_MOVED, "L'HERMITTE", {"L HERMITTE", "LHERMITTE", "L-HERMITTE"}),
    (D.TYPO_KEYBOARD, "MOREL", {"LOREL", "MPREL", "MOTEL", "MOREM"}),
    (D.TYPO_PHONETIC, "PHILIPPEAU", {"FILIPPEAU", "PHILIPPO", "PHYLIPPEAU"}),
    (D.TYPO_PHONETIC, "HAMEL", {"AMEL"}),
    (D.TYPO_DOUBLED, "MALET", {"MALLET", "MALETT"}),
    (D.TYPO_DOUBLED, "BONNET", {"BONET"}),
    (D.TYPO_DROPPED, "MOREL", {"MREL", "MORE"}),
    (D.TYPO_SWAPPED, "MOREL", {"OMREL", "MORLE"}),
    (D.TRANSLITERATED, "BOUZID", {"BUZID", "BWZID"}),
    (D.TRANSLITERATED, "KHELIFI", {"HELIFI"}),
]


@pytest.mark.parametrize(("distortion", "family", "some"), SLIPS)
def test_how_a_name_is_mistyped(distortion: Distortion, family: str, some: set[str]) -> None:
    found = {civil.family for civil in outcomes(distortion, somebody(family)) if civil}

    assert some <= found


def test_a_typo_is_one_edit_away() -> None:
    for distortion, lengths in (
        (D.TYPO_KEYBOARD, {0}),
        (D.TYPO_SWAPPED, {0}),
        (D.TYPO_DROPPED, {-1}),
        (D.TYPO_DOUBLED, {-1, 1}),
    ):
        for written in outcomes(distortion, somebody("MOREAU", "Philippe")):
            assert written
            names = (written.family, written.firsts[0])
            assert len(names[0]) + len(names[1]) - len("MOREAU" + "Philippe") in lengths


def test_the_usual_name_stands_for_the_family_name_or_is_left_out() -> None:
    civil = somebody("MARTIN", usual="DUPRÉ")

    assert outcomes(D.USUAL_FOR_FAMILY, civil) == {civil._replace(family="DUPRÉ", usual="")}
    assert outcomes(D.USUAL_MISSING, civil) == {civil._replace(usual="")}


def test_a_name_is_added_after_the_family_name() -> None:
    for written in outcomes(D.NAME_ADDED, somebody("MARTIN")):
        assert written
        assert written.family.startswith(("MARTIN ", "MARTIN-"))


def test_names_stand_in_each_others_place() -> None:
    (written,) = outcomes(D.NAMES_SWAPPED, somebody("LE GOFF", "Maël", "Ali"))

    assert written
    assert (written.family, written.firsts) == ("MAËL", ("Le Goff", "Ali"))


def test_how_a_date_of_birth_is_written() -> None:
    def births(distortion: Distortion, *birth: int) -> set[tuple[int, ...] | None]:
        year, month, day = birth
        found = outcomes(distortion, somebody(birth=(year, month, day)))
        return {tuple(civil.birth) if civil else None for civil in found}

    assert births(D.DAY_MONTH_SWAPPED, 2012, 5, 7) == {(2012, 7, 5)}
    assert births(D.DAY_MONTH_SWAPPED, 2012, 5, 13) == {None}
    assert births(D.DAY_MONTH_SWAPPED, 2012, 5, 5) == {None}
    assert births(D.DAY_MONTH_SWAPPED, 2012, 5, 0) == {None}
    assert births(D.DATE_FILLED, 2012, 5, 0) == {(2012, 5, 1)}
    assert births(D.DATE_FILLED, 2012, 0, 0) == {(2012, 1, 1)}
    assert births(D.DATE_FILLED, 2012, 5, 7) == {None}


@pytest.mark.parametrize("birth", [(2012, 2, 29), (2011, 12, 31), (2012, 5, 0), (2012, 0, 0)])
def test_one_digit_of_a_date_is_another_one(birth: tuple[int, int, int]) -> None:
    def digits(date: tuple[int, ...]) -> str:
        return "{:04d}{:02d}{:02d}".format(*date)

    for written in outcomes(D.DATE_DIGIT, somebody(birth=birth)):
        assert written
        pairs = zip(digits(birth), digits(written.birth), strict=True)
        assert sum(before != after for before, after in pairs) == 1
        assert [bool(part) for part in written.birth] == [bool(part) for part in birth]


def test_how_a_place_of_birth_is_written() -> None:
    abroad = somebody(place=("352", "", "ORAN"))

    for written in outcomes(D.PLACE_MISTAKEN, somebody()):
        assert written is None or (written.country, written.town) == ("100", "")
    for written in outcomes(D.PLACE_MISTAKEN, abroad):
        assert written is None or written.town in {"ALGER", "TIZI OUZOU", "CONSTANTINE"}
    assert outcomes(D.PLACE_MISSING, abroad) == {abroad._replace(country="", commune="", town="")}


def test_how_the_sex_is_written() -> None:
    assert outcomes(D.SEX_MISSING, somebody()) == {somebody()._replace(sex="")}
    assert outcomes(D.SEX_MISTAKEN, somebody()) == {somebody()._replace(sex="2")}


@pytest.mark.parametrize(
    "distortion",
    [
        D.USUAL_FOR_FAMILY, D.USUAL_MISSING, D.COMPOUND_CUT, D.PARTICLE_MOVED, D.FIRSTS_SWAPPED,
        D.FIRSTS_MISSING, D.FIRST_SHORTENED, D.HYPHENS_MOVED, D.ACCENTS_DROPPED, D.DATE_FILLED,
    ],
    ids=lambda distortion: distortion.name,
)  # fmt: skip
def test_what_cannot_be_distorted_so_is_left_alone(distortion: Distortion) -> None:
    assert outcomes(distortion, somebody()) == {None}


def test_the_longest_particle_is_found() -> None:
    for at, particle in enumerate(PARTICLES):
        assert not any(particle.startswith(earlier) for earlier in PARTICLES[:at])
