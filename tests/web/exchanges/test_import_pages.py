"""An import in five steps, on pages: deposited, read by the worker, compared, confirmed, undone."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.bases import Base
from tests.cast import Cast, browser
from tests.exchange.ready_school import YEAR, ReadySchool, everything
from tests.ops.test_jobs import work
from tests.web.doors import RIGHT, statuses

from bascule.accounts.profiles import Profile
from bascule.exchange import runs
from bascule.exchange.amend.edits import Edit
from bascule.exchange.amend.verbs import amend
from bascule.exchange.comparison import Filters, Nature, compare
from bascule.exchange.export import export
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.formats.envelope import open_deposit
from bascule.generator.changes import next_day
from bascule.generator.population import Population
from bascule.journal.act import act

NOW = datetime.now(tz=UTC)
HEADING = re.compile(r"<h1>([^<]+)</h1>")


@dataclass(frozen=True, slots=True)
class Desk:
    """A school with its people, and what its software knows."""

    cast: Cast
    school: ReadySchool

    @property
    def imports(self) -> str:
        return f"/e/{self.school.uai}/{YEAR}/imports/"

    def changed(self, share: float = 0.3) -> Population:
        return next_day(self.school.population, share, 1, on=date(2026, 11, 4)).population

    def file(self, population: Population | None = None, **how: Any) -> SimpleUploadedFile:
        name, content = self.school.file(population, at=NOW, **how)
        return SimpleUploadedFile(name, content)

    def deposit(self, client: Client, population: Population | None = None, **typed: Any) -> Any:
        return client.post(
            f"{self.imports}deposer/", {"deposited": self.file(population), **typed}, follow=True
        )

    def compared(self, client: Client, population: Population) -> str:
        """Deposit a file and have it read; give the URL of its comparison."""
        self.deposit(client, population)
        work()
        answer = client.get(f"{self.imports}{self.last().pk}/", follow=True)
        assert answer.redirect_chain[-1][0].endswith("/comparer/")
        return str(answer.redirect_chain[-1][0])

    def last(self) -> ImportRun:
        return runs.list_runs(uai=self.school.uai)[0]


@pytest.fixture
def desk(stage: Any, base: Base) -> Desk:
    mine, other = base.ready
    return Desk(Cast(school=mine.uai, other_school=other.uai), mine)


def plan_on(page: str) -> str:
    found = re.search(r'name="plan" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def test_a_file_goes_from_deposit_to_done_in_two_presses_and_is_undone(desk: Desk) -> None:
    client, before = browser(desk.cast.secretary), desk.school.digest()

    waiting = desk.deposit(client, desk.changed())
    assert waiting.redirect_chain[-1][0].endswith("/controler/")
    assert "en train d’être lu" in waiting.content.decode()
    assert desk.last().state == ImportRun.State.RECEIVED
    work()
    compared = client.get(f"{desk.imports}{desk.last().pk}/controler/", follow=True)
    page = compared.content.decode()
    assert compared.redirect_chain[-1][0].endswith("/comparer/")
    assert "Rien n’est encore modifié." in page
    assert desk.school.digest() == before

    done = client.post(
        f"{desk.imports}{desk.last().pk}/confirmer/", {"plan": plan_on(page)}, follow=True
    )
    assert "Import intégré" in done.content.decode()
    assert desk.school.digest() != before

    seen = client.get(f"{desk.imports}{desk.last().pk}/annuler/").content.decode()
    assert "Fiches et liens rendus à leur état d’avant" in seen
    assert desk.last().state == ImportRun.State.APPLIED
    undone = client.post(f"{desk.imports}{desk.last().pk}/annuler/", follow=True)
    assert "Import annulé" in undone.content.decode()
    assert desk.school.digest() == before
    again = client.post(f"{desk.imports}{desk.last().pk}/retablir/", follow=True)
    assert "Import intégré" in again.content.decode()


def test_what_was_corrected_since_is_kept_by_an_undoing_and_named_before_and_after(
    desk: Desk,
) -> None:
    client = browser(desk.cast.secretary)
    page = client.get(desk.compared(client, desk.changed())).content.decode()
    run = f"{desk.imports}{desk.last().pk}"
    changed = compare(run_id=desk.last().pk, uai=desk.school.uai, filters=Filters(Nature.CHANGED))
    pupil = next(one for one in changed.shown if not one.is_guardian)
    client.post(f"{run}/confirmer/", {"plan": plan_on(page)})
    edit = Edit({"mobile_phone": "0611223344"}, pupil_id=pupil.target_id)
    amend(uai=desk.school.uai, year=YEAR, edits=[edit], actor="paul.petit", at=NOW)

    seen = client.get(f"{run}/annuler/").content.decode()
    undone = client.post(f"{run}/annuler/", follow=True).content.decode()

    assert "Gardés tels que vous les avez modifiés depuis" in seen
    assert pupil.name in seen
    assert f"Gardé tel que vous l’avez modifié : {pupil.name}." in undone


def test_the_button_says_what_it_does_and_the_counts_add_up(desk: Desk) -> None:
    client = browser(desk.cast.secretary)

    page = client.get(desk.compared(client, desk.changed())).content.decode()

    counts = desk.last().counts
    parts = [counts[f"pupils_{what}"] for what in ("created", "changed", "unchanged", "rejected")]
    assert sum(parts) == counts["pupils_read"]
    assert f"Importer {counts['pupils_read']} élèves" in page


def test_what_one_leaves_out_stays_as_it_was_and_can_be_taken_up_again(desk: Desk) -> None:
    client = browser(desk.cast.secretary)
    compare = desk.compared(client, desk.changed(0.9))
    page = client.get(compare).content.decode()
    record, field = re.findall(r'value="laisser:(pupil/\d+):([\w.]+)"', page)[0]
    other = re.findall(r'name="fiche" value="(pupil/\d+)"', page)[-1]

    left = client.post(
        f"{compare}laisser/",
        {"quoi": f"laisser:{record}:{field}", "q": "", "page": "1"},
        follow=True,
    )
    assert "1 fiche est laissée de côté" in left.content.decode()
    client.post(f"{compare}laisser/", {"quoi": "laisser", "fiche": [other]})
    spared = client.get(f"{compare}?nature=laisses").content.decode()
    assert f'value="reprendre:{record}:{field}"' in spared
    assert f'name="fiche" value="{other}"' in spared

    taken = client.post(f"{compare}laisser/", {"quoi": f"reprendre:{record}:{field}"}, follow=True)
    assert "1 fiche est reprise" in taken.content.decode()
    nothing = client.post(f"{compare}laisser/", {"quoi": "laisser"}, follow=True)
    assert "Cochez au moins une fiche" in nothing.content.decode()
    client.post(f"{compare}laisser/", {"quoi": "laisser-tout", "champ": field})
    before = desk.school.digest()
    client.post(f"{compare}laisser/", {"quoi": "laisser-tout"})
    page = client.get(compare).content.decode()
    client.post(f"{desk.imports}{desk.last().pk}/confirmer/", {"plan": plan_on(page)})
    assert desk.last().state == ImportRun.State.APPLIED
    assert desk.school.digest() == before


def test_a_comparison_made_before_somebody_worked_says_so_and_is_made_again(desk: Desk) -> None:
    client = browser(desk.cast.secretary)
    compare = desk.compared(client, desk.changed())
    assert "Comparer de nouveau" not in client.get(compare).content.decode()

    with act(uai=desk.school.uai, kind="edit", actor="tests", at=NOW):
        pass
    assert "Comparer de nouveau" in client.get(compare).content.decode()
    again = client.post(f"{compare}laisser/", {"recomparer": "oui"}, follow=True)

    assert again.redirect_chain[-1][0] == compare
    assert "Comparer de nouveau" not in again.content.decode()


def test_the_same_bytes_again_are_told_and_nothing_is_done(desk: Desk) -> None:
    client = browser(desk.cast.secretary)
    file = desk.file()
    content = file.read()
    for _ in range(2):
        name = file.name or ""
        sent = SimpleUploadedFile(name, content)
        answer = client.post(f"{desk.imports}deposer/", {"deposited": sent}, follow=True)
        work()
        run = desk.last()
        if run.state == ImportRun.State.PLANNED:
            page = client.get(f"{desk.imports}{run.pk}/comparer/").content.decode()
            client.post(f"{desk.imports}{run.pk}/confirmer/", {"plan": plan_on(page)})

    assert "déjà intégré" in answer.content.decode()
    assert len(runs.list_runs(uai=desk.school.uai)) == 2


def test_the_file_of_another_school_is_refused_with_both_numbers_and_a_way_there(
    desk: Desk,
) -> None:
    other = desk.cast.other_school
    desk.cast.give("paul.petit", Profile.SECRETARY, other)
    client = browser(desk.cast.secretary)

    answer = client.post(
        f"/e/{other}/{YEAR}/imports/deposer/", {"deposited": desk.file(desk.changed())}
    )

    page = answer.content.decode()
    assert desk.school.uai in page
    assert other in page
    assert f'href="/e/{desk.school.uai}/{YEAR}/imports/deposer/"' in page
    assert runs.list_runs(uai=other)[0].state == ImportRun.State.APPLIED


@pytest.mark.parametrize(
    "content", [b"", b"<html></html>", b"PK\x03\x04", "Élèves".encode(), b"<?xml version='1.0'?>"]
)
def test_a_file_that_is_none_is_refused_in_a_sentence_and_nothing_is_written(
    desk: Desk, base: Base, content: bytes
) -> None:
    client = browser(desk.cast.secretary)
    with base.look() as administrator:
        before = everything(administrator)

    answer = client.post(
        f"{desk.imports}deposer/", {"deposited": SimpleUploadedFile("fichier.xml", content)}
    )

    assert answer.status_code == 200
    assert 'class="field field-wrong"' in answer.content.decode()
    nothing = client.post(f"{desk.imports}deposer/").content.decode()
    assert "Choisissez le fichier que votre logiciel a produit, ou un tableau." in nothing
    with base.look() as administrator:
        after = everything(administrator)
    assert {table for table in before if before[table] != after[table]} <= {"accounts_session"}


def test_a_file_cut_in_the_middle_is_refused_once_read_and_the_page_says_so(desk: Desk) -> None:
    client = browser(desk.cast.secretary)
    name, content = desk.school.file(desk.changed(), at=NOW)
    xml = b"".join(open_deposit(name, content).chunks())
    cut = SimpleUploadedFile("eleves.xml", xml[: len(xml) // 2])
    client.post(f"{desk.imports}deposer/", {"deposited": cut})
    work()

    page = client.get(f"{desk.imports}{desk.last().pk}/", follow=True).content.decode()

    assert "Fichier refusé" in page
    assert "Rien n’a été modifié." in page


def test_half_the_school_missing_is_released_by_the_head_with_the_number_and_no_other(
    desk: Desk,
) -> None:
    secretary, head = browser(desk.cast.secretary), browser(desk.cast.head)
    population = desk.school.population
    few = replace(population, pupils=population.pupils[:-1])
    url = desk.compared(secretary, few)
    run = desk.last()
    assert run.state == ImportRun.State.HELD
    page = secretary.get(url).content.decode()
    assert "Le chef d’établissement peut le confirmer." in page
    plan, expected = plan_on(head.get(url.replace("comparer", "confirmer")).content.decode()), 1
    confirm = f"{desk.imports}{run.pk}/confirmer/"

    secretary.post(confirm, {"plan": run.plan_hash, "leavers": str(expected)})
    assert desk.last().state == ImportRun.State.HELD
    wrong = head.post(confirm, {"plan": plan, "leavers": "7"}).content.decode()
    assert "Ce n’est pas le nombre affiché." in wrong
    assert desk.last().state == ImportRun.State.HELD
    done = head.post(confirm, {"plan": plan, "leavers": str(expected)}, follow=True)
    assert desk.last().state == ImportRun.State.APPLIED
    # Who is absent from the file is named there, and no rule is at fault.
    assert "Élèves de la base absents du fichier" in done.content.decode()


def test_most_of_the_school_missing_is_released_by_the_authority_alone(desk: Desk) -> None:
    head, deep = browser(desk.cast.head), browser(desk.cast.of_authority(Profile.DEEP))
    population = desk.school.population
    url = desk.compared(head, replace(population, pupils=population.pupils[:2]))
    run = desk.last()
    confirm = f"{desk.imports}{run.pk}/confirmer/"
    leavers = str(runs.leavers_of(run))

    assert "Le rectorat seul peut le confirmer" in head.get(url).content.decode()
    head.post(confirm, {"plan": run.plan_hash, "leavers": leavers})
    assert desk.last().state == ImportRun.State.HELD
    assert head.get(f"{desk.imports}{run.pk}/liberer/").status_code == 403
    deep.post(f"{desk.imports}{run.pk}/liberer/", {"plan": run.plan_hash})
    assert desk.last().state == ImportRun.State.APPLIED


def test_a_press_twice_and_an_old_page_do_nothing_wrong(desk: Desk) -> None:
    client = browser(desk.cast.secretary)
    url = desk.compared(client, desk.changed())
    first = desk.last()
    old = plan_on(client.get(url).content.decode())
    confirm = f"{desk.imports}{first.pk}/confirmer/"

    client.post(confirm, {"plan": old})
    digest = desk.school.digest()
    twice = client.post(confirm, {"plan": old}, follow=True)
    assert "Import intégré" in twice.content.decode()
    assert desk.school.digest() == digest

    desk.compared(client, desk.school.population)
    stale = client.post(
        f"{desk.imports}{desk.last().pk}/confirmer/", {"plan": old}, follow=True
    ).content.decode()
    assert "La comparaison vient d’être refaite" in stale
    assert desk.school.digest() == digest


def test_what_is_looked_for_is_in_the_url_and_found_without_accents(desk: Desk) -> None:
    client = browser(desk.cast.secretary)
    url = desk.compared(client, desk.changed(0.9))
    page = client.get(url).content.decode()
    names = re.findall(r'<th scope="row">([^<]+)', page)
    one = next(name for name in names if name.isupper() or " " in name).strip()

    found = client.get(url, {"q": one.lower()}).content.decode()

    assert one in found
    assert client.get(url, {"nature": "inconnue", "page": "999", "champ": "x'"}).status_code == 200


def test_a_declined_import_is_given_up_and_another_takes_its_place(desk: Desk) -> None:
    client, before = browser(desk.cast.secretary), desk.school.digest()
    desk.compared(client, desk.changed())

    answer = client.post(f"{desk.imports}{desk.last().pk}/abandonner/", follow=True)

    assert "Rien n’a été écrit." in answer.content.decode()
    assert desk.last().state == ImportRun.State.DECLINED
    assert desk.school.digest() == before


def test_each_step_opens_to_the_school_alone(desk: Desk) -> None:
    desk.cast.give("lea.prof", Profile.TEACHER)
    teacher = desk.cast.person("lea.prof")
    desk.compared(browser(desk.cast.head), desk.changed())
    run = desk.last().pk

    for rest in ("", "deposer/", f"{run}/comparer/", f"{run}/confirmer/"):
        assert statuses(desk.cast, f"{desk.imports}{rest}", refused=teacher) == RIGHT
    there = f"/e/{desk.cast.other_school}/{YEAR}/imports/{run}/comparer/"
    assert browser(desk.cast.head_next_door).get(there).status_code == 404


def test_the_refused_lines_are_given_back_in_three_forms(desk: Desk) -> None:
    client = browser(desk.cast.secretary)
    desk.compared(client, desk.changed())
    run = desk.last().pk

    kinds = {
        form: client.get(f"{desk.imports}{run}/fiches-a-corriger.{form}").headers["Content-Type"]
        for form in ("xlsx", "csv", "xml")
    }

    assert kinds["csv"] == "text/csv; charset=utf-8"
    assert client.get(f"{desk.imports}{run}/fiches-a-corriger.exe").status_code == 404


def test_a_package_gives_its_pupils_then_its_groups_when_they_are_asked_for(desk: Desk) -> None:
    client = browser(desk.cast.head)
    signed: dict[str, Any] = {"uai": desk.school.uai, "year": YEAR, "actor": "a", "at": NOW}
    (sent,) = export(kinds=("oneroster",), **signed)
    pupils = receive_import(files=[(sent.name, sent.content)], apply=True, **signed).run

    result = f"{desk.imports}{pupils.pk}/resultat/"
    assert "Lire les groupes" in client.get(result).content.decode()
    asked = client.post(f"{desk.imports}{pupils.pk}/suite/", follow=True)

    assert asked.redirect_chain[-1][0].endswith("/controler/")
    work()
    groups = desk.last()
    assert (groups.flow, groups.state) == ("roster-group", ImportRun.State.PLANNED)
    # Those have no rest of their own; neither has a run that is given up.
    client.post(f"{desk.imports}{groups.pk}/suite/")
    assert desk.last() == groups
