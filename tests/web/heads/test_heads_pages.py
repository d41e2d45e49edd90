"""The accounts of heads: the list, the table, the letters, one head."""

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader
from tests.cast import Cast, browser

from bascule.accounts import rights
from bascule.accounts.models import Person, Right
from bascule.accounts.profiles import Profile
from bascule.journal.acts import find_acts
from bascule.schools.directory import register_school
from bascule.values.uai import make_uai

HOME = "/rectorat/comptes/"


@pytest.fixture
def agent(cast: Cast) -> Client:
    return browser(cast.of_authority(Profile.DEEP))


def said(answer: Any) -> str:
    """Give what a page says, without its tags; blanks of every kind are single."""
    found = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", found.replace("&#x27;", "'"))


def heads_of(uai: str) -> list[str]:
    found = rights.rights_in(uai=uai, today=timezone.localdate())
    return [right.person.login for right in found if right.profile == "head"]


def right_of(cast: Cast, person: Person) -> Right:
    found = rights.rights_in(uai=cast.school, today=timezone.localdate())
    return next(right for right in found if right.person_id == person.pk)


def upload(client: Client, *lines: str) -> Any:
    content = ("UAI;nom;prénom;courriel;début;fin\n" + "\n".join(lines)).encode()
    return client.post(f"{HOME}importer/", {"file": SimpleUploadedFile("chefs.csv", content)})


def hidden(answer: Any) -> dict[str, str]:
    """Give what the form of a preview would send."""
    form = answer.context["form"]
    return {name: form[name].value() for name in ("lines", "digest")}


# ---------------------------------------------------------------- to whom they open


@pytest.mark.parametrize("page", ["", "importer/", "nouveau/", "{head}/", "{head}/modifier/"])
def test_pages_open_to_agents_who_manage_heads_and_to_nobody_else(cast: Cast, page: str) -> None:
    path = HOME + page.format(head=cast.head.pk)

    assert browser(cast.of_authority(Profile.DEEP)).get(path).status_code == 200
    assert browser(cast.of_authority(Profile.CECOIA)).get(path).status_code == 404
    assert browser(cast.head).get(path).status_code == 404
    assert browser(cast.outsider).get(path).status_code == 404
    assert browser().get(path).status_code == 302


@pytest.mark.parametrize("page", ["lettres/", "{head}/lettre/", "{head}/compte/", "nouveau/"])
def test_nobody_else_writes(cast: Cast, page: str) -> None:
    path = HOME + page.format(head=cast.head.pk)

    for person in (cast.head, cast.of_authority(Profile.CECOIA), cast.outsider):
        assert browser(person).post(path, {"acte": "desactiver"}).status_code == 404
    cast.head.refresh_from_db()
    assert cast.head.state == Person.State.ACTIVE


def test_an_agent_of_a_department_sees_and_touches_its_heads_only(cast: Cast) -> None:
    far = make_uai("093", 1)
    register_school(uai=far, name="Lycée lointain", actor="tests", at=timezone.now())
    cast.give("rose.loin", Profile.HEAD, far)
    cast.give("agent.nord", Profile.DEEP, department="077")
    client = browser(cast.person("agent.nord"))
    rose = cast.person("rose.loin").pk

    assert "Lycée lointain" not in said(client.get(HOME))
    assert client.get(f"{HOME}{rose}/").status_code == 404
    assert client.post(f"{HOME}{rose}/compte/", {"acte": "desactiver"}).status_code == 404
    assert "n’est pas dans votre périmètre" in said(upload(client, f"{far};Morel;Claire"))
    wrong = client.post(f"{HOME}nouveau/", new(cast, uai=far))
    assert wrong.status_code == 200
    assert heads_of(far) == ["rose.loin"]


# ---------------------------------------------------------------- the list


def test_schools_without_a_head_come_first(cast: Cast, agent: Client) -> None:
    cast.give("claire.morel", Profile.HEAD, ends_on=timezone.localdate() + timedelta(days=3))
    cast.person("luc.second", state=Person.State.INVITED)
    cast.give("luc.second", Profile.HEAD)

    text = said(agent.get(HOME))

    assert "1 établissement n’a aucun compte de chef" in text
    assert text.index("Lycée Les Tilleuls") < text.index("Collège Sainte-Odile")
    assert "MOREL Claire claire.morel" in text
    assert "plusieurs chefs" in text
    assert "bientôt" in text
    assert "1 chef n’a pas encore activé son compte" in text


