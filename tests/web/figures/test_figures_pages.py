"""Headcounts on screen: for who counts, without a name; for a school, with the pupils behind."""

import re
from datetime import date

from django.utils import timezone
from django.utils.html import escape
from tests.bea.acting import pass_night
from tests.cast import Cast, browser
from tests.exchange.ready_school import AT, YEAR
from tests.pupils_of import pupils_of
from tests.web.doors import RIGHT, statuses

from bascule.accounts.profiles import Profile
from bascule.figures import cells
from bascule.figures.pivot import count_by
from bascule.journal.act import act
from bascule.schools.models import Structure

ALL = "/rectorat/effectifs/?lignes=etablissement&colonnes=sexe"


def test_who_counts_sees_no_name_and_no_other_departement(cast: Cast) -> None:
    client = browser(cast.of_authority(Profile.PAPEP))
    assert "Aucun effectif encore" in client.get(ALL).content.decode()
    pass_night(day=AT.date())
    cells.keep_up(clock=lambda: AT)

    page = client.get(ALL).content.decode()

    names = {line.family_name for line in pupils_of(cast.school, YEAR)}
    assert cast.school in page
    assert cast.other_school in page
    assert not [name for name in names if name in page]
    counts = count_by(year=YEAR, day=AT.date(), by=("sexe",), uais=[cast.school, cast.other_school])
    assert f'<td class="num">{sum(counts.values())}</td>' in page.partition("<tfoot>")[2]
    assert "pupils" not in page
    assert "/eleves/" not in page
    # One school alone, closer: divisions have a sense, its pupils are still out of reach.
    closer = client.get(f"{ALL}&etablissement={cast.school}&lignes=division").content.decode()
    assert cast.other_school not in closer.partition("<tbody>")[2]
    assert "/eleves/" not in closer
    assert not re.search(r"\sstyle=|\son\w+=", page + closer)
    # Whatever an address says, it is a page.
    odd = "?lignes=x&colonnes=annee&annee=9&au=32/13/2026&du=z&mesure=u&sexe=%00&etablissement=0"
    assert client.get(f"/rectorat/effectifs/{odd}").status_code == 200
    # Who leads may have it exact; anybody else has it protected, whatever is asked.
    taken = {"choix": "lignes=niveau&colonnes=sexe", "usage": "interne", "forme": "csv"}
    exact = client.post("/rectorat/effectifs/exporter/", taken)
    assert "interne.csv" in exact["Content-Disposition"]
    dsden = browser(cast.of_authority(Profile.DSDEN))
    protected = dsden.post("/rectorat/effectifs/exporter/", taken)
    assert "externe.csv" in protected["Content-Disposition"]
    assert "n.c." in protected.content.decode()
    cast.give("inspecteur.ailleurs", Profile.DSDEN, department="000")
    elsewhere = browser(cast.person("inspecteur.ailleurs")).get(ALL).content.decode()
    assert cast.school not in elsewhere
    assert browser(cast.head).get(ALL).status_code == 404


def test_a_figure_of_a_school_leads_to_the_pupils_behind_it(cast: Cast) -> None:
    cast.give("tom.prof", Profile.TEACHER)
    url = f"/e/{cast.school}/{YEAR}/effectifs/"
    assert statuses(cast, url, refused=cast.person("tom.prof")) == RIGHT
    pass_night(day=AT.date())
    cells.keep_up(clock=lambda: AT)
    client = browser(cast.secretary)

    page = client.get(f"{url}?lignes=division&colonnes=sexe&regime=2").content.decode()

    counts = count_by(
        year=YEAR, day=date(2026, 11, 26), by=("division", "sexe", "regime"), uais=[cast.school]
    )
    (division, sex, _), count = next(one for one in counts.items() if one[0][2] == "2")
    query = f"presence=presents&regime=2&division={division}&sexe={sex}"
    assert f'{escape(query)}">{count}</a>' in page
    listed = client.get(f"/e/{cast.school}/{YEAR}/eleves/?{query}").content.decode()
    assert f"{count} élève" in listed


def test_what_was_forecast_stands_beside_who_is_there(cast: Cast) -> None:
    client = browser(cast.of_authority(Profile.PAPEP))
    pass_night(day=AT.date())
    cells.keep_up(clock=lambda: AT)
    none = client.get("/rectorat/effectifs/previsions/").content.decode()
    assert "Aucun effectif prévu" in none
    with act(uai=cast.school, kind="test", actor="tests", at=AT) as opened:
        divisions = Structure.objects.filter(uai=cast.school, year=YEAR, kind="D")
        divisions.update(planned_count=30, act_id=opened.id)
        planned = 30 * divisions.count()
    forecast = client.get("/rectorat/effectifs/previsions/?par=etablissement").content.decode()
    present = count_by(
        year=YEAR, day=timezone.localdate(), by=("etablissement",), uais=[cast.school]
    )[(cast.school,)]
    assert f'num">{planned}</td><td class="num">{present}</td>' in forecast
