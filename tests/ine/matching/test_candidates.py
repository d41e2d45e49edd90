"""People are found in the directory of PostgreSQL, however a school writes them."""

from random import Random

from django.db import connection, transaction
from tests.bases import Base
from tests.ine.matching.people import civil_of

from bascule.generator.directory import Directory
from bascule.generator.distortions import Distortion, distorted
from bascule.generator.look_alikes import Mix, queries
from bascule.ine.directory import open_directory
from bascule.ine.matching.candidates import directory_size, match
from bascule.ine.matching.civil import Civil, search_keys
from bascule.ine.matching.model import shipped_model
from bascule.ine.matching.verdict import Outcome, Verdict
from bascule.store import staging

_COLUMNS = (
    "id", "root_id", "family_name", "usual_name", "first_name", "second_name", "third_name", "sex",
    "birth_date", "birth_precision", "birth_country", "birth_commune", "birth_town", "name_key",
    "usual_key", "first_key", "since",
)  # fmt: skip


def fill(directory: Directory) -> None:
    rows = []
    for person in directory.persons():
        one = civil_of(person.civil)
        firsts = (*one.firsts, None, None, None)[:3]
        rows.append((
            person.id, person.id, one.family, one.usual or None, *firsts, one.sex, one.birth,
            one.precision, one.country or None, one.commune or None, one.town or None,
            *search_keys(one), "2026-11-02",
        ))  # fmt: skip
    with transaction.atomic():
        open_directory()
        staging.insert_rows(staging.raw_cursor(), "ine_person", _COLUMNS, rows)


def found(wanted: list[Civil], **options: set[tuple[int, int]]) -> list[Verdict]:
    with transaction.atomic():
        open_directory()
        return match(wanted, shipped_model(), **options)


def test_each_way_of_writing_somebody_finds_the_person_and_nobody_else(base: Base) -> None:
    directory, random = Directory(2500, seed=3), Random(4)  # noqa: S311 - not a secret
    fill(directory)
    persons = list(directory.persons())
    wanted = [
        (way, person.id, civil_of(written))
        for way in Distortion
        for person in random.sample(persons, len(persons))[:400]
        if (written := distorted(person.civil, way, random)) is not None
    ]
    wanted = [one for way in Distortion for one in [o for o in wanted if o[0] is way][:12]]
    assert {way for way, *_ in wanted} == set(Distortion)
    verdicts = found([civil for *_, civil in wanted])
    for (way, person, civil), verdict in zip(wanted, verdicts, strict=True):
        assert person in [one.person for one in verdict.candidates], (way, civil)
        assert verdict.outcome is Outcome.DISPUTE or verdict.candidates[0].person == person


def test_unknown_twins_are_never_linked_and_strangers_are_nobody(base: Base) -> None:
    directory = Directory(2500, seed=5)
    fill(directory)
    twins, strangers = (
        [civil_of(one.civil) for one in queries(directory, 150, seed=6, mix=mix)]
        for mix in (Mix(unknown=0, unknown_twins=1), Mix(unknown=1, unknown_twins=0))
    )
    assert Outcome.AUTOMATIC not in {verdict.outcome for verdict in found(twins)}
    assert {verdict.outcome for verdict in found(strangers)} == {Outcome.NOBODY}


def test_merged_persons_are_one_and_those_kept_apart_are_not_found(base: Base) -> None:
    directory = Directory(50, seed=7)
    fill(directory)
    one = civil_of(directory.person(20).civil)
    with transaction.atomic(), connection.cursor() as cursor:
        open_directory()
        assert directory_size() == directory.size
        # Two writings of one person, under the lower id of the two.
        cursor.execute(
            "INSERT INTO ine_person (id, root_id, family_name, first_name, birth_date, name_key,"
            " first_key, since) SELECT 900, id, family_name, first_name, birth_date, name_key,"
            " first_key, since FROM ine_person WHERE id = 20"
        )
    (verdict,) = found([one])
    assert (verdict.outcome, verdict.candidates[0].person) == (Outcome.AUTOMATIC, 20)
    (verdict,) = found([one], apart={(0, 20)})
    assert verdict.outcome is Outcome.NOBODY
    assert found([]) == []
