from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR, ReadySchool
from tests.preparation.releasing import FIRST, SCHOOL, close_mef, held, load_programmes, publish
from tests.web.doors import RIGHT, statuses

from bascule.accounts.models import Person
from bascule.accounts.profiles import Permission, Profile
from bascule.journal.milestones import Milestone, reached
from bascule.preparation import descent, offers, successors
from bascule.schools.open_year import State, change_state

READ = ("received",)
WRITE = ("home", "subjects", "programmes", "origins", "etp", "validate", "move")


def two_schools_of_a_release() -> tuple[ReadySchool, ReadySchool]:
    schools = Cast.of_two_schools()
    load_programmes()
    publish()
    for school in schools:
        descent.receive(uai=school.uai, year=YEAR, **SCHOOL)
    return schools


@pytest.fixture
def stage() -> Any:
    return two_schools_of_a_release


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser(cast.secretary)


def url(cast: Cast, name: str) -> str:
    return reverse(f"profiling:{name}", args=[cast.school, YEAR])


def teacher(cast: Cast) -> Person:
    cast.give("luc.prof", Profile.TEACHER)
    return cast.person("luc.prof")


def retained(cast: Cast) -> list[str]:
    return list(offers.state_of(uai=cast.school, year=YEAR).mefs)


def close_the_last(cast: Cast) -> descent.Closed:
    close_mef(retained(cast)[-1])
    publish(at=timezone.now())
    descent.receive(uai=cast.school, year=YEAR, **SCHOOL)
    (found,) = descent.changes(uai=cast.school, year=YEAR).closed
    return found


@pytest.mark.parametrize("name", READ + WRITE)
def test_a_page_opens_to_the_people_of_the_school_who_prepare_its_year(
    cast: Cast, name: str
) -> None:
    assert statuses(cast, url(cast, name), refused=teacher(cast)) == RIGHT
    assert browser(cast.secretary).get(url(cast, name)).status_code == 200


def test_who_only_reads_the_preparation_sees_no_button(cast: Cast) -> None:
    cast.give("lise.lit", Profile.DELEGATE, permission=Permission.PREPARE)
    close_the_last(cast)

    answer = browser(cast.person("lise.lit")).get(url(cast, "received"))

    assert answer.status_code == 200
    main = answer.content.decode().partition("<main")[2]
    assert "fermé" in main
    assert "<form" not in main


def test_a_school_receives_what_waits_for_it(cast: Cast, client: Client) -> None:
    publish(excluded=[FIRST], at=timezone.now())
    assert "vous attendent" in client.get(url(cast, "received")).content.decode()

    client.post(url(cast, "receive"))

    assert "vous attendent" not in client.get(url(cast, "received")).content.decode()
    assert descent.receipts_of(uai=cast.school, year=YEAR)[0].release.number == 2


def test_what_was_ticked_follows_from_search_to_search_and_is_saved_with_the_rest(
    cast: Cast, client: Client
) -> None:
    mine = retained(cast)
    found = client.post(url(cast, "home"), {"q": "premiere generale", "chercher": "1"})
    assert FIRST in found.content.decode()

    # She ticks it, then looks for something else.
    away = client.post(
        url(cast, "home"), {"q": "seconde", "vu": [FIRST], "choix": [FIRST], "chercher": "1"}
    )
    text = away.content.decode()
    assert f'name="ajout" value="{FIRST}"' in text
    assert "Pas encore enregistré" in text
    done = client.post(url(cast, "home"), {"q": "seconde", "ajout": [FIRST], "enregistrer": "1"})

    assert done.status_code == 302
    assert set(retained(cast)) == {*mine, FIRST}


def test_a_search_in_the_address_works_too(cast: Cast, client: Client) -> None:
    page = client.get(url(cast, "home"), {"q": FIRST}).content.decode()

    assert f'value="{FIRST}"' in page


