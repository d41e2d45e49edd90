"""One address written in several ways made one, and the way back."""

from datetime import timedelta

import pytest
from tests.bases import Base
from tests.exchange.ready_school import AT, YEAR, ReadySchool, ready_school

from bascule.exchange.amend.verbs import undo
from bascule.exchange.places import UnknownPlaceError, find_places, merge_addresses
from bascule.journal.act import act
from bascule.students import holdings
from bascule.students.register import Register
from bascule.students.rows import AddressRow

LATER = AT + timedelta(hours=1)
SIGNED = {"actor": "secretary", "at": LATER}
PLACE = AddressRow(
    "12 BIS AVENUE DE SAINT-CLOUD", None, None, None, "99000", "VAUDORE", None, "100"
)


@pytest.fixture
def school(base: Base) -> ReadySchool:
    school = ready_school(8)
    school.bring()
    return school


def move(school: ReadySchool, *places: AddressRow) -> list[int]:
    """Have one pupil after another live at a place."""
    with act(uai=school.uai, kind="edit", actor="tests", at=LATER) as opened:
        register = Register(uai=school.uai, act_id=opened.id)
        found = register.add_addresses({place.digest(): place for place in places})
        ids = [found[place.digest()] for place in places]
        pupils = holdings.present_ids(uai=school.uai, year=YEAR)[: len(ids)]
        rows = holdings.students(uai=school.uai, ids=pupils)
        for pupil, address_id in zip(pupils, ids, strict=True):
            rows[pupil].address_id = address_id
        register.change_students([(i, row, (None, None)) for i, row in rows.items()])
    return ids


def test_the_ways_of_writing_one_place_are_found_made_one_and_given_back(
    school: ReadySchool,
) -> None:
    short = PLACE._replace(line1="12bis, av. St Cloud", town="Vaudoré")
    other = PLACE._replace(line1="12 TER AVENUE DE SAINT-CLOUD")
    kept, merged, _ = move(school, PLACE, short, other)
    before = school.digest()

    (place,) = find_places(uai=school.uai)
    assert {writing.id for writing in place.writings} == {kept, merged}
    done = merge_addresses(
        uai=school.uai, year=YEAR, keep_id=kept, merge_ids=[kept, merged], **SIGNED
    )

    assert find_places(uai=school.uai) == []
    undo(uai=school.uai, act_id=done, **SIGNED)
    assert school.digest() == before


def test_an_address_of_nobody_is_not_merged(school: ReadySchool) -> None:
    (kept,) = move(school, PLACE)

    for others in ([], [kept], [kept + 1]):
        with pytest.raises(UnknownPlaceError):
            merge_addresses(uai=school.uai, year=YEAR, keep_id=kept, merge_ids=others, **SIGNED)
