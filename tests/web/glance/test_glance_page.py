"""The school at a glance: bars with their numbers, as many questions for one pupil as for many."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange.ready_school import AT, YEAR, ready_school
from tests.web.doors import RIGHT, statuses

from bascule.accounts.profiles import Profile
from bascule.certificates.issue import candidates
from bascule.journal.act import act
from bascule.students.headcounts import movements
from bascule.students.models import Enrolment


@pytest.fixture
def cast(base: Base) -> Cast:
    mine, other = ready_school(40), ready_school(4, number=2)
    mine.bring()
    other.bring()
    return Cast(school=mine.uai, other_school=other.uai)


def test_bars_say_what_the_tables_under_them_say(cast: Cast) -> None:
    cast.give("tom.prof", Profile.TEACHER)
    url = f"/e/{cast.school}/{YEAR}/coup-d-oeil/"
    assert statuses(cast, url, refused=cast.person("tom.prof")) == RIGHT
    pupils = candidates(uai=cast.school, year=YEAR)
    before = movements(uai=cast.school, year=YEAR)
    with act(uai=cast.school, kind="test", actor="tests", at=AT) as opened:
        Enrolment.objects.filter(student_id=pupils[0].id, year=YEAR).update(
            left_on=date(2026, 11, 3), exit_reason="11", act_id=opened.id
        )
        Enrolment.objects.filter(student_id=pupils[1].id, year=YEAR).update(
            entered_on=date(2026, 10, 5), act_id=opened.id
        )

    page = browser(cast.secretary).get(url).content.decode()

    assert f"{len(pupils) - 1} élèves présents" in page
    for division in {one.division for one in pupils}:
        count = sum(one.division == division for one in pupils[1:])
        assert f'<th scope="row">{division}</th><td class="num">{count}</td>' in page
    came = {one.month: one.arrival_count for one in before}
    october = came.get(date(2026, 10, 1), 0) + 1
    assert f'oct. 2026</th><td class="num">{october}</td><td class="num">0</td>' in page.lower()
    assert 'nov. 2026</th><td class="num">0</td><td class="num">1</td>' in page.lower()
    assert "Imports de l’année" in page
    assert not re.search(r"\sstyle=|\son\w+=", page)
    # Next door is a tenth of it, and asks as much.
    with CaptureQueriesContext(connection) as many:
        browser(cast.head).get(url)
    with CaptureQueriesContext(connection) as few:
        browser(cast.head_next_door).get(f"/e/{cast.other_school}/{YEAR}/coup-d-oeil/")
    assert len(many) == len(few)
