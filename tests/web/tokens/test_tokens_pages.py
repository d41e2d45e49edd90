"""The tokens of a school's software, on pages."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from tests.accounts.acting import actor
from tests.cast import Cast, browser
from tests.web.doors import RIGHT, statuses

from bascule.accounts import tokens
from bascule.accounts.profiles import Permission, Profile
from bascule.accounts.scopes import Scope
from bascule.accounts.tokens import CALL_KIND, MadeToken
from bascule.journal.access import Visitor, note

SHOWN = re.compile(r'value="(bsc_[^"]+)"')


def make(cast: Cast, uai: str = "", expires_on: date | None = None) -> MadeToken:
    today = timezone.localdate()
    who = cast.head if uai in ("", cast.school) else cast.head_next_door
    return tokens.create(
        uai=uai or cast.school,
        name="Charlemagne",
        scopes=[Scope.RUNS_READ],
        expires_on=expires_on or today + timedelta(days=100),
        actor=actor(who),
        at=timezone.now(),
        today=today,
    )


def recognise(text: str) -> tokens.Bearer | None:
    with transaction.atomic():
        return tokens.recognise(text=text, today=timezone.localdate())


def path(cast: Cast, rest: str = "") -> str:
    return f"/e/{cast.school}/logiciel/{rest}"


def typed(**changes: Any) -> dict[str, Any]:
    ends = timezone.localdate() + timedelta(days=200)
    return {
        "name": "Charlemagne",
        "scopes": ["runs:read"],
        "expires_on": f"{ends:%d/%m/%Y}",
        **changes,
    }


def test_each_page_opens_to_the_head_alone(cast: Cast) -> None:
    made = make(cast)

    for rest in ("", "nouveau/", f"{made.token.pk}/renouveler/", f"{made.token.pk}/retirer/"):
        assert statuses(cast, path(cast, rest), refused=cast.secretary) == RIGHT


def test_a_delegate_with_the_right_opens_them(cast: Cast) -> None:
    cast.give("paul.delegue", Profile.DELEGATE, permission=Permission.TOKENS)

    assert browser(cast.person("paul.delegue")).get(path(cast)).status_code == 200


def test_a_token_is_made_and_shown_once(cast: Cast) -> None:
    client = browser(cast.head)

    page = client.post(path(cast, "nouveau/"), typed())

    (text,) = SHOWN.findall(page.content.decode())
    assert page.headers["Cache-Control"] == "no-store"
    bearer = recognise(text)
    assert bearer is not None
    assert (bearer.uai, bearer.scopes) == (cast.school, (Scope.RUNS_READ,))
    assert text not in client.get(path(cast)).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scopes": []}, "Choisissez au moins une chose"),
        ({"name": " "}, "Ce champ est obligatoire"),
        ({"expires_on": "01/01/2020"}, "doit être à venir"),
        ({"expires_on": "01/01/2999"}, "400 jours"),
        ({"expires_on": "bientôt"}, "Saisissez une date valide"),
    ],
)
def test_what_makes_no_sense_is_told_and_what_was_typed_stays(
    cast: Cast, changes: dict[str, Any], said: str
) -> None:
    page = browser(cast.head).post(path(cast, "nouveau/"), typed(**changes))

    text = page.content.decode()
    assert page.status_code == 200
    assert said in text
    assert 'name="scopes"' in text
    assert tokens.list_tokens(uai=cast.school, today=timezone.localdate()) == []


def test_the_list_says_what_each_may_do_and_when_it_was_last_used(cast: Cast) -> None:
    made = make(cast)
    note(
        kind=CALL_KIND,
        visitor=Visitor("Charlemagne"),
        at=timezone.now(),
        uai=cast.school,
        about=tokens.about(made.token.pk),
    )

    text = browser(cast.head).get(path(cast)).content.decode()

    assert "Charlemagne" in text
    assert "Lire les imports et leurs comptes rendus" in text
    assert "MOREL Claire" in text
    assert "jamais" not in text
    assert "en service" in text


def test_a_token_that_ends_soon_says_so(cast: Cast) -> None:
    make(cast, expires_on=timezone.localdate() + timedelta(days=10))

    assert "se termine bientôt" in browser(cast.head).get(path(cast)).content.decode()


def test_a_token_is_renewed_beside_the_old_one(cast: Cast) -> None:
    made = make(cast)
    client = browser(cast.head)

    page = client.post(
        path(cast, f"{made.token.pk}/renouveler/"), {"expires_on": typed()["expires_on"]}
    )

    (text,) = SHOWN.findall(page.content.decode())
    for one in (made.text, text):
        assert recognise(one) is not None
    again = client.post(
        path(cast, f"{made.token.pk}/renouveler/"), {"expires_on": typed()["expires_on"]}
    )
    assert "déjà été renouvelé" in again.content.decode()


def test_a_token_is_withdrawn_after_one_has_read_what_stops(cast: Cast) -> None:
    made = make(cast)
    client = browser(cast.head)

    assert (
        "s’arrête aussitôt" in client.get(path(cast, f"{made.token.pk}/retirer/")).content.decode()
    )
    answer = client.post(path(cast, f"{made.token.pk}/retirer/"), follow=True)

    assert answer.redirect_chain == [(path(cast), 302)]
    assert "est retiré" in answer.content.decode()
    assert client.get(path(cast, f"{made.token.pk}/retirer/")).status_code == 404


def test_a_token_of_another_school_is_not_there(cast: Cast) -> None:
    theirs = make(cast, cast.other_school)

    for rest in ("renouveler/", "retirer/"):
        answer = browser(cast.head).post(
            path(cast, f"{theirs.token.pk}/{rest}"), {"expires_on": typed()["expires_on"]}
        )
        assert answer.status_code == 404
    (line,) = tokens.list_tokens(uai=cast.other_school, today=timezone.localdate())
    assert line.token.withdrawn_at is None
