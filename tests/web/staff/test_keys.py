"""The page where two colleagues replace the key of a third, and what they give her."""

import io
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader
from tests.accounts.pskc import pskc, token
from tests.cast import Cast, browser
from tests.keys_of import TotpKey, totp_key

from bascule.accounts.keys import fleet
from bascule.accounts.keys.seeds import read_seeds
from bascule.accounts.models import Key, Person
from bascule.accounts.profiles import Permission, Profile
from bascule.journal import access

RESERVED = "2600000001"


class Play:
    """A head before the screen, a secretary beside her, and a colleague without her key."""

    def __init__(self, cast: Cast) -> None:
        cast.give("lea.seconde", Profile.SECRETARY)
        self.cast, self.lea = cast, cast.person("lea.seconde")
        self.url = f"/e/{cast.school}/personnel/{self.lea.pk}/cle/"
        self.keys: dict[str, TotpKey] = {
            person.login: totp_key(person, seed=f"seed of {person.login:30}".encode())
            for person in (cast.head, cast.secretary, self.lea)
        }
        self.screen = browser(cast.head)

    def fill_the_drawer(self) -> None:
        now = timezone.now()
        fleet.receive(seeds=read_seeds(content=pskc(token(1))), actor="tests", at=now)
        key = Key.objects.get(serial=RESERVED)
        fleet.reserve(key_id=key.pk, uai=self.cast.school, actor="tests", at=now)

    def typed(self, **changed: str) -> dict[str, str]:
        return {
            "reason": "lost",
            "given": "reserve",
            "serial": RESERVED,
            "code": self.keys["claire.morel"].code(),
            "second_login": "paul.petit",
            "second_code": self.keys["paul.petit"].code(),
        } | changed

    def state(self) -> str:
        return Key.objects.get(pk=self.keys["lea.seconde"].key.pk).state


@pytest.fixture
def play(cast: Cast) -> Play:
    return Play(cast)


@pytest.fixture
def with_drawer(play: Play) -> Play:
    play.fill_the_drawer()
    return play


def text_of(answer: HttpResponse) -> str:
    found = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", found.replace("&nbsp;", " ").replace("&#x27;", "'"))


def code_on(screen: Client, url: str) -> str:
    found = re.search(r'name="code" value="([^"]+)"', screen.get(f"{url}code/").content.decode())
    return found[1] if found else ""


# To whom it opens


@pytest.mark.parametrize("path", ["", "code/"])
def test_the_page_opens_to_who_may_replace_keys_there_and_to_nobody_else(
    cast: Cast, play: Play, path: str
) -> None:
    url = play.url + path
    cast.give("jean.prof", Profile.TEACHER)

    assert play.screen.get(url).status_code == 200
    assert browser(cast.secretary).get(url).status_code == 200
    assert browser(cast.person("jean.prof")).get(url).status_code == 403
    assert browser(cast.of_authority(Profile.DEEP)).get(url).status_code == 403
    assert browser(cast.head_next_door).get(url).status_code == 404
    assert browser(cast.outsider).get(url).status_code == 404
    assert browser().get(url).status_code == 302


def test_a_delegate_may_do_it_and_does(cast: Cast, with_drawer: Play) -> None:
    cast.give("max.tiers", Profile.DELEGATE, permission=Permission.KEYS_LOCAL)
    max_ = cast.person("max.tiers")
    his = totp_key(max_, seed=b"seed of max, twenty b")

    done = browser(max_).post(with_drawer.url, with_drawer.typed(code=his.code()))

    assert done.status_code == 302
    assert with_drawer.state() == "lost"


def test_whoever_is_not_of_the_school_is_not_there(cast: Cast, play: Play) -> None:
    for person in (cast.head_next_door, cast.outsider):
        url = f"/e/{cast.school}/personnel/{person.pk}/cle/"
        assert play.screen.get(url).status_code == 404


def test_nobody_replaces_her_own_key(cast: Cast, play: Play) -> None:
    answer = play.screen.get(f"/e/{cast.school}/personnel/{cast.head.pk}/cle/")

    assert answer.status_code == 409
    assert "deux personnes différentes" in text_of(answer)


# What it does


