"""A table whose headings the school never used: its columns are told on a page, once."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR, ReadySchool, ready_school
from tests.exchange.tables_by_hand import HEADINGS, as_csv
from tests.ops.test_jobs import work
from tests.web.doors import RIGHT, statuses

from bascule.accounts.profiles import Profile
from bascule.exchange import runs
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun, TableColumns

SELECT = re.compile(r'<label class="form-label" for="id_(c\d+)">([^<]+)</label>')


def odd(school: ReadySchool) -> bytes:
    return as_csv(school.population, ("Patro", *HEADINGS[1:])).content


def deposit(client: Client, imports: str, content: bytes) -> Any:
    given = {"deposited": SimpleUploadedFile("élèves.csv", content)}
    return client.post(f"{imports}deposer/", given, follow=True)


def chosen(page: str) -> dict[str, str]:
    """Read what each select of a page says."""
    found = re.findall(r'<select name="(c\d+)".*?</select>', page, re.DOTALL)
    blocks = re.findall(r'<select name="c\d+".*?</select>', page, re.DOTALL)
    told = [re.search(r'value="([^"]+)" selected', block) for block in blocks]
    return {name: one[1] if one else "" for name, one in zip(found, told, strict=True)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A secretary before the page that asks what the columns of a table are."""

    school: ReadySchool
    cast: Cast
    client: Client
    imports: str
    url: str
    page: str

    def name(self, heading: str) -> str:
        """Give the name of the select of a column."""
        return next(name for name, text in SELECT.findall(self.page) if text == heading)

    def right(self) -> dict[str, str]:
        return {**chosen(self.page), self.name("Patro"): "family_name"}

    def tell(self, said: dict[str, str]) -> ImportRun:
        answer = self.client.post(self.url, said, follow=True)
        assert answer.redirect_chain[-1][0].endswith("/controler/")
        work()
        return runs.list_runs(uai=self.school.uai)[0]


@pytest.fixture
def asked(stage: Any, base: Base) -> Asked:
    school = ready_school(8, number=91)
    cast = Cast(school=school.uai, other_school=base.ready[1].uai)
    client, imports = browser(cast.secretary), f"/e/{school.uai}/{YEAR}/imports/"
    answer = deposit(client, imports, odd(school))
    return Asked(
        school, cast, client, imports, answer.redirect_chain[-1][0], answer.content.decode()
    )


def test_columns_are_asked_on_real_values_and_what_was_typed_is_kept_on_errors(
    asked: Asked,
) -> None:
    assert asked.url.endswith("/colonnes/")
    assert "<li>Nom de famille</li>" in asked.page
    assert asked.school.population.present[0].family in asked.page
    typed = chosen(asked.page)
    assert (typed[asked.name("Né(e) le")], typed[asked.name("Patro")]) == ("birth_date", "-")

    # Two columns for one thing, and nothing for another.
    wrong = {**typed, asked.name("Couleur du casier"): "first_name"}
    again = asked.client.post(asked.url, wrong).content.decode()

    assert "Il manque : Nom de famille." in again
    assert "La colonne « Prénom » est déjà prise pour cela." in again
    assert chosen(again) == wrong
    assert "Dire ce que contiennent les colonnes" in asked.client.get("/").content.decode()
    with reading(asked.school.uai):
        assert not TableColumns.objects.exists()
    asked.cast.give("lea.prof", Profile.TEACHER)
    teacher = asked.cast.person("lea.prof")
    assert statuses(asked.cast, asked.url, refused=teacher) == RIGHT
    # Another row is taken for that of the headings: what stands in it is what is asked about.
    first = asked.school.population.present[0].family
    other = asked.client.get(f"{asked.url}?ligne=2").content.decode()
    assert first in dict(SELECT.findall(other)).values()
    # The accents are read another way, and the question is asked again.
    accents = asked.url.replace("colonnes", "accents")
    assert statuses(asked.cast, accents, refused=teacher) == RIGHT
    page = asked.client.get(accents).content.decode()
    assert re.search(r'value="cp1252"[^>]* checked', page)
    back = asked.client.post(accents, {"ecriture": "cp850"}, follow=True)
    assert back.redirect_chain[-1][0] == asked.url
    assert "Ancien logiciel, sous DOS" in back.content.decode()
    assert asked.client.post(accents, {"ecriture": "klingon"}).status_code == 200


def test_what_was_told_is_told_again_at_will_and_holds_for_the_next_tables(asked: Asked) -> None:
    run = asked.tell(asked.right())
    assert run.counts["pupils_created"] == len(asked.school.population.present)

    # Nothing is written yet: one may choose again.
    assert chosen(asked.client.get(asked.url).content.decode()) == asked.right()
    asked.tell({**asked.right(), asked.name("Adresse"): "-"})
    with reading(asked.school.uai):
        (kept,) = TableColumns.objects.all()
    assert (kept.columns["Patro"], kept.columns["Adresse"]) == ("family_name", "")

    # The same headings: no question. Another one: asked, with what was said before.
    content = odd(asked.school)
    same = deposit(asked.client, asked.imports, content.replace(b"DP", b"Externe"))
    assert same.redirect_chain[-1][0].endswith("/controler/")
    other = deposit(
        asked.client, asked.imports, content.replace(b"du casier", b"du cartable")
    ).content.decode()
    assert chosen(other)[asked.name("Patro")] == "family_name"
    assert chosen(other)[asked.name("Adresse")] == "-"
