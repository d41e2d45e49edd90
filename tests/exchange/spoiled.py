"""A file in which pupils of one MEF stand under one that nobody knows, and an adult has a wrong e-mail."""

from collections import Counter

from tests.exchange.schools_for_tests import AT, edited

from bascule.formats.record import Fields
from bascule.generator.files import MadeFile
from bascule.generator.population import Population

#: No MEF of anybody.
WRONG = "99999999999"


def spoiled_mef(population: Population) -> str:
    """Give the MEF that has the most pupils: some of these are spoiled."""
    return Counter(pupil.mef for pupil in population.present).most_common(1)[0][0]


def spoiled_file(population: Population, count: int) -> MadeFile:
    mef = spoiled_mef(population)
    same = [pupil.id for pupil in population.present if pupil.mef == mef][:count]
    assert len(same) == count
    adult = population.persons[0].id

    def spoil(fields: Fields) -> None:
        block = fields.get("SCOLARITE_ACTIVE")
        if int(str(fields["ID_PRV_ELE"])) in same and isinstance(block, dict):
            block["CODE_MEF"] = WRONG

    def spoil_adult(fields: Fields) -> None:
        if fields["ID_PRV_PER"] == str(adult):
            fields["EMAIL"] = "nulle part"

    return edited(population, pupil=spoil, person=spoil_adult, at=AT)
