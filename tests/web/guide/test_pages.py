"""The pages of the preparation of a year: who opens them, what they say, what they do."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.cast import Cast, browser
from tests.preparation.new_year import AT, YEAR, NewYear, new_year, structures_of_last_year
from tests.web.doors import RIGHT, statuses

from bascule.accounts.models import Person
from bascule.accounts.profiles import Permission, Profile
from bascule.exchange.models import SentFile
from bascule.generator.files import private_file
from bascule.journal.act import act
from bascule.preparation.steps import State as Standing
from bascule.preparation.structures import Kind, save_structure
from bascule.schools.common_data import read_common
from bascule.schools.open_year import State, change_state
from bascule.schools.structures import StructureTyped, structures_of
from bascule.values.steps import Step

READ = ("fil-conducteur/", "structures/", "donnees-communes/")
WRITTEN = (
    "structures/bascule/",
    "structures/division/",
    "structures/groupe/",
    "donnees-communes/modifier/",
    "exports/",
)


@pytest.fixture
def school(base: Any) -> NewYear:
    return new_year()


@pytest.fixture
def head(school: NewYear) -> Client:
    return client_of(school, "marie.chef", Profile.HEAD)


def client_of(school: NewYear, login: str, profile: Profile) -> Client:
    cast = Cast(school.uai, "")
    cast.give(login, profile)
    return browser(cast.person(login))


def path(school: NewYear, rest: str) -> str:
    return f"/e/{school.uai}/{YEAR}/{rest}"


def text(client: Client, school: NewYear, rest: str) -> str:
    answer = client.get(path(school, rest))
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def post(client: Client, school: NewYear, rest: str, **typed: Any) -> Any:
    return client.post(path(school, rest), typed)


@pytest.mark.parametrize("rest", [*READ, *WRITTEN])
def test_pages_open_to_the_school_and_to_nobody_else(cast: Cast, rest: str) -> None:
    cast.give("tom.prof", Profile.TEACHER)

    seen = statuses(cast, f"/e/{cast.school}/{YEAR}/{rest}", refused=cast.person("tom.prof"))

    assert seen == RIGHT


@pytest.mark.parametrize("rest", READ)
def test_the_rectorat_reads_and_is_offered_nothing_to_press(cast: Cast, rest: str) -> None:
    deep = browser(cast.of_authority(Profile.DEEP))

    page = deep.get(f"/e/{cast.school}/{YEAR}/{rest}").content.decode()

    main = page[page.index("<main") : page.index("</main>")]
    assert "<form" not in main
    assert "btn-primary" not in main


@pytest.mark.parametrize("rest", WRITTEN)
def test_the_rectorat_writes_nothing(cast: Cast, rest: str) -> None:
    deep: Person = cast.of_authority(Profile.DEEP)

    assert browser(deep).post(f"/e/{cast.school}/{YEAR}/{rest}").status_code == 403


def test_a_delegate_reads_what_she_was_given_and_no_more(cast: Cast) -> None:
    cast.give("lea.aide", Profile.DELEGATE, permission=Permission.PREPARE)
    client = browser(cast.person("lea.aide"))

    assert client.get(f"/e/{cast.school}/{YEAR}/structures/").status_code == 200
    assert client.get(f"/e/{cast.school}/{YEAR}/structures/bascule/").status_code == 403


def test_the_guide_says_where_the_year_stands_and_leads_to_the_next_step(
    school: NewYear, head: Client
) -> None:
    page = text(head, school, "fil-conducteur/")

    assert "Votre prochaine étape" in page
    assert path(school, "structures/bascule/") in page
    assert "pas encore possible" in page
    assert "Attend l’étape «\N{NO-BREAK SPACE}Nomenclatures reçues\N{NO-BREAK SPACE}»." in page


def test_the_portal_announces_the_next_step_to_who_prepares_the_year(
    school: NewYear, head: Client
) -> None:
    teacher = client_of(school, "tom.prof", Profile.TEACHER)

    assert path(school, "fil-conducteur/") in head.get("/").content.decode()
    assert "étape suivante : Bascule STS" in head.get("/").content.decode()
    assert "étape suivante" not in teacher.get("/").content.decode()


def test_the_bascule_is_made_on_screen_once_the_question_is_answered(
    school: NewYear, head: Client
) -> None:
    structures_of_last_year(school)
    assert "2025-2026" in text(head, school, "structures/bascule/")

    silent = post(head, school, "structures/bascule/")
    assert silent.status_code == 200
    assert "field-wrong" in silent.content.decode()
    answered = post(head, school, "structures/bascule/", uses_sconet="oui")

    assert answered.status_code == 302
    assert "à confirmer" in text(head, school, "structures/")
    again = post(head, school, "structures/bascule/", uses_sconet="non")
    assert again.status_code == 302
    assert school.steps()[Step.SCONET].state is Standing.TO_DO


def test_a_division_and_a_group_are_made_changed_and_removed_on_screen(
    school: NewYear, head: Client
) -> None:
    school.receive_nomenclatures()
    mef = school.teaching.divisions[0].mefs[0]

    made = post(head, school, "structures/division/", code="6 Z", mefs=[mef], planned_count="28")
    assert made.status_code == 302
    post(head, school, "structures/groupe/", code="6LV", divisions=["6 Z"])
    rows = {row.code: row for row in structures_of(uai=school.uai, year=YEAR)}
    edited = post(
        head, school, f"structures/{rows['6 Z'].pk}/", code="6 Y", label="SIXIEME", mefs=[mef]
    )
    assert edited.status_code == 302
    page = text(head, school, "structures/")
    assert "6 Y" in page
    assert "SIXIEME" in page

    refused = post(head, school, f"structures/{rows['6 Z'].pk}/retirer/")
    assert refused.status_code == 409
    assert "6LV" in refused.content.decode()
    post(head, school, f"structures/{rows['6LV'].pk}/retirer/")
    assert "Annuler ma dernière modification" in text(head, school, "structures/")
    post(head, school, "structures/annuler/")
    assert [row.code for row in structures_of(uai=school.uai, year=YEAR)] == ["6 Y", "6LV"]


def test_what_was_typed_stays_when_it_cannot_be(school: NewYear, head: Client) -> None:
    school.receive_nomenclatures()
    mef = school.teaching.divisions[0].mefs[0]
    save_structure(kind=Kind.DIVISION, typed=StructureTyped("6 A", mefs=[mef]), **school.where)

    answer = post(head, school, "structures/division/", code="6 A", label="SIXIEME DEUX")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "SIXIEME DEUX" in page
    assert "déjà pris" in page


def test_validating_too_early_says_what_is_missing_and_leads_there(
    school: NewYear, head: Client
) -> None:
    early = post(head, school, "structures/valider/")
    assert early.status_code == 409
    assert "Nomenclatures reçues" in early.content.decode()

    school.receive_nomenclatures()
    school.receive_structures()
    school.receive_common_data()
    done = post(head, school, "structures/valider/")
    assert done.status_code == 302
    assert "sont validés" in text(head, school, "structures/")


def test_profiling_too_early_says_what_is_missing_with_a_link(
    school: NewYear, head: Client
) -> None:
    answer = post(head, school, "profilage/valider/")

    page = answer.content.decode()
    assert "Nomenclatures reçues" in page
    assert f'href="{path(school, "nomenclatures/")}"' in page


def test_exporting_too_early_says_what_is_missing_with_a_link(
    school: NewYear, head: Client
) -> None:
    school.receive_nomenclatures()

    answer = post(head, school, "exports/", nature="tout")

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Divisions et groupes validés" in page
    assert f'href="{path(school, "structures/")}"' in page


def test_importing_too_early_says_what_is_missing_with_a_link(
    school: NewYear, head: Client
) -> None:
    made = private_file(school.population, version="3.1", at=AT)
    school.receive_nomenclatures()
    school.receive_structures()

    file = SimpleUploadedFile(made.name, made.content)
    answer = post(head, school, "imports/deposer/", deposited=file)

    page = answer.content.decode()
    assert "Exports remis à votre logiciel" in page
    assert f'href="{path(school, "exports/")}"' in page
    school.export()
    file = SimpleUploadedFile(made.name, made.content)
    assert post(head, school, "imports/deposer/", deposited=file).status_code == 302


def test_one_press_gives_the_files_as_software_wants_them(school: NewYear, head: Client) -> None:
    school.receive_nomenclatures()
    school.receive_structures()
    school.receive_common_data()

    answer = post(head, school, "exports/", nature="tout")
    one = post(head, school, "exports/", nature="structures")

    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as together:
        names = [f"ExportXML_{name}.zip" for name in ("Nomenclature", "Structures", "Communs")]
        assert together.namelist() == names
        for name in names:
            with zipfile.ZipFile(io.BytesIO(together.read(name))) as inner:
                assert inner.namelist() == [f"{name[10:-4]}.xml"]
    assert one["Content-Disposition"] == 'attachment; filename="ExportXML_Structures.zip"'
    assert "CHEF Marie" in text(head, school, "exports/")
    assert school.steps()[Step.EXPORTS].state is Standing.DONE
    with act(uai=school.uai, kind="test", actor="test", at=school.where["at"]):
        assert SentFile.objects.filter(uai=school.uai).count() == 4


def test_what_no_export_is_called_is_refused(school: NewYear, head: Client) -> None:
    assert post(head, school, "exports/", nature="photos").status_code == 409


def test_common_data_are_changed_then_verified_on_screen(school: NewYear, head: Client) -> None:
    early = post(head, school, "donnees-communes/verifier/")
    assert early.status_code == 409
    assert "Il manque des données" in text(head, school, "donnees-communes/")
    typed = {
        "DENOM_PRINC": "COLLEGE PRIVE", "LIGNE1_ADRESSE": "1 RUE DES ESSAIS", "CODE_POSTAL": "99000",
        "LIBELLE_POSTAL": "VILLE", "NOM_RESP": "MOREL", "QUAL_RESP": "Directrice",
        "starts_on": "01/09/2026", "ends_on": "31082027",
        "periods-TOTAL_FORMS": "2", "periods-INITIAL_FORMS": "0",
        "periods-0-label": "Trimestre 2", "periods-0-starts_on": "1/12/26", "periods-0-ends_on": "28/02/2027",
        "periods-1-label": "Trimestre 1", "periods-1-starts_on": "01/09/2026", "periods-1-ends_on": "30/11/2026",
        "closings-TOTAL_FORMS": "1", "closings-INITIAL_FORMS": "0",
        "closings-0-label": "Noël", "closings-0-starts_on": "19/12/2026", "closings-0-ends_on": "03/01/2027",
    }  # fmt: skip

    half = post(head, school, "donnees-communes/modifier/", **{**typed, "closings-0-ends_on": ""})
    assert half.status_code == 200
    assert "Remplissez toute la ligne" in half.content.decode()
    wrong = post(
        head, school, "donnees-communes/modifier/", **{**typed, "periods-0-starts_on": "1/11/26"}
    )
    assert "les périodes se suivent" in wrong.content.decode()
    assert post(head, school, "donnees-communes/modifier/", **typed).status_code == 302

    found = read_common(uai=school.uai, year=YEAR)
    assert [span.label for span in found.periods] == ["Trimestre 1", "Trimestre 2"]
    assert post(head, school, "donnees-communes/verifier/").status_code == 302
    assert "Ces données sont vérifiées" in text(head, school, "donnees-communes/")


def test_a_closed_year_is_read_and_not_written(school: NewYear, head: Client) -> None:
    school.receive_nomenclatures()
    change_state(state=State.CLOSED, **school.where)

    assert "Valider divisions" not in text(head, school, "structures/")
    assert "Ces données sont exactes" not in text(head, school, "donnees-communes/")
    assert "Votre prochaine étape" not in text(head, school, "fil-conducteur/")
    assert post(head, school, "structures/valider/").status_code == 409
