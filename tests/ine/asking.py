"""What tests of identities share: schools whose software knows no number, and what is then asked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from tests.exchange.ready_school import AT, YEAR, ReadySchool

from bascule.generator.population import Population, Pupil
from bascule.ine.models import Link, Request
from bascule.ine.reasons import Reason
from bascule.ine.settle import Settled, settle
from bascule.journal.act import act
from bascule.store.policies import DIRECTORY_SETTING, open_schools


def without_numbers(pupil: Pupil) -> Pupil:
    return replace(pupil, ine="", ine_bea="", ine_rnie="")


def population(school: ReadySchool, pupils: list[Pupil] | None = None) -> Population:
    """Give what the software knows, without national numbers; or with these pupils."""
    own = pupils or list(map(without_numbers, school.population.pupils))
    return replace(school.population, pupils=own)


def civil_of(pupil: Pupil) -> dict[str, Any]:
    """Give who a pupil is, to whatever school he or she goes."""
    names = ("family", "usual", "first", "second", "third", "sex", "birth", "birth_country")
    names += ("birth_commune", "birth_town", "nationality")
    none = dict.fromkeys(("ine", "ine_bea", "ine_rnie"), "")
    return {name: getattr(pupil, name) for name in names} | none


def ask(school: ReadySchool, days: int = 0, **options: bool) -> Settled:
    return settle(uai=school.uai, year=YEAR, actor="night", at=AT + timedelta(days=days), **options)


def rows(uai: str, query: str) -> list[Any]:
    """Read as the application does, with a school and the directory open."""
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        cursor.execute("SELECT set_config(%s, 'on', true)", [DIRECTORY_SETTING])
        cursor.execute(query)
        return cursor.fetchall()


def numbers(uai: str) -> dict[str, str | None]:
    return dict(rows(uai, "SELECT identity_key, coalesce(ine_rnie, ine) FROM students_student"))


def states(uai: str) -> dict[str, tuple[str, str]]:
    return {
        key: (state, reason)
        for key, state, reason in rows(
            uai,
            "SELECT s.identity_key, r.state, r.reason FROM ine_request r"
            " JOIN students_student s ON s.id = r.student_id",
        )
    }


def put_in_dispute(uai: str) -> Request:
    """Make it doubtful whether two pupils of a school are one, as nobody would."""
    with act(uai=uai, kind="ine.give", actor="tests", at=AT) as opened:
        one, other = Link.objects.filter(uai=uai).order_by("id")[:2]
        request = Request.objects.get(uai=uai, student_id=one.student_id)
        request.state, request.reason = Request.State.DISPUTE, Reason.LOOK_ALIKES
        request.candidates = [{"person": other.person_id, "score": None}]
        request.act_id = opened.id
        request.save()
    return request