def test_the_list_is_searched_by_school_or_head(cast: Cast, agent: Client) -> None:
    assert cast.head

    assert "1 établissement " in said(agent.get(HOME, {"q": "odile"}))
    assert "1 établissement " in said(agent.get(HOME, {"q": "mor"}))
    assert "Aucun établissement ne répond" in said(agent.get(HOME, {"q": "xyz"}))


def test_the_list_asks_the_base_the_same_for_two_schools_and_for_twenty(
    cast: Cast, agent: Client
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            agent.get(HOME)
        return len(captured)

    assert cast.head
    cost()
    few = cost()
    for number in range(20):
        uai = make_uai("077", 100 + number)
        register_school(uai=uai, name=f"École {number}", actor="tests", at=timezone.now())
        cast.give(f"chef{number}.ecole", Profile.HEAD, uai)

    assert cost() == few


# ---------------------------------------------------------------- the table


def test_a_table_is_shown_then_done(cast: Cast, agent: Client) -> None:
    shown = upload(agent, f"{cast.school};Morel;Claire;c@x.fr", "12;Petit;Paul")

    text = said(shown)
    assert "Rien n’est encore écrit." in text
    assert "Compte nouveau" in text
    assert "« 12 » n’est pas un numéro d’établissement (UAI)" in text
    assert "Enregistrer 1 ligne" in text
    assert heads_of(cast.school) == []

    done = agent.post(f"{HOME}importer/confirmer/", hidden(shown), follow=True)

    assert "1 ligne est enregistrée." in said(done)
    assert heads_of(cast.school) == ["claire.morel"]
    assert find_acts(uais=[cast.school])[0].actor == "agent.deep"


def test_the_same_table_again_says_that_it_changes_nothing(cast: Cast, agent: Client) -> None:
    line = f"{cast.school};Morel;Claire;c@x.fr"
    agent.post(f"{HOME}importer/confirmer/", hidden(upload(agent, line)))

    text = said(upload(agent, line))

    assert "Ce fichier ne change rien" in text
    assert "déjà chef, inchangé" in text


def test_what_moved_since_the_preview_is_shown_again(cast: Cast, agent: Client) -> None:
    shown = upload(agent, f"{cast.school};Morel;Claire;c@x.fr")
    cast.give("luc.second", Profile.HEAD)

    again = agent.post(f"{HOME}importer/confirmer/", hidden(shown))

    assert "Les comptes ont changé depuis l’aperçu" in said(again)
    assert "luc.second est aussi chef de cet établissement" in said(again)
    assert heads_of(cast.school) == ["luc.second"]
    agent.post(f"{HOME}importer/confirmer/", hidden(again))
    assert heads_of(cast.school) == ["claire.morel", "luc.second"]


def test_line_ends_of_a_browser_change_nothing(cast: Cast, agent: Client) -> None:
    shown = hidden(upload(agent, f"{cast.school};Morel;Claire", f"{cast.other_school};A;B"))
    shown["lines"] = shown["lines"].replace("\n", "\r\n")

    done = agent.post(f"{HOME}importer/confirmer/", shown)

    assert done.status_code == 302
    assert heads_of(cast.school) == ["claire.morel"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"PK\x03\x04", "Ce fichier n’est pas un CSV."), (b"x" * 1_100_000, "trop lourd")],
)
def test_what_is_no_table_is_refused_on_the_form(
    agent: Client, content: bytes, sentence: str
) -> None:
    answer = agent.post(f"{HOME}importer/", {"file": SimpleUploadedFile("x.xlsx", content)})

    assert answer.status_code == 200
    assert sentence in said(answer)


def test_nothing_sent_is_said(agent: Client) -> None:
    assert "obligatoire" in said(agent.post(f"{HOME}importer/"))
    assert agent.post(f"{HOME}importer/confirmer/").status_code == 302


# ---------------------------------------------------------------- by hand, and one head


def new(cast: Cast, **typed: Any) -> dict[str, Any]:
    return {
        "uai": cast.school, "family_name": "Morel", "first_name": "Claire", "email": "",
        "starts_on": f"{timezone.localdate():%d/%m/%Y}", "ends_on": "",
    } | typed  # fmt: skip


def test_a_head_is_added_by_hand(cast: Cast, agent: Client) -> None:
    page = agent.get(f"{HOME}nouveau/", {"etablissement": cast.school}).content.decode()
    assert re.search(rf'value="{cast.school}" selected', page)

    answer = agent.post(f"{HOME}nouveau/", new(cast), follow=True)

    assert "Faire la lettre d’activation (PDF)" in said(answer)
    assert heads_of(cast.school) == ["claire.morel"]


