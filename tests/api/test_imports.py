"""The imports of a school over the REST interface: what the command says, in the same words."""

import json
from io import BytesIO

import pytest
from pypdf import PdfReader
from tests.api.conftest import Call
from tests.cast import Cast

from bascule.config.main import main
from bascule.exchange import reports, runs
from bascule.exchange.reports import Form


def path(cast: Cast, rest: str = "") -> str:
    return f"/etablissements/{cast.school}/imports{rest}"


@pytest.fixture
def run(cast: Cast) -> int:
    return runs.list_runs(uai=cast.school)[0].pk


def test_the_list_says_what_the_command_says(
    call: Call, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["runs", "--school", cast.school, "--json"])

    said = call(path(cast)).json()["imports"]
    assert all(one.pop("page") and one.pop("applies") for one in said)
    assert said == json.loads(capsys.readouterr().out)


def test_one_import_says_what_the_list_says_of_it(call: Call, cast: Cast, run: int) -> None:
    said = call(path(cast, f"/{run}")).json()

    assert said == call(path(cast)).json()["imports"][0]
    assert (said["run"], said["school"], said["state"]) == (run, cast.school, "applied")


def test_the_list_is_of_one_year_when_asked(call: Call, cast: Cast) -> None:
    assert len(call(path(cast), annee="2026").json()["imports"]) == 1
    assert call(path(cast), annee="2025").json()["imports"] == []


def test_pages_follow_each_other(call: Call, cast: Cast, run: int) -> None:
    assert [one["run"] for one in call(path(cast), nombre="1").json()["imports"]] == [run]
    assert call(path(cast), nombre="1", avant=str(run)).json()["imports"] == []


@pytest.mark.parametrize(
    ("form", "kind", "extension"),
    [
        (Form.JSON, "application/json", "json"),
        (Form.CSV, "text/csv; charset=utf-8", "csv"),
        (Form.TEXT, "text/plain; charset=utf-8", "txt"),
    ],
)
def test_the_report_comes_in_the_form_that_is_asked(
    call: Call, cast: Cast, run: int, form: Form, kind: str, extension: str
) -> None:
    asked = "texte" if form is Form.TEXT else form.value

    answer = call(path(cast, f"/{run}/compte-rendu"), forme=asked)

    assert answer.content == reports.report(run_id=run, uai=cast.school, form=form)
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="compte-rendu_{cast.school}_{run}.{extension}"'
    )


def test_the_report_comes_as_pdf(call: Call, cast: Cast, run: int) -> None:
    answer = call(path(cast, f"/{run}/compte-rendu"), forme="pdf")

    assert PdfReader(BytesIO(answer.content)).pages
    assert answer.headers["Content-Type"] == "application/pdf"


def test_without_a_form_the_report_is_for_programs(call: Call, cast: Cast, run: int) -> None:
    assert "application/json" in call(path(cast, f"/{run}/compte-rendu")).headers["Content-Type"]


def test_a_form_that_is_not_one_is_told(call: Call, cast: Cast, run: int) -> None:
    assert call(path(cast, f"/{run}/compte-rendu"), forme="docx").status_code == 422
