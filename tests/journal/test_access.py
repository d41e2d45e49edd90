"""Who looked at what: lines are found by whom they concern, and by nobody else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from tests.bases import Base

from bascule.journal.access import Criteria, Visitor, find, find_own, note
from bascule.journal.act import AUTHORITY, act
from bascule.journal.acts import facts_of, find_acts
from bascule.journal.models import Access
from bascule.store.policies import confine
from bascule.values.uai import make_uai

OURS, THEIRS = make_uai("099", 1), make_uai("099", 2)
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
CLAIRE, PAUL = Visitor("claire.morel", 1, "192.0.2.7"), Visitor("paul.petit", 2)


def look(
    visitor: Visitor = CLAIRE,
    *,
    day: int = 0,
    pupil: int = 1,
    uai: str = OURS,
    kind: str = "record.read",
) -> None:
    note(kind=kind, visitor=visitor, at=AT + timedelta(days=day), uai=uai, about=f"student/{pupil}")


def about(lines: list[Access]) -> list[str]:
    return [line.about.removeprefix("student/") for line in lines]


def test_lines_are_found_latest_first(base: Base) -> None:
    for pupil in (1, 2, 3):
        look(pupil=pupil)

    assert about(find(uais=[OURS])) == ["3", "2", "1"]


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        (Criteria(), ["4", "3", "2", "1"]),
        (Criteria(person_ids=(2,)), ["2"]),
        (Criteria(actors=("paul.petit",)), ["2"]),
        (Criteria(about=("student/3",)), ["3"]),
        (Criteria(kinds=("paper.taken",)), ["4"]),
        (Criteria(kinds=("paper.taken", "record.read"), person_ids=(1,)), ["4", "3", "1"]),
        (Criteria(since=AT + timedelta(days=3)), ["4", "3"]),
        (Criteria(until=AT + timedelta(days=3)), ["2", "1"]),
    ],
)
def test_each_criterion_keeps_its_own(base: Base, criteria: Criteria, found: list[str]) -> None:
    look(day=1, pupil=1)
    look(PAUL, day=2, pupil=2)
    look(day=3, pupil=3)
    look(day=4, pupil=4, kind="paper.taken")

    assert about(find(uais=[OURS], criteria=criteria)) == found


def test_pages_follow_each_other_without_gap_or_repeat(base: Base) -> None:
    for pupil in range(7):
        look(pupil=pupil)
    criteria, seen = Criteria(), []

    while page := find(uais=[OURS], criteria=criteria, most=3):
        seen += about(page)
        criteria = replace(criteria, before_id=page[-1].pk)

    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_lines_of_another_school_are_found_only_by_who_reaches_it(base: Base) -> None:
    look(uai=OURS)
    look(uai=THEIRS)

    with transaction.atomic():
        confine(OURS, person_id=9)
        assert [line.uai for line in find(uais=[OURS, THEIRS])] == [OURS]


def test_a_person_finds_her_own_lines_wherever_they_are(base: Base) -> None:
    look(uai=OURS)
    look(uai=THEIRS)
    look(PAUL, uai=OURS)

    with transaction.atomic():
        confine(person_id=1)
        assert [line.uai for line in find_own(person_id=1)] == [THEIRS, OURS]
        assert find_own(person_id=2) == []


def test_a_line_is_never_rewritten(base: Base) -> None:
    look()

    with transaction.atomic(), connection.cursor() as cursor:
        confine(OURS)
        with pytest.raises(Exception, match="permission denied"):
            cursor.execute("UPDATE journal_access SET actor = ''")


def test_acts_are_found_with_their_facts(base: Base) -> None:
    for uai, kind in ((OURS, "right.give"), (AUTHORITY, "school.register"), (THEIRS, "right.give")):
        with act(uai=uai, kind=kind, actor="deep", at=AT) as opened:
            opened.facts |= {"to": uai}

    found = find_acts(uais=[OURS, THEIRS, AUTHORITY], criteria=Criteria(kinds=("right.give",)))

    assert [facts_of(one) for one in found] == [{"to": THEIRS}, {"to": OURS}]
    assert find_acts(uais=[OURS], criteria=Criteria(actors=("nobody",))) == []
    assert find_acts(uais=[OURS], criteria=Criteria(about=("student/1",))) == []


def test_a_search_of_days_goes_by_an_index(base: Base) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'access_by_day'")
        assert "USING brin (at)" in cursor.fetchone()[0]