def test_the_page_says_what_ends_and_what_can_be_given(with_drawer: Play) -> None:
    text = text_of(with_drawer.screen.get(with_drawer.url))

    assert "Remplacer la clé de SECONDE Lea" in text
    assert "application d’authentification" in text
    assert "Une clé de la réserve" in text


def test_an_empty_drawer_leaves_the_code_of_activation(play: Play) -> None:
    text = text_of(play.screen.get(play.url))

    assert "réserve de l’établissement est vide" in text
    assert "Une clé de la réserve" not in text


def test_two_persons_replace_the_key_and_the_code_is_shown_once(with_drawer: Play) -> None:
    play = with_drawer

    done = play.screen.post(play.url, play.typed())
    first, second = (text_of(play.screen.get(f"{play.url}code/")) for _ in range(2))

    given = Key.objects.get(serial=RESERVED)
    assert done.headers["Location"] == f"{play.url}code/"
    assert (given.state, given.person) == ("handed", play.lea)
    assert play.state() == "lost"
    assert RESERVED in first
    assert "Activer une clé remise" in first
    assert "n’est plus affiché" in second


def test_the_papers_are_given_to_who_has_the_code_on_the_screen(
    cast: Cast, with_drawer: Play
) -> None:
    play = with_drawer
    play.screen.post(play.url, play.typed())
    code = code_on(play.screen, play.url)

    slip = play.screen.post(f"{play.url}bordereau.pdf", {"code": code})
    sheet = play.screen.post(f"{play.url}code.pdf", {"code": code})
    without = play.screen.post(f"{play.url}bordereau.pdf", {"code": "AAAA-AAAA-AAAA"})
    next_door = browser(cast.head_next_door).post(
        f"/e/{cast.other_school}/personnel/{play.lea.pk}/cle/code.pdf", {"code": code}
    )

    slip_text = PdfReader(io.BytesIO(slip.content)).pages[0].extract_text()
    assert "claire.morel + paul.petit" in re.sub(r"\s+", " ", slip_text)
    assert code in PdfReader(io.BytesIO(sheet.content)).pages[0].extract_text()
    assert without.status_code == next_door.status_code == 404
    noted = access.find(uais=[cast.school], criteria=access.Criteria(kinds=("paper.taken",)))
    assert [line.facts["paper"] for line in noted] == ["code", "bordereau"]


def test_a_code_of_activation_is_given_where_there_is_no_key(play: Play) -> None:
    play.screen.post(play.url, play.typed(given="activation"))

    text = text_of(play.screen.get(f"{play.url}code/"))

    assert "Activer mon compte" in text
    assert Person.objects.get(pk=play.lea.pk).activation_digest
    assert play.state() == "lost"


# What is refused: what was typed stays, codes do not


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"second_login": "claire.morel"}, "second_login", "deux personnes différentes"),
        ({"second_login": "lea.seconde"}, "second_login", "deux personnes différentes"),
        ({"second_login": "anne.voisin"}, "second_code", "ne peut pas remplacer"),
        ({"second_code": "000000"}, "second_code", "ne convient pas"),
        ({"code": "000000"}, "code", "ne convient pas"),
        ({"serial": "999"}, "serial", "n’est pas dans la réserve"),
        ({"serial": " "}, "serial", "Recopiez le numéro"),
        ({"reason": ""}, "reason", "obligatoire"),
        ({"second_login": ""}, "second_login", "obligatoire"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_changes(
    cast: Cast, with_drawer: Play, changed: dict[str, str], field: str, said: str
) -> None:
    assert cast.head_next_door
    play = with_drawer

    answer: Any = play.screen.post(play.url, play.typed(**changed))

    html = answer.content.decode()
    assert answer.status_code == 200
    assert said in " ".join(answer.context["form"].errors[field])
    assert play.typed()["second_code"] not in html
    assert play.state() == "active"
    assert Key.objects.get(serial=RESERVED).state == "stock"


def test_a_wrong_code_counts_as_a_failed_try(with_drawer: Play) -> None:
    with_drawer.screen.post(with_drawer.url, with_drawer.typed(second_code="000000"))

    assert Person.objects.get(login="paul.petit").failed_count == 1
