"""The pages of the fleet: what they show, what they do, and to whom they open."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader
from tests.accounts.pskc import PASSPHRASE, Lock, pskc, token
from tests.cast import Cast, browser

from bascule.accounts.keys import fleet
from bascule.accounts.keys.moves import Move
from bascule.accounts.keys.seeds import read_seeds
from bascule.accounts.models import Key, KeyEvent
from bascule.accounts.profiles import AUTHORITY, Permission, Profile
from bascule.journal import access

HOME = "/rectorat/cles/"


@pytest.fixture
def agent(cast: Cast) -> Client:
    return browser(cast.of_authority(Profile.OPERATIONS))


def stock(*numbers: int) -> list[Key]:
    seeds = read_seeds(content=pskc(*(token(number) for number in numbers)))
    fleet.receive(seeds=seeds, actor="tests", at=timezone.now())
    return list(Key.objects.order_by("serial"))


def give(cast: Cast, key: Key) -> fleet.Handed:
    return fleet.hand_over(
        key_id=key.pk,
        person_id=cast.secretary.pk,
        uai=cast.school,
        actor="tests",
        at=timezone.now(),
        today=timezone.localdate(),
    )


def activate(cast: Cast, key: Key) -> None:
    give(cast, key)
    key.refresh_from_db()
    fleet.carry_out(key, Move.ACTIVATE, actor="paul.petit", at=timezone.now())


def upload(client: Client, content: bytes, passphrase: str = "", name: str = "seeds.xml") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(f"{HOME}livraison/", {"file": file, "passphrase": passphrase})


def text_of(answer: HttpResponse) -> str:
    """Give what a page says, without its tags; blanks of every kind are single."""
    found = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", found.replace("&nbsp;", " ").replace("&#x27;", "'"))


def told(key: Key) -> list[str]:
    return list(KeyEvent.objects.filter(key=key).order_by("id").values_list("kind", flat=True))


# To whom they open


@pytest.mark.parametrize(
    "path",
    [
        "",
        "livraison/",
        "livraison/controle/",
        "registre/",
        "registre.csv",
        "passage-otp/",
        "certificat/",
        "{key}/",
        "{key}/remise/",
        "{key}/code/",
        "{key}/bordereau.pdf",
        "{key}/acte/retrait/",
    ],
)
def test_the_pages_open_to_the_division_that_runs_the_fleet_and_to_nobody_else(
    cast: Cast, agent: Client, path: str
) -> None:
    (key,) = stock(1)
    url = HOME + path.format(key=key.pk)
    if path.endswith(("pdf", "code/")):
        give(cast, key)

    assert agent.get(url).status_code in {200, 302}
    for other in (cast.of_authority(Profile.DEEP), cast.of_authority(Profile.CECOIA)):
        assert browser(other).get(url).status_code == 404
    for stranger in (cast.head, cast.secretary, cast.head_next_door, cast.outsider):
        assert browser(stranger).get(url).status_code == 404
    assert browser().get(url).status_code == 302


def test_nobody_else_does_anything_with_a_key(cast: Cast) -> None:
    (key,) = stock(1)

    for who in (cast.head, cast.of_authority(Profile.DEEP)):
        answers = [
            browser(who).post(f"{HOME}{key.pk}/{path}")
            for path in ("acte/retrait/", "remise/", "code.pdf")
        ]
        assert {answer.status_code for answer in answers} == {404}
    assert told(key) == ["received"]


# The inventory


def test_an_empty_fleet_says_how_to_fill_it(agent: Client) -> None:
    assert "Entrez le fichier de clés" in text_of(agent.get(HOME))


def test_the_inventory_counts_and_filters(cast: Cast, agent: Client) -> None:
    first, second, _ = stock(1, 2, 3)
    activate(cast, first)

    whole, of_stock, of_paul = (
        text_of(agent.get(HOME + query)) for query in ("", "?etat=stock", "?q=petit+paul")
    )

    assert "3 clés trouvées" in whole
    assert "2 clés trouvées" in of_stock
    assert "1 clé trouvée" in of_paul
    assert first.serial in of_paul
    assert second.serial not in of_paul


def test_a_filter_that_nobody_offers_and_a_page_that_is_none_are_passed_over(
    agent: Client,
) -> None:
    stock(1)

    for query in ("?etat=nonsense", "?page=nonsense", "?page=999999999999", "?q=%00"):
        assert agent.get(HOME + query).status_code == 200


def test_the_inventory_asks_as_much_for_fifty_keys_as_for_two(
    agent: Client,
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            agent.get(HOME)
        return len(queries)

    stock(1, 2)
    agent.get(HOME)
    few = asked()
    stock_more = read_seeds(content=pskc(*(token(number) for number in range(3, 51))))
    fleet.receive(seeds=stock_more, actor="tests", at=timezone.now())

    assert asked() == few


# A delivery


def test_a_delivery_is_checked_then_confirmed(cast: Cast, agent: Client) -> None:
    checked = upload(agent, pskc(token(1), token(2), lock=Lock(passphrase=PASSPHRASE)), PASSPHRASE)
    assert checked.headers["Location"] == f"{HOME}livraison/controle/"
    preview = text_of(agent.get(f"{HOME}livraison/controle/"))
    before = Key.objects.count()

    done = agent.post(f"{HOME}livraison/controle/")

    assert "Entrer 2 clés en stock" in preview
    assert "2600000001" in preview
    assert before == 0
    assert done.headers["Location"] == f"{HOME}?etat=stock"
    assert Key.objects.filter(state="stock").count() == 2
    assert "Clés entrées en stock : 2." in text_of(agent.get(done.headers["Location"]))
    assert set(KeyEvent.objects.values_list("actor", flat=True)) == {"agent.operations"}


def test_the_seeds_that_wait_in_a_session_cannot_be_read_there(agent: Client) -> None:
    upload(agent, pskc(token(1)))

    kept = agent.session["keys_delivery"]
    assert token(1).secret.hex() not in kept
    assert "2600000001" not in kept


def test_a_delivery_may_be_given_up_and_is_not_confirmed_twice(agent: Client) -> None:
    upload(agent, pskc(token(1)))
    dropped = agent.post(f"{HOME}livraison/controle/", {"drop": "1"})
    again = agent.post(f"{HOME}livraison/controle/")

    assert dropped.headers["Location"] == again.headers["Location"] == f"{HOME}livraison/"
    assert not Key.objects.exists()


def test_refused_lines_are_listed_and_nothing_is_taken(agent: Client) -> None:
    content = f"serial;seed\n1;{'ab' * 20}\n2;0oops\n3;{'cd' * 20}\n;{'ef' * 20}\n".encode()

    answer = upload(agent, content, name="seeds.csv")

    text = text_of(answer)
    assert answer.status_code == 200
    assert "2 lignes sur 4 ne conviennent pas" in text
    assert "Lignes refusées" in text
    assert "3 la graine n’est écrite ni" in text
    assert "5 le numéro de série manque" in text
    assert not Key.objects.exists()
    assert "keys_delivery" not in agent.session


@pytest.mark.parametrize(
    ("content", "passphrase", "word"),
    [
        (pskc(token(1), lock=Lock(passphrase=PASSPHRASE)), "", "phrase secrète"),
        (pskc(token(1), lock=Lock(passphrase=PASSPHRASE)), "wrong", "convient"),
        (pskc(token(1), head="<!DOCTYPE x>"), "", "DOCTYPE"),
        (b"%PDF-1.7", "", "PDF"),
        (b"", "", "vide"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(
    agent: Client, content: bytes, passphrase: str, word: str
) -> None:
    answer = upload(agent, content, passphrase)

    assert answer.status_code == 200
    assert word in text_of(answer)


def test_keys_that_are_already_there_refuse_the_file(agent: Client) -> None:
    stock(1)

    assert "déjà dans le parc : 2600000001" in text_of(upload(agent, pskc(token(1), token(2))))


# A key, its life and its acts


def test_a_key_shows_its_life_and_what_may_be_done_now(cast: Cast, agent: Client) -> None:
    (key,) = stock(1)
    activate(cast, key)

    text = text_of(agent.get(f"{HOME}{key.pk}/"))

    for said in (
        "active",
        "PETIT Paul",
        "Entrée en stock",
        "Remise à son porteur",
        "Suspendre",
        "Déclarer perdue",
    ):
        assert said in text, said
    assert "Lever la suspension" not in text
    assert "Remettre à quelqu’un" not in text


@pytest.mark.parametrize(
    ("names", "state"),
    [
        (["suspension", "reprise"], "active"),
        (["suspension", "perte"], "lost"),
        (["retour", "remise-en-stock", "reserve"], "stock"),
        (["retour", "retrait"], "withdrawn"),
    ],
)
def test_acts_are_done_one_after_the_other_from_their_pages(
    cast: Cast, agent: Client, names: list[str], state: str
) -> None:
    (key,) = stock(1)
    activate(cast, key)

    for name in names:
        url = f"{HOME}{key.pk}/acte/{name}/"
        assert agent.get(url).status_code == 200
        sent = {"place": cast.school} if name == "reserve" else {"reason": "essai"}
        assert agent.post(url, sent).headers["Location"] == f"{HOME}{key.pk}/"

    key.refresh_from_db()
    assert key.state == state
    assert "inscrit au registre" in text_of(agent.get(f"{HOME}{key.pk}/"))
    assert len(told(key)) == 3 + len(names)


def test_an_act_that_is_not_possible_any_more_says_so(agent: Client) -> None:
    (key,) = stock(1)

    answer = agent.post(f"{HOME}{key.pk}/acte/suspension/", {"reason": ""})

    assert answer.status_code == 409
    assert "en stock" in text_of(answer)
    assert told(key) == ["received"]


def test_what_is_not_there_is_not_there(agent: Client) -> None:
    (key,) = stock(1)

    for path in ("999999/", "999999/remise/", f"{key.pk}/acte/nonsense/", "999999/bordereau.pdf"):
        assert agent.get(HOME + path).status_code == 404


def test_a_key_is_handed_over_to_a_person_found_by_name(cast: Cast, agent: Client) -> None:
    (key,) = stock(1)
    url, person = f"{HOME}{key.pk}/remise/", cast.secretary

    search = text_of(agent.get(url, {"q": "petit"}))
    chosen = text_of(agent.get(url, {"person": person.pk}))
    done = agent.post(url, {"person": person.pk, "place": cast.school})

    key.refresh_from_db()
    assert "PETIT Paul" in search
    assert cast.school in chosen
    assert done.headers["Location"] == f"{HOME}{key.pk}/code/"
    assert (key.state, key.person) == ("handed", person)


def test_the_code_is_shown_once_and_another_can_be_made(cast: Cast, agent: Client) -> None:
    (key,) = stock(1)
    agent.post(f"{HOME}{key.pk}/remise/", {"person": cast.secretary.pk, "place": cast.school})

    first, second = (text_of(agent.get(f"{HOME}{key.pk}/code/")) for _ in range(2))
    agent.post(f"{HOME}{key.pk}/acte/nouveau-code/")
    third = text_of(agent.get(f"{HOME}{key.pk}/code/"))

    code = re.compile(r"\b[3-9A-Y]{4}-[3-9A-Y]{4}-[3-9A-Y]{4}\b")
    assert code.search(first)
    assert not code.search(second)
    assert "n’est plus affiché" in second
    assert code.findall(third)[0] != code.findall(first)[0]


def test_the_papers_are_given_and_noted(cast: Cast, agent: Client) -> None:
    (key,) = stock(1)
    handed = give(cast, key)

    slip = agent.get(f"{HOME}{key.pk}/bordereau.pdf")
    sheet = agent.post(f"{HOME}{key.pk}/code.pdf", {"code": handed.code})
    wrong = agent.post(f"{HOME}{key.pk}/code.pdf", {"code": "AAAA-AAAA-AAAA"})

    assert slip.headers["Content-Type"] == sheet.headers["Content-Type"] == "application/pdf"
    assert "PETIT Paul" in PdfReader(io.BytesIO(slip.content)).pages[0].extract_text()
    assert handed.code in PdfReader(io.BytesIO(sheet.content)).pages[0].extract_text()
    assert wrong.status_code == 409
    noted = access.find(uais=[AUTHORITY], criteria=access.Criteria(kinds=("paper.taken",)))
    assert [line.facts["paper"] for line in noted] == ["code", "bordereau"]
    assert {line.about for line in noted} == {f"key/{key.pk}"}


def test_a_key_is_not_handed_to_whoever_has_no_right(cast: Cast, agent: Client) -> None:
    (key,) = stock(1)
    url = f"{HOME}{key.pk}/remise/"

    alone = text_of(agent.get(url, {"person": cast.outsider.pk}))
    forced = agent.post(url, {"person": cast.secretary.pk, "place": cast.other_school})

    assert "n’a aucun droit" in alone
    assert forced.status_code == 200
    assert told(key) == ["received"]


# The register


def test_the_register_is_shown_filtered_and_taken_out(cast: Cast, agent: Client) -> None:
    first, _ = stock(1, 2)
    activate(cast, first)
    fleet.declare_lost(
        key_id=first.pk, actor="tests", at=timezone.now(), reason="=HYPERLINK(1)"
    )  # what a spreadsheet would run
    today = f"{timezone.localdate():%d/%m/%Y}"

    whole = text_of(agent.get(f"{HOME}registre/"))
    lost = text_of(agent.get(f"{HOME}registre/", {"fait": "lost", "du": today, "au": today}))
    before = text_of(agent.get(f"{HOME}registre/", {"au": "01/01/2020"}))
    sheet = agent.get(f"{HOME}registre.csv", {"q": first.serial})

    assert "5 lignes" in whole
    assert "1 ligne" in lost
    assert "Aucune ligne" in before
    content = sheet.content.decode("utf-8-sig")
    assert sheet.content.startswith(b"\xef\xbb\xbf")
    assert content.splitlines()[0].startswith("N° de ligne;Date;Heure;Ce qui s’est passé")
    assert len(content.splitlines()) == 5
    assert ";'=HYPERLINK(1)" in content
    assert "attachment" in sheet.headers["Content-Disposition"]


def test_a_period_that_ends_before_it_begins_is_told(agent: Client) -> None:
    stock(1)
    query = {"du": "02/09/2026", "au": "01/09/2026"}

    assert "corrigez l’une des deux dates" in text_of(agent.get(f"{HOME}registre/", query))
    assert agent.get(f"{HOME}registre.csv", query).status_code == 302
    assert "Saisissez une date valide" in text_of(agent.get(f"{HOME}registre/", {"du": "soon"}))


# From API keys to OTP keys


def test_the_board_shows_who_has_only_an_api_key(cast: Cast, agent: Client) -> None:
    (key,) = stock(1)
    activate(cast, key)
    Key.objects.create(
        kind=Key.Kind.CERTIFICATE,
        state=Key.State.ACTIVE,
        person=cast.head,
        subject="CN=Claire",
        received_at=timezone.now(),
        activated_at=timezone.now(),
    )

    late, everybody = (
        text_of(agent.get(f"{HOME}passage-otp/{query}")) for query in ("", "?vue=tous")
    )

    assert "clé d’accès : 1 sur 2." in late
    assert "MOREL Claire" in late
    assert "Clé API seule" in late
    assert cast.other_school not in late
    assert cast.school in everybody
    assert "Avec une clé OTP : 1 sur 2 qui ont une clé." in everybody


def test_an_agent_of_one_department_sees_the_schools_of_hers(cast: Cast) -> None:
    cast.give("agent.local", Profile.OPERATIONS, department="098")

    answer = browser(cast.person("agent.local")).get(f"{HOME}passage-otp/?vue=tous")

    assert answer.status_code == 200
    assert cast.school not in text_of(answer)
    assert Permission.FLEET in Profile.OPERATIONS.permissions


def test_the_certificate_of_an_api_key_is_declared_for_a_person_found_by_name(
    cast: Cast, agent: Client
) -> None:
    url, person = f"{HOME}certificat/", cast.head

    search = text_of(agent.get(url, {"q": "morel"}))
    typed = {"person": person.pk, "place": cast.school, "subject": "CN=Claire"}
    wrong = text_of(agent.post(url, typed | {"expires_on": "01/01/2020"}))
    done = agent.post(url, typed | {"expires_on": "30/06/2099"})

    key = Key.objects.get(kind="certificate")
    assert "MOREL Claire" in search
    assert "n’est plus valable depuis le 01/01/2020" in wrong
    assert done.headers["Location"] == f"{HOME}{key.pk}/"
    assert (key.person, key.subject) == (person, "CN=Claire")
    assert "CN=Claire" in text_of(agent.get(f"{HOME}{key.pk}/"))
