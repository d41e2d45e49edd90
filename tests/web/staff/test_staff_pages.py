"""The people of a school: who is there, what each may do, given and taken back by the head."""

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader
from tests.cast import Cast, browser

from bascule.accounts import activation, codes, rights
from bascule.accounts.actor import actor_of
from bascule.accounts.models import Key, Person, Right
from bascule.accounts.profiles import Permission, Profile
from bascule.journal.acts import facts_of, find_acts


def end_of_year() -> date:
    today = timezone.localdate()
    ends = date(today.year, 8, 31)
    return ends if ends > today else ends.replace(year=today.year + 1)


def home(cast: Cast) -> str:
    return f"/e/{cast.school}/personnel/"


def page_of(cast: Cast, person: Person) -> str:
    return f"{home(cast)}{person.pk}/"


def said(answer: Any) -> str:
    """Give what a page says, without its tags; blanks of every kind are single."""
    found = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", found.replace("&#x27;", "'"))


def live(cast: Cast, person: Person) -> list[Right]:
    return [
        right
        for right in rights.rights_in(uai=cast.school, today=timezone.localdate())
        if right.person_id == person.pk
    ]


def holds(cast: Cast, person: Person, permission: Permission) -> bool:
    return actor_of(person, today=timezone.localdate()).holds(permission, cast.school)


@pytest.fixture
def head(cast: Cast) -> Client:
    return browser(cast.head)


# ---------------------------------------------------------------- to whom they open


PAGES = ("", "nouveau/", "historique/", "{person}/", "{person}/modifier/")
POSTS = ("nouveau/", "{person}/", "{person}/profil/", "{person}/compte/", "{person}/lettre/")


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_to_the_head_and_to_nobody_else(cast: Cast, page: str) -> None:
    path = home(cast) + page.format(person=cast.secretary.pk)

    assert browser(cast.head).get(path).status_code == 200
    assert browser(cast.secretary).get(path).status_code == 403
    assert browser(cast.of_authority(Profile.DEEP)).get(path).status_code == 403
    assert browser(cast.head_next_door).get(path).status_code == 404
    assert browser(cast.outsider).get(path).status_code == 404
    assert browser().get(path).status_code == 302


@pytest.mark.parametrize("page", POSTS)
def test_nobody_else_writes(cast: Cast, page: str) -> None:
    path = home(cast) + page.format(person=cast.secretary.pk)
    assert cast.head_next_door
    before = len(live(cast, cast.secretary)), Person.objects.count()

    assert browser(cast.secretary).post(path).status_code == 403
    assert browser(cast.head_next_door).post(path).status_code == 404
    assert browser().post(path).status_code == 302
    assert (len(live(cast, cast.secretary)), Person.objects.count()) == before


@pytest.mark.parametrize(
    "page", ["", "modifier/", "profil/", "compte/", "lettre/", "droits/{right}/retirer/"]
)
def test_somebody_next_door_is_not_there(cast: Cast, head: Client, page: str) -> None:
    right = cast.give("rose.loin", Profile.SECRETARY, cast.other_school)
    path = page_of(cast, cast.person("rose.loin")) + page.format(right=right.pk)

    answer = head.post(path, {"acte": "desactiver", "profile": "secretary"})

    assert answer.status_code == 404
    rose = Person.objects.get(login="rose.loin")
    assert rose.state == Person.State.ACTIVE
    assert actor_of(rose, today=timezone.localdate()).rights


# ---------------------------------------------------------------- the list


