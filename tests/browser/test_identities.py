"""A dispute that an import opened, settled by two agents, then taken back, with its trace."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from tests.browser.site import Site
from tests.exchange.ready_school import AT, ready_school
from tests.ine.asking import civil_of, population
from tests.keys_of import totp_key

from bascule.accounts.profiles import Profile
from bascule.bea import nights
from bascule.bea.models import Night

pytestmark = pytest.mark.browser


@pytest.fixture
def uai(site: Site) -> str:
    """Give a school whose file brings a child with the number of a child of another school."""
    with site.opened():
        known, fresh = ready_school(6, number=95), ready_school(6, number=96)
        known.bring()
        pass_a_night(known.uai)
        child = next(one for one in known.population.pupils if one.ine_rnie)
        first, *others = population(fresh).pupils
        born = child.birth.replace(day=child.birth.day % 28 + 1, month=child.birth.month % 12 + 1)
        written = replace(
            first, **civil_of(child) | {"birth": born, "ine": child.ine, "ine_rnie": child.ine_rnie}
        )
        fresh.bring(population(fresh, [written, *others]))
        pass_a_night(fresh.uai)
        for login in ("agent.premier", "agent.second"):
            site.world.cast.give(login, Profile.BEA_INE)
            site.world.people[login] = site.world.cast.person(login)
            totp_key(site.world.people[login])
    return fresh.uai


def pass_a_night(uai: str) -> None:
    nights.run(
        day=AT.date(), origin=Night.Origin.ASKED, uais=[uai], actor="deep", clock=timezone.now
    )


def test_a_dispute_is_settled_by_two_agents_and_taken_back(
    uai: str, journey: Callable[..., Page]
) -> None:
    one = journey("agent.premier")
    one.goto(f"/rectorat/identites/?uai={uai}&motif=number-of-another")
    one.get_by_role("row").filter(has_text=uai).get_by_role("link").click()
    heading = one.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Est-ce le même élève ?")
    expect(one.get_by_role("row", name=re.compile("^Naissance"))).to_contain_text("différent")
    answer = one.get_by_role("button", name="C’est le même élève que le 1")

    # Nothing is chosen beforehand, and an answer says why.
    answer.click()
    expect(one.get_by_text("Dites en quelques mots").first).to_be_visible()
    one.get_by_label("Ce qui vous fait répondre ainsi").fill("Faute de frappe sur la date.")
    answer.click()
    expect(one.get_by_text("Un second agent doit maintenant confirmer")).to_be_visible()
    expect(one.get_by_role("button", name="Confirmer")).to_have_count(0)

    other = journey("agent.second")
    other.goto(one.url)
    expect(other.get_by_text("Faute de frappe sur la date.").first).to_be_visible()
    other.get_by_role("button", name="Confirmer : c’est le même élève").click()
    expect(other.get_by_text("La réponse est confirmée")).to_be_visible()
    expect(other.get_by_text("Ce litige est réglé")).to_be_visible()

    other.get_by_role("button", name="Annuler la dernière réponse").click()
    expect(other.get_by_text("tout est comme avant elle")).to_be_visible()
    expect(other.get_by_role("button", name="C’est le même élève que le 1")).to_be_visible()
    trace = other.get_by_role("table", name="La dernière décision d’abord")
    for word in ("décision annulée", "fusion confirmée", "même élève"):
        expect(trace).to_contain_text(word)
    expect(trace).to_contain_text("PREMIER Agent")
    expect(trace).to_contain_text("SECOND Agent")
    see_the_person(other)


def see_the_person(page: Page) -> None:
    """Follow the dispute to whom it was taken for: its records, and the same trace."""
    page.get_by_role("link", name="Élève connu 1").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("L’identité de")
    trace = page.get_by_role("table", name="La dernière décision d’abord")
    expect(trace).to_contain_text("fusion annulée")
    page.get_by_role("button", name="Séparer cette fiche").first.click()
    expect(page.get_by_text("Dites en quelques mots pourquoi").first).to_be_visible()
