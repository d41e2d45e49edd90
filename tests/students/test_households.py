"""Labels of households: one an address, never one parent's address under the other's name."""

from datetime import UTC, datetime

import pytest
from tests.bases import Base
from tests.exchange.ready_school import YEAR, ready_school
from tests.pupils_of import pupils_of

from bascule.journal.act import act
from bascule.students.households import households
from bascule.students.models import Address, Guardian, Guardianship

AT = datetime(2026, 11, 6, 9, tzinfo=UTC)


class Families:
    """Writes guardians of the pupils of a school, where they live and what they agree to."""

    def __init__(self, uai: str) -> None:
        self.uai = uai
        self.pupils = pupils_of(uai, YEAR)
        Guardianship.objects.filter(uai=uai).delete()
        self.places = [
            Address.objects.create(
                uai=uai,
                line1=f"{rank} rue du Pont",
                postcode="94000",
                town="CRETEIL",
                digest=bytes([rank]),
            )
            for rank in (1, 2)
        ]

    def parent(self, name: str, place: int, *children: int, shares: bool | None = True) -> None:
        guardian = Guardian.objects.create(
            uai=self.uai,
            civility="1" if name == "C" else "2",
            family_name=name,
            first_name="Anne",
            shares_address=shares,
            address=self.places[place],
            sort_key=name,
        )
        for child in children:
            Guardianship.objects.create(
                uai=self.uai,
                student_id=self.pupils[child].id,
                guardian=guardian,
                level="1",
                kinship="10",
            )


@pytest.fixture
def families(base: Base) -> Families:
    school = ready_school(6)
    school.bring()
    with act(uai=school.uai, kind="import.apply", actor="tests", at=AT):
        made = Families(school.uai)
        # Together: two children, one label. Apart: one label each. Neighbours: not together for all that.
        made.parent("A", 0, 0, 1)
        made.parent("B", 0, 0)
        made.parent("C", 0, 2, shares=False)
        made.parent("D", 1, 2)
        made.parent("E", 0, 3, shares=None)
    return made


def test_a_household_is_written_to_once_and_each_separated_parent_at_home(
    families: Families,
) -> None:
    mailing = households(uai=families.uai, year=YEAR)

    told = {tuple(one.guardians): one for one in mailing.households}
    # By name, whatever the title.
    assert list(told) == [
        ("Mme A Anne", "Mme B Anne"),
        ("M. C Anne",),
        ("Mme D Anne",),
        ("Mme E Anne",),
    ]
    assert told["Mme A Anne", "Mme B Anne"].lines == ("1 rue du Pont", "94000 CRETEIL")
    assert told["Mme D Anne",].lines == ("2 rue du Pont", "94000 CRETEIL")
    assert len(told["Mme A Anne", "Mme B Anne"].pupils) == 2
    assert set(mailing.unreached) == {one.name for one in families.pupils[4:]}


def test_parents_associations_get_only_the_addresses_that_all_there_agreed_to_give(
    families: Families,
) -> None:
    mailing = households(uai=families.uai, year=YEAR, for_association=True)

    assert [one.guardians for one in mailing.households] == [
        ["Mme A Anne", "Mme B Anne"],
        ["Mme D Anne"],
    ]
    assert mailing.refused_count == 2