def test_the_list_says_what_each_may_do_until_when_and_with_which_key(
    cast: Cast, head: Client
) -> None:
    soon = timezone.localdate() + timedelta(days=10)
    cast.give("paul.petit", Profile.SECRETARY)
    cast.give("paul.petit", Profile.DELEGATE, permission=Permission.SENSITIVE_READ, ends_on=soon)
    cast.person("rose.marin", state=Person.State.INVITED)
    cast.give("rose.marin", Profile.TEACHER)
    Key.objects.create(
        kind=Key.Kind.HOTP, state=Key.State.ACTIVE, person=cast.person("paul.petit"),
        received_at=timezone.now(), last_used_at=timezone.now(),
    )  # fmt: skip

    text = said(head.get(home(cast)))

    assert "3 personnes" in text
    assert "PETIT Paul paul.petit" in text
    assert "Secrétaire" in text
    assert f"bourses, nationalité et autres données sensibles, jusqu’au {soon:%d/%m/%Y}" in text
    assert f"finit le {soon:%d/%m/%Y}" in text
    assert f"{timezone.localdate():%d/%m/%Y} à" in text
    assert "à activer" in text
    assert "jamais" in text
    assert "rose.loin" not in text


def test_many_delegations_are_counted(cast: Cast, head: Client) -> None:
    for permission in (one for one in Permission if one.is_delegable):
        cast.give("paul.petit", Profile.DELEGATE, permission=permission)

    assert "autres droits délégués" in said(head.get(home(cast)))


def test_the_list_is_searched_without_accents_and_an_empty_answer_says_what_to_do(
    cast: Cast, head: Client
) -> None:
    cast.give("zoé.lefèvre", Profile.TEACHER)

    assert "1 personne " in said(head.get(home(cast), {"q": "lefev"}))
    assert "Personne ne répond" in said(head.get(home(cast), {"q": "xyz"}))


def test_whoever_left_is_folded_away_and_can_be_opened(cast: Cast, head: Client) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    cast.give("paul.petit", Profile.SECRETARY, ends_on=yesterday)

    text = said(head.get(home(cast)))

    assert "1 personne n’a plus de droit ici" in text
    assert "Plus aucun droit ici" in said(head.get(page_of(cast, cast.person("paul.petit"))))


def test_the_list_asks_the_base_the_same_for_two_people_and_for_twenty(
    cast: Cast, head: Client
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            head.get(home(cast))
        return len(captured)

    cost()
    few = cost()
    for number in range(20):
        cast.give(f"agent{number}.ecole", Profile.TEACHER)

    assert cost() == few


# ---------------------------------------------------------------- to add


def new(cast: Cast, client: Client, **typed: Any) -> Any:
    given = {"family_name": "Dupré", "first_name": "Léa", "email": "", "profile": "secretary"}
    return client.post(f"{home(cast)}nouveau/", given | typed)


def test_a_secretary_is_added_and_her_letter_offered(cast: Cast, head: Client) -> None:
    answer = new(cast, head, email="lea@example.fr")

    person = Person.objects.get(login="lea.dupre")
    assert answer.headers["Location"] == page_of(cast, person)
    text = said(head.get(page_of(cast, person)))
    assert "Faire la lettre d’activation (PDF)" in text
    assert "Les droits de cette personne sont enregistrés." in text
    assert [right.profile for right in live(cast, person)] == ["secretary"]
    assert person.created_by == "claire.morel"


def test_the_letter_is_one_page_with_a_code_that_is_good(cast: Cast, head: Client) -> None:
    new(cast, head)
    person = Person.objects.get(login="lea.dupre")

    answer = head.post(f"{page_of(cast, person)}lettre/")

    (page,) = PdfReader(io.BytesIO(answer.content)).pages
    found = re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", page.extract_text())
    person.refresh_from_db()
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert found is not None
    assert codes.is_code(found[0], bytes(person.activation_digest))
    assert "Une lettre a été faite" in said(head.get(page_of(cast, person)))


def test_rights_are_given_one_by_one_from_the_start(cast: Cast, head: Client) -> None:
    ends_on = end_of_year()

    new(
        cast, head, profile="delegate", permissions=["export.make", "structures.write"],
        ends_on=f"{ends_on:%d/%m/%Y}",
    )  # fmt: skip

    person = Person.objects.get(login="lea.dupre")
    assert [(right.permission, right.ends_on) for right in live(cast, person)] == [
        ("export.make", ends_on),
        ("structures.write", ends_on),
    ]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"family_name": ""}, "Ce champ est obligatoire"),
        ({"email": "lea"}, "adresse"),
        ({"profile": "delegate"}, "Cochez au moins un droit à déléguer."),
        ({"permissions": ["export.make"]}, "Une délégation a toujours une date de fin"),
        (
            {"permissions": ["export.make"], "ends_on": "31/08/2099"},
            "La date de fin est trop lointaine",
        ),
        ({"ends_on": "01/01/2020"}, "Un droit commence aujourd’hui au plus tôt"),
        ({"permissions": ["census.sign"], "ends_on": "{end}"}, "ne se délègue pas"),
        ({"profile": "head"}, "Sélectionnez un choix valide"),
        ({"permissions": ["operations.run"], "ends_on": "{end}"}, "Sélectionnez un choix valide"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    cast: Cast, head: Client, typed: dict[str, Any], sentence: str
) -> None:
    if typed.get("ends_on") == "{end}":
        typed = {**typed, "ends_on": f"{end_of_year():%d/%m/%Y}"}

    answer = new(cast, head, **typed)

    assert answer.status_code == 200
    assert sentence in said(answer)
    assert 'value="Léa"' in answer.content.decode()
    assert not Person.objects.filter(first_name="Léa").exists()


