"""The end of GEP on screen: who is missing, the head's signature, the paper, and the authority's list."""

import pytest
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange.ready_school import ready_school as school_next_door
from tests.exchange.schools_for_tests import AT, LATER, ReadySchool, ready_school, without_pupils
from tests.web.doors import RIGHT, statuses

from bascule.accounts.profiles import Profile
from bascule.exchange import runs
from bascule.exchange.receive import receive_import
from bascule.exchange.takeover import compare_takeover
from bascule.generator.gep import gep_files


@pytest.fixture
def school(base: Base) -> tuple[Cast, ReadySchool]:
    """A school that took GEP over without its last pupil, whom its software sent."""
    mine, other = ready_school(8), school_next_door(4, number=2)
    new = mine.population.present[-1].id
    receive_import(
        files=gep_files(without_pupils(mine.population, new), at=AT),
        uai=mine.uai, year=mine.year, actor="secrétaire", at=AT, apply=True,
    )  # fmt: skip
    run = mine.plan(mine.file(), changes_software=True, at=LATER)
    runs.approve(run_id=run.pk, uai=mine.uai, actor="chef", at=LATER, as_authority=True)
    return Cast(school=mine.uai, other_school=other.uai), mine


def test_a_head_signs_the_end_of_gep_and_the_authority_takes_it_back(
    school: tuple[Cast, ReadySchool],
) -> None:
    cast, mine = school
    cast.give("tom.prof", Profile.TEACHER)
    here = f"/e/{mine.uai}/{mine.year}/arret-gep/"
    assert statuses(cast, here, refused=cast.person("tom.prof")) == RIGHT
    assert statuses(cast, f"{here}signer/", refused=cast.secretary) == RIGHT
    head = browser(cast.head)
    (lost,) = compare_takeover(uai=mine.uai, year=mine.year).lost

    page = head.get(here).content.decode()
    assert lost.label in page
    assert "absent de GEP" in page
    assert lost.label not in head.get(f"{here}?absent=base").content.decode()
    typed = {"stopped_on": "26/11/2026", "signs": "on"}
    again = head.post(f"{here}signer/", typed)
    assert "Donnez la raison de cet écart." in again.content.decode()
    signed = head.post(
        f"{here}signer/", {**typed, f"raison-{lost.key}": "Arrivé depuis"}, follow=True
    )
    assert "GEP est arrêté" in signed.content.decode()
    paper = head.get(f"{here}1.pdf")
    assert paper.content.startswith(b"%PDF")
    assert head.get(f"{here}2.pdf").status_code == 404

    deep = browser(cast.of_authority(Profile.DEEP))
    assert f"GEP-{mine.uai}-1" in deep.get("/rectorat/arret-gep/").content.decode()
    others = deep.get("/rectorat/arret-gep/?etat=rien").content.decode()
    assert cast.other_school in others
    assert f"GEP-{mine.uai}-1" not in others
    assert browser(cast.head).get("/rectorat/arret-gep/").status_code == 404
    there = f"/rectorat/arret-gep/annuler/{mine.uai}/"
    assert "de nouveau reçus" in deep.get(there).content.decode()
    back = deep.post(there, follow=True)
    assert f"GEP-{mine.uai}-1 est annulé" in back.content.decode()
    assert "annulé par le rectorat" in head.get(here).content.decode()
