"""The exchanges of a year: one list of both ways, each file again, and what is to be sent again."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR, ReadySchool
from tests.web.doors import RIGHT, statuses

from bascule.accounts.profiles import Profile
from bascule.exchange import runs
from bascule.exchange.follow import find_exchanges
from bascule.exchange.resend import Reason, Since, to_send_again
from bascule.journal.act import act
from bascule.students.models import Student

NOW = datetime.now(tz=UTC)


@pytest.fixture
def school(base: Base) -> tuple[Cast, ReadySchool]:
    mine, other = Cast.of_two_schools()
    return Cast(school=mine.uai, other_school=other.uai), mine


def path(school: ReadySchool, rest: str = "echanges/") -> str:
    return f"/e/{school.uai}/{YEAR}/{rest}"


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def export(client: Client, school: ReadySchool, kind: str = "tout") -> Any:
    return client.post(path(school, "exports/"), {"nature": kind})


def since(school: ReadySchool) -> dict[str, tuple[Since, ...]]:
    return to_send_again(uai=school.uai, year=YEAR)


def test_the_list_shows_both_ways_and_gives_every_file_again(
    school: tuple[Cast, ReadySchool],
) -> None:
    cast, mine = school
    cast.give("tom.prof", Profile.TEACHER)
    assert statuses(cast, path(mine), refused=cast.person("tom.prof")) == RIGHT
    client = browser(cast.secretary)

    taken = export(client, mine)
    with zipfile.ZipFile(io.BytesIO(taken.content)) as together:
        files = {name: together.read(name) for name in together.namelist()}
    assert [name[10:-4] for name in files] == [
        "Nomenclature", "Structures", "Communs", "ElevesAvecAdresses", "ResponsablesAvecAdresses",
    ]  # fmt: skip

    # The other formats go out from the same page.
    roster = export(client, mine, "oneroster")
    files[roster["Content-Disposition"].split('"')[1]] = roster.content

    page = text(client, path(mine))
    assert "PETIT Paul" in page
    assert page.index("Élèves, avec adresses") < page.index("import n° ")
    assert "paul.petit" not in page
    assert "Aucun échange ne répond" in text(client, f"{path(mine)}?sens=envoye&etat=applied")
    only = text(client, f"{path(mine)}?sens=recu&nature=private")
    assert "ExportXML_" not in only
    assert "2 échange" not in only
    # What went out is made again, byte for byte; what came in was kept.
    for line in find_exchanges(uai=mine.uai, year=YEAR).lines:
        if line.is_received:
            kept = client.get(path(mine, f"imports/{line.id}/fichier/"))
            assert kept.content == mine.file()[1]
        elif line.who == "paul.petit":
            again = client.get(path(mine, f"exports/{line.id}/"))
            assert again.content == files[again["Content-Disposition"].split('"')[1]]
    # An agent who looks sees who did it too, and takes no file.
    agent = text(browser(cast.of_authority(Profile.DEEP)), path(mine))
    assert "PETIT Paul" in agent
    assert "/fichier/" not in agent


def test_a_list_of_hundreds_asks_no_more_than_a_short_one(
    school: tuple[Cast, ReadySchool],
) -> None:
    cast, mine = school
    client = browser(cast.secretary)
    export(client, mine)
    text(client, path(mine))
    with CaptureQueriesContext(connection) as few:
        text(client, path(mine))
    for _ in range(11):
        export(client, mine)
    with CaptureQueriesContext(connection) as many:
        page = text(client, path(mine))

    assert len(many) == len(few)
    assert 'rel="next"' in page


def test_what_changed_since_the_last_sending_is_said_and_nothing_else(
    school: tuple[Cast, ReadySchool],
) -> None:
    cast, mine = school
    client = browser(cast.secretary)
    export(client, mine)
    assert since(mine) == {}
    assert "À réexporter" not in text(client, path(mine, "exports/"))

    with act(uai=mine.uai, kind="test", actor="tests", at=NOW) as opened:
        pupil = Student.objects.filter(uai=mine.uai).order_by("pk")[0]
        pupil.ine_rnie, pupil.act_id = "123456789AB", opened.id
        pupil.save()
    assert since(mine)["eleves"] == (Since(Reason.NEW_INE, 1),)
    page = text(client, path(mine, "exports/"))
    assert "À réexporter" in page
    assert "1 élève a un nouvel INE." in page
    assert "1 fichier donné à votre logiciel n’est plus à jour." in text(client, path(mine))
    sent = next(
        one for one in find_exchanges(uai=mine.uai, year=YEAR).lines if one.kind == "eleves"
    )
    changed = client.get(path(mine, f"exports/{sent.id}/"))
    assert changed.status_code == 409
    assert "ont changé depuis" in changed.content.decode()

    export(client, mine)
    run = mine.bring(mine.next_day(0.5), at=NOW)
    reasons = {one.reason for one in since(mine)["eleves"]}
    assert reasons & {Reason.PUPILS_CHANGED, Reason.PUPILS_ADDED, Reason.PUPILS_GONE}
    runs.undo(run_id=run.pk, uai=mine.uai, actor="paul.petit", at=NOW)
    assert since(mine) == {}