def test_whoever_is_known_is_proposed_and_not_entered_twice(cast: Cast, head: Client) -> None:
    assert cast.head_next_door

    answer = new(cast, head, family_name="voisin", first_name="ANNE")

    text = said(answer)
    assert "Un compte existe déjà à ce nom" in text
    assert "anne.voisin" in text
    assert "a…@example.fr" in text
    assert Person.objects.filter(family_name="VOISIN").count() == 1
    assert not live(cast, cast.head_next_door)

    new(cast, head, family_name="voisin", first_name="ANNE", known=cast.head_next_door.pk)

    assert [right.profile for right in live(cast, cast.head_next_door)] == ["secretary"]
    assert Person.objects.filter(family_name="VOISIN").count() == 1


def test_a_homonym_gets_another_account(cast: Cast, head: Client) -> None:
    assert cast.head_next_door

    new(cast, head, family_name="Voisin", first_name="Anne", homonym="oui")

    assert Person.objects.filter(login="anne.voisin2").exists()


@pytest.mark.parametrize("known", ["{outsider}", "99999999", "9" * 30, "x"])
def test_an_account_is_not_reached_by_its_number_alone(
    cast: Cast, head: Client, known: str
) -> None:
    assert cast.outsider

    answer = new(cast, head, known=known.format(outsider=cast.outsider.pk))

    assert answer.status_code in {302, 404, 200}
    assert not live(cast, cast.outsider)


# ---------------------------------------------------------------- somebody


def delegate(cast: Cast, client: Client, *permissions: str, ends_on: str | None = None) -> Any:
    ends = f"{end_of_year():%d/%m/%Y}" if ends_on is None else ends_on
    typed = {"permissions": list(permissions), "ends_on": ends}
    return client.post(page_of(cast, cast.secretary), typed)


def test_the_page_shows_what_can_be_given_and_why_not_the_rest(cast: Cast, head: Client) -> None:
    cast.give("rose.marin", Profile.TEACHER)

    answer = head.get(page_of(cast, cast.person("rose.marin")))

    text, markup = said(answer), answer.content.decode()
    for application in (
        "Base élèves", "Imports et exports", "Préparation de l’année", "Indemnités", "Comptes et sécurité",
    ):  # fmt: skip
        assert application in text
    assert "Signer le constat de rentrée – reste au chef d’établissement" in text
    assert re.search(r'value="census.sign"[^>]* disabled', markup)
    assert re.search(r'value="export.make"[^>]*>', markup)
    assert not re.search(r'value="export.make"[^>]* disabled', markup)