def test_a_known_account_is_proposed(cast: Cast, agent: Client) -> None:
    assert cast.head_next_door
    typed = new(cast, family_name="Voisin", first_name="Anne")

    answer = agent.post(f"{HOME}nouveau/", typed)

    assert "Un compte existe déjà à ce nom" in said(answer)
    assert heads_of(cast.school) == []
    agent.post(f"{HOME}nouveau/", typed | {"known": cast.head_next_door.pk})
    assert heads_of(cast.school) == ["anne.voisin"]


def test_wrong_days_are_said_on_the_form(cast: Cast, agent: Client) -> None:
    answer = agent.post(f"{HOME}nouveau/", new(cast, ends_on="01/01/2020"))

    assert "La fin vient avant le début, ou est déjà passée" in said(answer)
    assert 'value="Morel"' in answer.content.decode()


def test_the_end_of_a_right_is_changed(cast: Cast, agent: Client) -> None:
    right = right_of(cast, cast.head)
    path = f"{HOME}{cast.head.pk}/droits/{right.pk}/"
    ends_on = date(timezone.localdate().year + 1, 8, 31)

    wrong = agent.post(path, {f"{right.pk}-ends_on": "01/01/2020"})
    agent.post(path, {f"{right.pk}-ends_on": f"{ends_on:%d/%m/%Y}"})

    assert "est déjà passée" in said(wrong)
    assert right_of(cast, cast.head).ends_on == ends_on


def test_a_right_is_withdrawn_at_once(cast: Cast, agent: Client) -> None:
    hers = browser(cast.head)
    page = f"/e/{cast.school}/personnel/"
    assert hers.get(page).status_code == 200

    answer = agent.post(
        f"{HOME}{cast.head.pk}/droits/{right_of(cast, cast.head).pk}/", {"retirer": "oui"}
    )

    assert answer.headers["Location"] == HOME
    assert hers.get(page).status_code == 404
    assert agent.get(f"{HOME}{cast.head.pk}/").status_code == 404


def test_what_is_not_a_heads_is_not_there(cast: Cast, agent: Client) -> None:
    assert cast.secretary
    assert agent.get(f"{HOME}{cast.secretary.pk}/").status_code == 404
    right = right_of(cast, cast.secretary)

    answer = agent.post(f"{HOME}{cast.head.pk}/droits/{right.pk}/", {"retirer": "oui"})

    assert answer.status_code == 404


def test_an_account_is_disabled_enabled_and_corrected(cast: Cast, agent: Client) -> None:
    path = f"{HOME}{cast.head.pk}/"

    agent.post(f"{path}compte/", {"acte": "desactiver"})
    assert "Ce compte est désactivé" in said(agent.get(path))
    agent.post(f"{path}compte/", {"acte": "reactiver"})
    agent.post(
        f"{path}modifier/", {"family_name": "Grand", "first_name": "Claire", "email": "g@x.fr"}
    )

    cast.head.refresh_from_db()
    assert (cast.head.state, cast.head.family_name) == (Person.State.ACTIVE, "GRAND")
    assert agent.post(f"{path}compte/", {"acte": "nuire"}).status_code == 404


def test_an_account_that_is_also_an_agents_is_left(cast: Cast, agent: Client) -> None:
    assert cast.head
    cast.give("claire.morel", Profile.OPERATIONS)
    path = f"{HOME}{cast.head.pk}/"

    assert "hors de votre périmètre" in said(agent.get(path))
    assert agent.post(f"{path}compte/", {"acte": "desactiver"}).status_code == 409
    assert agent.post(f"{path}lettre/").status_code == 409
    assert agent.get(f"{path}modifier/").status_code == 409


def test_letters_are_a_page_for_each_head_who_waits(cast: Cast, agent: Client) -> None:
    agent.post(
        f"{HOME}importer/confirmer/",
        hidden(upload(agent, f"{cast.school};Morel;Claire", f"{cast.other_school};Petit;Paul")),
    )

    answer = agent.post(f"{HOME}lettres/")

    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    assert [("claire.morel" in page, "paul.petit" in page) for page in pages] == [
        (True, False),
        (False, True),
    ]
    one = agent.post(f"{HOME}{Person.objects.get(login='paul.petit').pk}/lettre/")
    assert len(PdfReader(io.BytesIO(one.content)).pages) == 1


def test_no_letter_to_make_is_said(cast: Cast, agent: Client) -> None:
    assert cast.head

    answer = agent.post(f"{HOME}lettres/")

    assert answer.status_code == 409
    assert "Aucun compte n’attend de lettre" in said(answer)
