"""The people of the demonstration: they sign in for real, and nowhere else than in the embedded base."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client, override_settings
from tests.bases import Base
from tests.exchange.ready_school import AT, ready_school

from bascule.accounts import signin
from bascule.accounts.models import Right
from bascule.accounts.session_store import SessionStore
from bascule.accounts.steps import Browser
from bascule.generator import staff
from bascule.store.policies import open_schools


@pytest.fixture
def home(tmp_path: Path, base: Base) -> Iterator[Path]:
    with override_settings(BASCULE_EMBEDDED=True, BASCULE_HOME=tmp_path):
        yield tmp_path


def signs_in(player: staff.Player) -> bool:
    session, here = SessionStore(), Browser(address="127.0.0.1")
    signin.give_password(
        session, login=player.login, password=staff.password(), at=AT, browser=here
    )
    return (
        signin.give_code(session, code=player.code, at=AT, browser=here).person.login
        == player.login
    )


@pytest.mark.usefixtures("home")
def test_everybody_signs_in_with_the_password_and_what_the_key_shows() -> None:
    first, second = ready_school(4), ready_school(4, number=2)

    staff.settle(uais=[first.uai, second.uai], at=AT)

    players = staff.players(at=AT)
    assert [(player.login, signs_in(player)) for player in players] == [
        (player.login, True) for player in players
    ]
    assert len(players) == len(staff.ROLES)


@pytest.mark.usefixtures("home")
def test_a_second_play_takes_the_same_people_to_its_own_schools() -> None:
    first, second = ready_school(4), ready_school(4, number=2)

    staff.settle(uais=[first.uai], at=AT)
    staff.settle(uais=[second.uai], at=AT)

    with transaction.atomic():
        open_schools(first.uai, second.uai)
        held = set(Right.objects.filter(withdrawn_at__isnull=True).values_list("uai", flat=True))
    assert held == {second.uai}


def test_a_base_of_ones_own_has_no_such_people(base: Base) -> None:
    school = ready_school(4)

    with pytest.raises(staff.NotFictionalError):
        staff.settle(uais=[school.uai], at=AT)
    with pytest.raises(staff.NotFictionalError):
        staff.players(at=AT)
    assert Client(SERVER_NAME="localhost").get("/sante/").status_code == 200