def test_rights_are_delegated_from_the_page_and_named(cast: Cast, head: Client) -> None:
    answer = delegate(cast, head, "sensitive.read", "tokens.manage")

    assert answer.status_code == 302
    assert holds(cast, cast.secretary, Permission.SENSITIVE_READ)
    text = said(head.get(page_of(cast, cast.secretary)))
    assert "Droits donnés : Voir bourses, nationalité et autres données sensibles, Relier" in text
    assert "délégué" in text
    assert "MOREL Claire" in text


def test_a_delegation_without_an_end_is_refused_and_the_boxes_stay_ticked(
    cast: Cast, head: Client
) -> None:
    answer = delegate(cast, head, "sensitive.read", ends_on="")

    assert "Une délégation a toujours une date de fin" in said(answer)
    assert re.search(r'value="sensitive.read"[^>]* checked', answer.content.decode())
    assert not holds(cast, cast.secretary, Permission.SENSITIVE_READ)


def test_what_is_taken_back_is_gone_at_the_next_request(cast: Cast, head: Client) -> None:
    cast.give("rose.marin", Profile.DELEGATE, permission=Permission.PUPILS_READ)
    rose = cast.person("rose.marin")
    hers = browser(rose)
    pupils = f"/e/{cast.school}/2026/eleves/"
    assert hers.get(pupils).status_code == 200
    (right,) = live(cast, rose)

    answer = head.post(f"{page_of(cast, rose)}droits/{right.pk}/retirer/")

    assert answer.status_code == 302
    assert hers.get(pupils).status_code == 404
    assert "Le droit est retiré" in said(head.get(page_of(cast, rose)))


def test_the_right_of_a_head_is_not_taken_back_by_a_head(cast: Cast, head: Client) -> None:
    right = cast.give("luc.second", Profile.HEAD)
    second = cast.person("luc.second")

    assert "par le rectorat" in said(head.get(page_of(cast, second)))
    answer = head.post(f"{page_of(cast, second)}droits/{right.pk}/retirer/")

    assert answer.status_code == 409
    assert [one.profile for one in live(cast, second)] == ["head"]


def test_a_trade_is_given_with_an_end_from_the_page(cast: Cast, head: Client) -> None:
    cast.give("rose.marin", Profile.TEACHER)
    rose, ends_on = cast.person("rose.marin"), end_of_year()

    answer = head.post(
        f"{page_of(cast, rose)}profil/",
        {"profil-profile": "secretary", "profil-ends_on": f"{ends_on:%d/%m/%Y}"},
    )

    assert answer.status_code == 302
    assert [(one.profile, one.ends_on) for one in live(cast, rose)] == [
        ("teacher", None),
        ("secretary", ends_on),
    ]


def test_a_trade_with_a_past_end_is_refused_on_its_own_form(cast: Cast, head: Client) -> None:
    answer = head.post(
        f"{page_of(cast, cast.secretary)}profil/",
        {"profil-profile": "teacher", "profil-ends_on": "01/01/2020"},
    )

    assert "Un droit commence aujourd’hui au plus tôt" in said(answer)


def act(cast: Cast, client: Client, name: str) -> Any:
    return client.post(f"{page_of(cast, cast.secretary)}compte/", {"acte": name})


def test_an_account_is_disabled_and_enabled_again(cast: Cast, head: Client) -> None:
    hers = browser(cast.secretary)
    assert hers.get("/").status_code == 200

    act(cast, head, "desactiver")

    assert hers.get("/").status_code == 302
    assert "Ce compte est désactivé" in said(head.get(page_of(cast, cast.secretary)))
    act(cast, head, "reactiver")
    cast.secretary.refresh_from_db()
    assert cast.secretary.state == Person.State.ACTIVE
    assert act(cast, head, "nuire").status_code == 404


