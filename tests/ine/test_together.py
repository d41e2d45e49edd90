"""Schools ask at the same moment: no number is given twice, and a child of two schools is one person."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from django.db import connection
from tests.bases import Base
from tests.exchange.ready_school import ReadySchool, ready_school
from tests.ine.asking import ask, civil_of, numbers, population, rows

from bascule.ine.settle import Settled

WORKERS = 8


def work(school: ReadySchool) -> Settled:
    try:
        return ask(school)
    finally:
        connection.close()


def test_eight_workers_give_each_child_one_number(base: Base) -> None:
    mine, other = ready_school(24), ready_school(24, number=2)
    mine.bring(population(mine))
    mates = zip(other.population.pupils, mine.population.pupils, strict=True)
    other.bring(population(other, [replace(pupil, **civil_of(child)) for pupil, child in mates]))
    strangers = [ready_school(12, number=number) for number in (3, 4, 5, 6)]
    for school in strangers:
        school.bring(population(school))

    with ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(work, [mine, other, mine, other, *strangers]))

    assert numbers(mine.uai) == numbers(other.uai)
    given = [n for school in (mine, *strangers) for n in numbers(school.uai).values()]
    assert None not in given
    assert len(set(given)) == len(given)
    assert sum(one.created for one in done) == len(given)
    assert rows(mine.uai, "SELECT count(*), count(DISTINCT person_id) FROM ine_number") == [
        (len(given), len(given))
    ]
