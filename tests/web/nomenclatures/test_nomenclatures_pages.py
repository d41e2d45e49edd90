import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR
from tests.preparation.releasing import BILINGUAL, SCHOOL, THIRD, load_programmes, publish

from bascule.accounts.profiles import Profile
from bascule.nomenclatures import release
from bascule.preparation import descent

SIXTH = "10010012110"
PAGES = ("home", "diffusion", "draft", "receipts")


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser(cast.of_authority(Profile.DEEP))


def url(name: str) -> str:
    return reverse(f"nomenclatures:{name}", args=[] if name == "home" else [YEAR])


def takes() -> set[str]:
    return {one.code for one in release.diffusion(year=YEAR) if one.is_diffused}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_to_who_diffuses_nomenclatures_alone(cast: Cast, name: str) -> None:
    answers = {
        "deep": browser(cast.of_authority(Profile.DEEP)).get(url(name)).status_code,
        "operations": browser(cast.of_authority(Profile.OPERATIONS)).get(url(name)).status_code,
        "help desk": browser(cast.of_authority(Profile.CECOIA)).get(url(name)).status_code,
        "head": browser(cast.head).get(url(name)).status_code,
        "outsider": browser(cast.outsider).get(url(name)).status_code,
        "anonymous": browser().get(url(name)).status_code,
    }

    assert answers == {
        "deep": 200, "operations": 200, "help desk": 404, "head": 404, "outsider": 404,
        "anonymous": 302,
    }  # fmt: skip


def test_the_authority_chooses_by_level_and_mef_by_mef(client: Client) -> None:
    client.post(url("diffusion"), {"dispositif": "100", "tout": "0"})
    assert not any(code.startswith("100") for code in takes())

    client.post(url("diffusion"), {"vu": [SIXTH], "choix": [SIXTH], "enregistrer": "1"})

    assert {code for code in takes() if code.startswith("100")} == {SIXTH}
    client.post(url("diffusion"), {"dispositif": "100", "tout": "1"})
    assert {SIXTH, BILINGUAL} <= takes()


def test_a_search_shows_the_mef_that_answer(client: Client) -> None:
    page = client.get(url("diffusion"), {"q": "6eme bilangue"}).content.decode()

    assert f'value="{BILINGUAL}"' in page
    assert f'value="{THIRD}"' not in page


def test_a_preview_says_what_closes_and_takes_another_successor(client: Client) -> None:
    load_programmes()
    publish()
    client.post(url("diffusion"), {"vu": [BILINGUAL], "choix": [], "enregistrer": "1"})
    assert f'name="remplacant_{BILINGUAL}"' in client.get(url("draft")).content.decode()

    refused = client.post(url("draft"), {f"remplacant_{BILINGUAL}": "99999999999"})
    assert refused.status_code == 200
    assert "99999999999" in refused.content.decode()
    client.post(url("draft"), {f"remplacant_{BILINGUAL}": SIXTH})

    assert release.draft(year=YEAR).successors[BILINGUAL] == SIXTH


def test_the_example_of_programmes_is_never_shown_as_official(client: Client) -> None:
    assert "un exemple, non officiel" in client.get(url("draft")).content.decode()
    assert "exemple, non officiel" in client.get(url("home")).content.decode()


def test_what_is_published_is_numbered_and_the_same_again_is_refused(client: Client) -> None:
    # Each table by its name, for who has to say yes.
    assert ">Régimes</th>" in client.get(url("draft")).content.decode()
    done = client.post(url("publish"), follow=True)
    again = client.post(url("publish"), follow=True)

    assert "n° 1 est publiée" in done.content.decode()
    assert "rien de nouveau" in again.content.decode()
    assert [made.number for made in release.releases(year=YEAR)] == [1]


def test_one_sees_who_received_and_asks_for_the_delivery_of_the_others(
    cast: Cast, client: Client
) -> None:
    publish(at=timezone.now())
    descent.receive(uai=cast.school, year=YEAR, **SCHOOL)
    page = client.get(url("receipts"), {"etat": "sans"}).content.decode()
    assert cast.other_school in page
    assert cast.school not in page.partition("<main")[2]

    client.post(url("deliver"))
    client.post(url("deliver"))
    client.post(url("deliver"), {"uai": cast.other_school})

    jobs = ProcrastinateJob.objects.filter(task_name="nomenclatures.deliver")
    assert [job.args["uai"] for job in jobs] == [cast.other_school]
    assert client.post(url("deliver"), {"uai": "0990999Z"}).status_code == 404


def test_a_year_that_is_none_is_not_there(client: Client) -> None:
    assert client.get(reverse("nomenclatures:draft", args=[12])).status_code == 404
