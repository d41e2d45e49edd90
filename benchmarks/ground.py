"""What is measured: schools ready for their first import, and the files of the days that follow."""

import gc
import time
from datetime import UTC, datetime

from bascule.exchange.export import export
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import Received, receive_import
from bascule.generator.academy import Academy, School
from bascule.generator.files import MadeFile, private_file, zipped
from bascule.generator.population import Population, populate
from bascule.generator.school import nomenclature_records, structure_records, teaching_year
from bascule.nomenclatures.profile import load_profile
from bascule.schools.directory import register_school
from bascule.schools.load import load_structures
from bascule.schools.open_year import State, open_year

YEAR = 2026
AT = datetime(2026, 10, 16, 18, tzinfo=UTC)
ACTOR = "benchmark"
_SEED = 2026


class UnexpectedEndError(Exception):
    """A measured import did not end as it must: its time would mean nothing."""


def schools(sizes: tuple[int, ...]) -> Academy:
    """Give the fictional schools that are measured, the same every time.

    Args:
        sizes (tuple[int, ...]): pupils of each.

    Returns:
        Academy: schools of every kind.
    """
    return Academy("Mesures", _SEED, sizes)


def prepare(school: School) -> Population:
    """Make a school ready for its first import: year open, profile and structures loaded.

    Args:
        school (School): the school.

    Returns:
        Population: its pupils, in no base yet.
    """
    teaching, uai = teaching_year(school, YEAR), school.uai
    register_school(uai=uai, name=school.name, actor=ACTOR, at=AT)
    open_year(uai=uai, year=YEAR, state=State.CURRENT, actor=ACTOR, at=AT)
    profile = nomenclature_records(teaching, AT)
    load_profile(uai=uai, year=YEAR, records=profile, actor=ACTOR, at=AT)
    structures = structure_records(teaching, AT)
    load_structures(uai=uai, year=YEAR, records=structures, actor=ACTOR, at=AT)
    export(uai=uai, year=YEAR, kinds=("nomenclature", "structures"), actor=ACTOR, at=AT)
    return populate(teaching, on=AT.date())


def deposit(population: Population, send_number: int) -> MadeFile:
    """Make the ZIP that a school deposits.

    Args:
        population (Population): the school's.
        send_number (int): which send; another one gives other bytes for the same pupils.

    Returns:
        MadeFile: the archive.
    """
    return zipped(private_file(population, at=AT, send_number=send_number), AT)


def timed_import(uai: str, file: MadeFile) -> tuple[float, Received]:
    """Import a deposit, applied at once, as the command does.

    Args:
        uai (str): the school.
        file (MadeFile): what is deposited.

    Returns:
        tuple[float, Received]: seconds, and what became of it.

    Raises:
        UnexpectedEndError: if it was not applied.
    """
    gc.collect()
    start = time.perf_counter()
    received = receive_import(
        files=[(file.name, file.content)], uai=uai, year=YEAR, actor=ACTOR, at=AT, apply=True
    )
    elapsed = time.perf_counter() - start
    if received.run.state != ImportRun.State.APPLIED:
        raise UnexpectedEndError(f"{uai}: {received.run.state} {received.run.guards}")
    return elapsed, received
