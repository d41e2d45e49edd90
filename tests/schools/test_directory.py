from datetime import UTC, datetime
from typing import Any

import pytest

from bascule.journal.act import AUTHORITY
from bascule.journal.verify import verify_chain
from bascule.schools.directory import (
    SchoolAlreadyKnownError,
    UnknownSchoolError,
    UnusableNameError,
    WrongUaiError,
    known_school,
    list_schools,
    register_school,
)
from bascule.schools.models import School
from bascule.values.uai import make_uai

UAI = make_uai("099", 1)
AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def register(uai: str = UAI, name: str = "Collège fictif") -> School:
    return register_school(uai=uai, name=name, actor="deep", at=AT)


def test_a_registered_school_is_in_the_directory_and_in_the_authority_s_journal(base: Any) -> None:
    register()

    assert [(school.uai, school.name) for school in list_schools()] == [(UAI, "Collège fictif")]
    assert verify_chain(uai=AUTHORITY).count == 1


def test_a_number_is_taken_whatever_its_case_and_blanks(base: Any) -> None:
    register(f" {UAI[:4]} {UAI[4:].lower()} ")

    assert known_school(UAI.lower()).uai == UAI


def test_schools_are_listed_by_number(base: Any) -> None:
    other = make_uai("099", 2)
    register(other, "Lycée fictif")
    register()

    assert [school.uai for school in list_schools()] == [UAI, other]


def test_a_wrong_key_is_refused_with_the_right_one(base: Any) -> None:
    wrong = UAI[:7] + ("A" if UAI[7] != "A" else "B")

    with pytest.raises(WrongUaiError) as refusal:
        register(wrong)

    assert f"après {UAI[:7]} est {UAI[7]}" in refusal.value.sentence
    assert list_schools() == []


@pytest.mark.parametrize("uai", ["", "099001", "09900011", "DROP TABLE"])
def test_what_is_no_number_is_refused(base: Any, uai: str) -> None:
    with pytest.raises(WrongUaiError):
        register(uai)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_blank_or_endless_name_is_refused(base: Any, name: str) -> None:
    with pytest.raises(UnusableNameError):
        register(name=name)


def test_a_school_is_registered_once(base: Any) -> None:
    register()

    with pytest.raises(SchoolAlreadyKnownError):
        register(name="Autre nom")

    assert known_school(UAI).name == "Collège fictif"
    assert verify_chain(uai=AUTHORITY).count == 1


def test_a_school_nobody_registered_is_refused(base: Any) -> None:
    with pytest.raises(UnknownSchoolError):
        known_school(UAI)