def test_a_mef_with_pupils_is_taken_out_on_a_page_that_says_what_follows(
    cast: Cast, client: Client
) -> None:
    mef = retained(cast)[0]
    sent = {"vu": [mef], "choix": [], "enregistrer": "1"}
    told = client.post(url(cast, "home"), sent)
    page = told.content.decode()
    assert told.status_code == 200
    assert "Retirer quand même" in page
    assert f'name="retrait" value="{mef}"' in page
    assert mef in retained(cast)

    back = client.post(url(cast, "home"), {"retrait": [mef], "confirme": "1", "chercher": "1"})
    assert back.status_code == 200
    assert mef in retained(cast)
    client.post(url(cast, "home"), {"retrait": [mef], "confirme": "1", "enregistrer": "1"})

    assert mef not in retained(cast)


def test_the_whole_profiling_goes_step_by_step_to_its_validation(
    cast: Cast, client: Client
) -> None:
    after_mefs = client.post(url(cast, "home"), {"vu": [FIRST], "choix": [FIRST], "continuer": "1"})
    assert after_mefs["Location"] == url(cast, "subjects")
    after_subjects = client.post(
        url(cast, "subjects"), {"vu": ["061300"], "choix": ["061300"], "continuer": "1"}
    )
    assert after_subjects["Location"] == url(cast, "programmes")
    refused = client.post(url(cast, "validate"))
    assert "lancez le profilage" in refused.content.decode()
    client.post(url(cast, "programmes"))
    after_origins = client.post(url(cast, "origins"), {"continuer": "1"})
    # No vocational MEF: no step for them.
    assert after_origins["Location"] == url(cast, "validate")
    done = client.post(url(cast, "validate"), follow=True)

    assert "Le profilage est validé" in done.content.decode()
    marks = reached(cast.school, year=YEAR)[cast.school]
    validated = marks[Milestone.PROFILE_VALIDATED]
    assert validated.act_id > marks[Milestone.PROFILE_CHANGED].act_id
    assert validated.actor == cast.secretary.login
    assert f"{FIRST}|061300|O" in held(cast.school)[0]["PROGRAMME"]


def test_the_pupils_of_a_closed_mef_move_at_one_press_and_come_back_at_another(
    cast: Cast, client: Client
) -> None:
    closed = close_the_last(cast)
    page = client.get(url(cast, "received")).content.decode()
    assert closed.successor in page

    client.post(url(cast, "move"), {"de": closed.code, "vers": closed.successor})
    (move,) = successors.moves(uai=cast.school, year=YEAR)
    assert move.pupil_count == len(closed.usage.pupil_ids)
    done = client.post(url(cast, "undo-move"), {"acte": str(move.act_id)}, follow=True)

    assert "Le déplacement est annulé" in done.content.decode()
    assert successors.moves(uai=cast.school, year=YEAR) == []


def test_another_mef_may_be_chosen_after_seeing_the_pupils(cast: Cast, client: Client) -> None:
    closed = close_the_last(cast)

    page = client.get(url(cast, "move"), {"de": closed.code}).content.decode()
    refused = client.post(url(cast, "move"), {"de": closed.code, "vers": "99999999999"})

    assert f'value="{closed.successor}"' in page
    assert refused.status_code == 200
    assert "non diffusé" in refused.content.decode()


def test_names_of_pupils_are_for_who_may_read_records(cast: Cast) -> None:
    cast.give("marc.mef", Profile.DELEGATE, permission=Permission.PROFILE)
    mef = retained(cast)[0]

    here = browser(cast.secretary).get(url(cast, "move"), {"de": mef}).content.decode()
    there = browser(cast.person("marc.mef")).get(url(cast, "move"), {"de": mef}).content.decode()

    assert "Voir les élèves" in here
    assert "Voir les élèves" not in there


def test_a_closed_year_is_read_and_not_written(cast: Cast, client: Client) -> None:
    change_state(
        uai=cast.school, year=YEAR, state=State.CLOSED, actor="deep",
        at=timezone.now() + timedelta(seconds=1),
    )  # fmt: skip
    before: Any = held(cast.school)

    refused = client.post(url(cast, "home"), {"vu": [FIRST], "choix": [FIRST], "enregistrer": "1"})

    assert client.get(url(cast, "received")).status_code == 200
    assert refused.status_code == 409
    assert held(cast.school) == before