def test_a_blocked_account_is_shown_and_unblocked(cast: Cast, head: Client) -> None:
    Person.objects.filter(pk=cast.secretary.pk).update(
        failed_count=5, locked_until=timezone.now() + timedelta(hours=1)
    )
    assert "Débloquer le compte" in said(head.get(page_of(cast, cast.secretary)))

    act(cast, head, "debloquer")

    cast.secretary.refresh_from_db()
    assert cast.secretary.locked_until is None
    assert "Débloquer le compte" not in said(head.get(page_of(cast, cast.secretary)))


def test_names_and_address_are_corrected(cast: Cast, head: Client) -> None:
    path = f"{page_of(cast, cast.secretary)}modifier/"
    assert 'value="PETIT"' in head.get(path).content.decode()

    wrong = head.post(path, {"family_name": "-", "first_name": "Paul", "email": ""})
    answer = head.post(path, {"family_name": "Grand", "first_name": "Paul", "email": "p@x.fr"})

    assert "Le nom et le prénom sont nécessaires" in said(wrong)
    assert answer.status_code == 302
    cast.secretary.refresh_from_db()
    assert (cast.secretary.family_name, cast.secretary.login) == ("GRAND", "paul.petit")


@pytest.mark.parametrize("path", ["compte/", "lettre/", "modifier/"])
def test_an_account_that_serves_elsewhere_is_not_touched(
    cast: Cast, head: Client, path: str
) -> None:
    assert cast.secretary
    cast.give("paul.petit", Profile.TEACHER, cast.other_school)

    answer = head.post(page_of(cast, cast.secretary) + path, {"acte": "desactiver"})

    text = said(head.get(page_of(cast, cast.secretary)))
    assert answer.status_code == 409
    assert "sert aussi ailleurs" in text
    assert "Désactiver" not in text
    cast.secretary.refresh_from_db()
    assert cast.secretary.state == Person.State.ACTIVE


def test_a_head_sees_her_own_page_without_what_she_cannot_do(cast: Cast, head: Client) -> None:
    text = said(head.get(page_of(cast, cast.head)))

    assert "C’est votre propre compte" in text
    assert "Déléguer des droits" not in text
    assert "Désactiver" not in text
    answer = head.post(
        page_of(cast, cast.head),
        {"permissions": ["export.make"], "ends_on": f"{end_of_year():%d/%m/%Y}"},
    )
    assert answer.status_code == 409
    assert "à vous-même" in said(answer)


def test_the_history_tells_what_was_done(cast: Cast, head: Client) -> None:
    new(cast, head)
    delegate(cast, head, "tokens.manage")

    text = said(head.get(f"{home(cast)}historique/"))

    assert "Droit délégué PETIT Paul Relier le logiciel de l’établissement" in text
    assert "Compte créé DUPRÉ Léa" in text
    assert "MOREL Claire" in text
    assert facts_of(find_acts(uais=[cast.school])[0])["permission"] == "tokens.manage"


def test_a_long_history_has_pages(cast: Cast, head: Client) -> None:
    for number in range(101):
        cast.give(f"agent{number}.ecole", Profile.TEACHER)

    first = head.get(f"{home(cast)}historique/").content.decode()
    (before,) = re.findall(r"\?avant=(\d+)", first)
    second = said(head.get(f"{home(cast)}historique/", {"avant": before}))

    assert "agent0" in second.lower()
    assert "Voir ce qui précède" not in second


def test_an_account_whose_letter_another_school_holds_waits(cast: Cast, head: Client) -> None:
    cast.person("rose.loin", state=Person.State.INVITED)
    cast.give("rose.loin", Profile.TEACHER, cast.other_school)
    activation.issue_activation_code(person=cast.person("rose.loin"), at=timezone.now())

    answer = new(
        cast, head, family_name="Loin", first_name="Rose", known=cast.person("rose.loin").pk
    )

    assert "Ce compte n’est pas encore activé" in said(answer)
