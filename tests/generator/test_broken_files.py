import pytest
from tests.generator.examining import AT

from bascule.errors import RefusedError
from bascule.exchange.flows import private_import
from bascule.exchange.flows.flow import Opened
from bascule.formats.envelope import open_deposit
from bascule.formats.refusals import FileRefusedError
from bascule.generator.broken_files import BROKEN_FILES
from bascule.generator.faults import clean_population
from bascule.generator.files import MadeFile
from bascule.generator.population import Population

#: The file itself is well made: only who receives it can tell.
OF_OTHERS = ("other school", "other year")


@pytest.fixture(scope="module")
def population() -> Population:
    return clean_population()


def read_whole(file: MadeFile) -> Opened:
    opened = private_import.FLOW.open([open_deposit(file.name, file.content)])
    list(opened.records())
    return opened


@pytest.mark.parametrize("name", [name for name in BROKEN_FILES if name not in OF_OTHERS])
def test_a_broken_file_is_refused_for_its_own_reason(population: Population, name: str) -> None:
    broken = BROKEN_FILES[name]
    file = broken.make(population, at=AT)

    with pytest.raises(RefusedError) as refused:
        read_whole(file)

    assert refused.value.code == broken.refusal


@pytest.mark.parametrize("name", OF_OTHERS)
def test_a_file_of_others_reads_well_and_names_them(population: Population, name: str) -> None:
    teaching = population.teaching

    heading = read_whole(BROKEN_FILES[name].make(population, at=AT)).heading

    assert (heading.uai != teaching.school.uai) is (name == "other school")
    assert (heading.year != teaching.year) is (name == "other year")


def test_every_refusal_of_a_file_has_its_broken_file() -> None:
    # A report of conformity is no file of a school: it is broken beside its own tests.
    known = {
        refusal.code
        for refusal in _subclasses(FileRefusedError)
        if not refusal.__module__.startswith("bascule.formats.conformity.")
    }
    # Too large and too many: measured elsewhere, a file of them weighs tens of megabytes.
    heavy = {"file.too-large", "file.too-many-records"}

    # A set of tables is broken beside its own tests.
    heavy |= {"gep.set"}

    assert known - heavy <= {broken.refusal for broken in BROKEN_FILES.values()}


def test_the_same_bytes_are_made_again(population: Population) -> None:
    for broken in BROKEN_FILES.values():
        assert broken.make(population, at=AT) == broken.make(population, at=AT)


def _subclasses(refusal: type[FileRefusedError]) -> list[type[FileRefusedError]]:
    # What has refusals under it is none itself.
    return [one for one in refusal.__subclasses__() if not one.__subclasses__()]
