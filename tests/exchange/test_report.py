"""The report of an import: what stands in each section, and each form it is given in."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from bascule.exchange.flows.private_import import FLOW
from bascule.exchange.import_pipeline.report import (
    GuardRow,
    Head,
    PlanLineRow,
    Report,
    RunFindingRow,
    Section,
    build_report,
)
from bascule.exchange.labels import HIDDEN, change_label, field_label, value_label
from bascule.exchange.papers import refused, words
from bascule.exchange.papers.csv import COLUMNS, neutral, render_csv
from bascule.exchange.papers.json import render_json
from bascule.exchange.papers.pdf import render_pdf
from bascule.exchange.papers.text import render_text
from bascule.exchange.records import Heading
from bascule.exchange.rules.book import RULES
from bascule.findings import Effect, Subject
from bascule.formats.envelope import open_deposit
from bascule.students.rows import EnrolmentRow, GuardianRow, LinkRow, SchoolingRow, StudentRow

GOLDEN = Path(__file__).parent / "cases" / "report.txt"

PARIS = timezone(timedelta(hours=2))
HEAD = Head(
    uai="9990001X",
    school_name="Collège Exemple",
    year_label="2026-2027",
    run_id=12,
    state="held",
    state_label="retenu pour vérification",
    received_at=datetime(2026, 9, 7, 14, 5, tzinfo=PARIS),
    file_names=("9990001XPRIVE2026260907120000.zip",),
    kind="Import du privé",
    version="3.1",
    software="EXEMPLE",
    send_number=4,
    made_on=date(2026, 9, 7),
)
COUNTS = {
    "persons_read": 4, "persons_created": 1, "persons_changed": 0, "persons_unchanged": 2, "persons_rejected": 1,
    "pupils_read": 1312, "pupils_created": 1, "pupils_changed": 2, "pupils_unchanged": 1308, "pupils_rejected": 1,
    "pupils_absent": 1, "pupils_left": 1, "links_removed": 1, "values_kept": 3, "values_erased": 0,
}  # fmt: skip
GUARDS = (
    GuardRow("older", "Ce fichier est plus ancien que le dernier intégré."),
    GuardRow("departures", "400 élèves sur 1000 sont partis.", needs_authority=True),
)


def _finding(code: str, subject: str, effect: str, **given: Any) -> RunFindingRow:
    common: dict[str, Any] = {"blocks": effect != "note", "line": 10, "rank": 1}
    return RunFindingRow(code, subject, effect, **(common | given))


FINDINGS = (
    _finding("INF_FICHI_A_01", "file", "note", line=3, field="TRUC", value="ELEVE/TRUC"),
    _finding(
        "REJRE_CREAT_A_01", "person", "record", line=40, rank=5, field="ID_PRV_PER", value="abc",
        record="REFUS Paul",
    ),
    _finding(
        "NBENF_F_03", "person", "default", line=60, rank=6, field="ENFANT_A_CHARGE", value="-2",
        record="EXEMPLE Claire", private_id=91,
    ),
    _finding(
        "PEPCS_B_01", "person", "default", line=60, rank=6, field="CODE_PROFESSION", value="ZQ",
        record="EXEMPLE Claire", private_id=91,
    ),
    _finding(
        "INF_COMAD_A_01", "person", "note", line=60, rank=6, field="COMMUNICATION_ADRESSE",
        record="EXEMPLE Claire", private_id=91,
    ),
    _finding(
        "INF_REGIM_A_01", "pupil", "note", line=120, rank=1, field="CODE_REGIME", record="PARTI Noé",
        private_id=58,
    ),
    _finding(
        "REJEL_SORTI_F_01", "pupil", "record", line=120, rank=1, field="CODE_MOTIF_SORTIE", value="99",
        record="PARTI Noé", private_id=58,
    ),
    _finding(
        "ACDIV_B_01", "pupil", "part", line=150, rank=2, field="CODE_DIVISION", value="6 Z",
        detail="La division 6 Z n’existe pas dans les structures.", record="EXEMPLE Zoé", private_id=57,
        target_id=100001, division="6 Z",
    ),
    _finding(
        "ELNAT_B_01", "pupil", "part", line=150, rank=2, field="CODE_PAYS_NAT", value="QQX",
        record="EXEMPLE Zoé", private_id=57, target_id=100001, division="6 Z",
    ),
    _finding(
        "INF_ELNOM_A_01", "pupil", "note", line=150, rank=2, field="NOM_DE_FAMILLE", value="EXEMPLE Zoé",
        detail="Avant : EXEMPL Zoé.", record="EXEMPLE Zoé", private_id=57, target_id=100001, division="6 Z",
    ),
)  # fmt: skip
LINES = (
    PlanLineRow(
        "link", "remove", 150, 2, 57, 100001, "EXEMPLE Zoé", "6 Z", {"guardian": ["ANCIEN Luc", None]}
    ),
    PlanLineRow("person", "create", 90, 7, 93, None, "NOUVELLE Jo"),
    PlanLineRow("person", "update", 60, 6, 91, 200001, "EXEMPLE Claire", "", {"profession": ["10", "QP"]}),
    PlanLineRow(
        "pupil", "update", 150, 2, 57, 100001, "EXEMPLE Zoé", "6 Z",
        {
            "regime": ["0", "2"],
            "nationality": ["QQ1", "QQ2"],
            "left_on": ["2026-09-02", None],
            "guardian.ANCIEN Luc": ["1 20", None],
        },
        "999999999ZZ",
    ),
    PlanLineRow("pupil", "create", 180, 3, 60, None, "ÉCRIT Élie", "6 A"),
    PlanLineRow("pupil", "update", 190, 4, 62, 100003, "FABRE Jo", "6 A", {"options": [[], ["030201 O"]]}),
    PlanLineRow("pupil", "absent", None, None, 61, 100009, "ABSENT Éva", "5 B"),
)  # fmt: skip


def _report(**given: Any) -> Report:
    whole: dict[str, Any] = {
        "head": HEAD,
        "counts": COUNTS,
        "guards": GUARDS,
        "findings": FINDINGS,
        "lines": LINES,
    }
    return build_report(**(whole | given))


@pytest.fixture(scope="module")
def report() -> Report:
    return _report()


def _codes(section: Section) -> list[str]:
    return [row.code for row in section.rows]


# Sections


def test_the_eight_sections_stand_in_the_official_order(report: Report) -> None:
    titles = [(section.number, section.title) for section in report.sections]

    assert titles == [
        (1, "Responsables rejetés"),
        (2, "Responsables importés avec anomalies"),
        (3, "Notes d’attention sur les responsables"),
        (4, "Élèves rejetés"),
        (5, "Élèves importés avec anomalies"),
        (6, "Notes d’attention sur les élèves"),
        (7, "Élèves de la base absents du fichier"),
        (8, "Élèves modifiés ou ajoutés"),
    ]


def test_a_rejected_guardian_stands_in_section_1_with_what_to_do(report: Report) -> None:
    (row,) = report.sections[0].rows

    assert (row.name, row.ids, row.line, row.value) == ("REFUS Paul", "–/–", 40, "abc")
    assert row.remedy == "Corrigez dans votre logiciel, puis renvoyez le fichier."
    assert report.sections[0].record_count == 1


def test_an_imported_guardian_has_anomalies_in_section_2_and_notes_in_section_3(
    report: Report,
) -> None:
    anomalies, notes = report.sections[1:3]

    assert _codes(anomalies) == ["NBENF_F_03", "PEPCS_B_01"]
    assert anomalies.record_count == 1
    assert _codes(notes) == ["INF_COMAD_A_01"]


def test_a_guardian_known_by_the_plan_has_the_id_of_the_base(report: Report) -> None:
    assert {row.ids for row in report.sections[1].rows} == {"200001/91"}


def test_a_rejected_pupil_has_all_its_findings_in_section_4_the_rejection_first(
    report: Report,
) -> None:
    section = report.sections[3]

    assert _codes(section) == ["REJEL_SORTI_F_01", "INF_REGIM_A_01"]
    assert section.record_count == 1


def test_an_imported_pupil_has_anomalies_in_section_5_and_notes_in_section_6(
    report: Report,
) -> None:
    anomalies, notes = report.sections[4:6]

    assert _codes(anomalies) == ["ACDIV_B_01", "ELNAT_B_01"]
    assert anomalies.rows[0].division == "6 Z"
    assert anomalies.rows[0].anomaly.endswith("La division 6 Z n’existe pas dans les structures.")
    assert _codes(notes) == ["INF_ELNOM_A_01"]


def test_an_absent_pupil_stands_in_section_7_only(report: Report) -> None:
    (row,) = report.sections[6].rows

    assert (row.division, row.name, row.ids) == ("5 B", "ABSENT Éva", "100009/61")


def test_section_8_tells_additions_and_changes_by_division_then_name(report: Report) -> None:
    section = report.sections[7]

    assert [(row.action, row.division, row.name) for row in section.rows] == [
        ("AJOUT", "6 A", "ÉCRIT Élie"),
        ("MODIF", "6 A", "FABRE Jo"),
        ("MODIF", "6 Z", "EXEMPLE Zoé"),
    ]
    assert section.rows[2].ine == "999999999ZZ"
    assert section.rows[2].changes[0] == "Régime : 0 → 2"


def test_a_guardian_taken_from_a_pupil_heads_the_report(report: Report) -> None:
    (removal,) = report.removals

    assert words.removal_text(removal) == "EXEMPLE Zoé (100001/57) : ANCIEN Luc"


def test_what_is_said_of_the_file_stands_in_no_section(report: Report) -> None:
    assert [row.code for row in report.file_rows] == ["INF_FICHI_A_01"]


def test_counts_add_up_to_what_was_read(report: Report) -> None:
    assert report.pupils.read_count == 1312
    assert report.pupils.adds_up
    assert report.persons.adds_up
    assert not replace(report.pupils, rejected_count=2).adds_up


def test_the_refused_rows_are_those_of_the_rejected_guardians_then_pupils(report: Report) -> None:
    assert [row.code for row in report.refused_rows] == [
        "REJRE_CREAT_A_01",
        "REJEL_SORTI_F_01",
        "INF_REGIM_A_01",
    ]


def test_what_is_to_be_sent_again_is_what_was_set_aside_and_who_lost_a_guardian() -> None:
    lost = _finding("PAREN_B_01", "pupil", "part", rank=9)

    report, without = _report(findings=[*FINDINGS, lost]), _report(findings=[lost])

    assert report.person_ranks_to_resend == {5}
    assert report.pupil_ranks_to_resend == {1, 9}
    assert without.pupil_ranks_to_resend == frozenset()


def test_a_record_without_a_name_is_told_by_its_rank() -> None:
    nameless = _finding("REJEL_CREAT_B_01", "pupil", "record", rank=7, record="")

    report = _report(findings=[nameless], lines=[])

    assert report.sections[3].rows[0].name == "Fiche n° 7, sans nom lisible"


def test_a_finding_of_a_rule_since_dropped_is_still_shown() -> None:
    old = _finding("GONE_A_01", "pupil", "part", detail="Ce qui était dit.")

    (row,) = _report(findings=[old], lines=[]).sections[4].rows

    assert (row.code, row.anomaly) == ("GONE_A_01", "Règle qui n’existe plus. Ce qui était dit.")


_findings = st.builds(
    RunFindingRow,
    code=st.sampled_from([rule.code for rule in RULES]),
    subject=st.sampled_from([subject.value for subject in Subject]),
    effect=st.sampled_from([effect.value for effect in Effect]),
    blocks=st.booleans(),
    line=st.integers(1, 9),
    rank=st.integers(1, 9),
    value=st.text(max_size=5),
)


@given(st.lists(_findings))
def test_each_finding_stands_once_and_a_record_is_rejected_or_imported(
    findings: list[RunFindingRow],
) -> None:
    report = _report(findings=findings, lines=[])

    shown = [row for section in report.sections for row in section.rows] + list(report.file_rows)
    assert sorted(row.code for row in shown) == sorted(finding.code for finding in findings)
    for rejected, *imported in (report.sections[0:3], report.sections[3:6]):
        ranks = {row.rank for row in rejected.rows}
        assert all(
            any(r.effect == Effect.RECORD for r in rejected.rows if r.rank == n) for n in ranks
        )
        assert not any(row.rank in ranks for section in imported for row in section.rows)
    assert all(section.record_count <= len(section.rows) for section in report.sections)


# What may not be shown


_SENSITIVE = ("QQ1", "QQ2", "QQX", "ZQ", "QP")


def test_no_form_gives_nationality_or_profession(report: Report) -> None:
    pages = PdfReader(io.BytesIO(render_pdf(report))).pages
    forms = [
        render_text(report),
        render_json(report),
        render_csv(report).decode(),
        "".join(page.extract_text() for page in pages),
    ]

    for form in forms:
        assert "Nationalité" in form
        assert not any(value in form for value in _SENSITIVE)


@pytest.mark.parametrize(
    ("field", "value"),
    [("CODE_BOURSE", "8"), ("NB_PART", "3"), ("CODE_MATIERE", "901000"), ("CODE_PARENTE", "41")],
)
def test_a_sensitive_value_read_is_hidden(field: str, value: str) -> None:
    found = _finding("BOURS_A_01", "pupil", "part", field=field, value=value)

    assert _report(findings=[found]).sections[4].rows[0].value == HIDDEN


@pytest.mark.parametrize(
    ("field", "value"), [("CODE_MATIERE", "030201"), ("CODE_PARENTE", "99"), ("CODE_PAYS_NAT", "")]
)
def test_any_other_value_read_is_shown(field: str, value: str) -> None:
    found = _finding("BOURS_A_01", "pupil", "part", field=field, value=value)

    assert _report(findings=[found]).sections[4].rows[0].value == value


def test_a_character_that_acts_on_the_screen_is_replaced() -> None:
    hostile = _finding("ACDIV_B_01", "pupil", "part", value="a\x9b31m\u202eb\xa0c")

    (row,) = _report(findings=[hostile]).sections[4].rows

    assert row.value == "a\ufffd31m\ufffdb\xa0c"


# Labels


@pytest.mark.parametrize(
    ("key", "change", "expected"),
    [
        ("regime", ["0", "2"], "Régime : 0 → 2"),
        ("usual_name", [None, "DUPRÉ"], "Nom d’usage : (vide) → DUPRÉ"),
        ("is_repeating", [False, True], "Doublement : non → oui"),
        ("left_on", [None, "2026-10-02"], "Date de sortie : (vide) → 02/10/2026"),
        ("options", [["030201 O"], []], "Options : 030201 O → (vide)"),
        ("options", [[], ["030201 O", "901000 F"]], f"Options : (vide) → 030201 O, {HIDDEN}"),
        ("nationality", ["100", "132"], f"Nationalité : changement ({HIDDEN})"),
        ("grants", [["8 3"], []], f"Bourses : changement ({HIDDEN})"),
        ("exit_reason", [None, "43"], f"Motif de sortie : (vide) → {HIDDEN}"),
        ("guardian.91.kinship", ["10", "20"], "Responsable n° 91, lien de parenté : 10 → 20"),
        ("guardian.91.kinship", ["10", "51"], f"Responsable n° 91, lien de parenté : 10 → {HIDDEN}"),
        (
            "guardian.#12.pays_fees",
            [None, True],
            "Responsable n° 12 de la base, paie les frais scolaires : (vide) → oui",
        ),
        (
            "guardian.91.level",
            ["1", "3"],
            "Responsable n° 91, niveau de responsabilité : représentant légal → personne à contacter",
        ),
        ("guardian.91", [None, "1 10"], "Responsable n° 91 ajouté : représentant légal, lien 10"),
        ("guardian.91", [None, "2 41"], "Responsable n° 91 ajouté : personne en charge, lien non affiché"),
        ("guardian.LE GOFF J.-P.", ["1 20", None], "Responsable LE GOFF J.-P. retiré"),
        ("enrolment", [None, "10010012110 6 A"], "Inscription pour l’année : 10010012110 6 A"),
        ("enrolment", [None, ""], "Inscription pour l’année"),
        ("schooling", [None, "10010012110"], "Scolarité ouverte : 10010012110"),
        ("schooling", ["1 A", "2 B"], "Scolarité : 1 A → 2 B"),
        ("schooling.2026-10-01", ["2 B", None], "Scolarité du 01/10/2026 retirée : 2 B"),
    ],
)  # fmt: skip
def test_a_change_reads_as_a_sentence(key: str, change: list[Any], expected: str) -> None:
    assert change_label(key, change) == expected


@pytest.mark.parametrize("row", [StudentRow, EnrolmentRow, SchoolingRow, GuardianRow])
def test_each_column_that_a_plan_shows_has_a_french_label(row: Any) -> None:
    shown = set(row.columns) - {"identity_key", "sort_key"}

    assert not {name for name in shown if field_label(name) == name}


@pytest.mark.parametrize("column", LinkRow.columns)
def test_each_column_of_a_link_has_a_french_label(column: str) -> None:
    assert column not in field_label(f"guardian.91.{column}")


@pytest.mark.parametrize(
    ("value", "expected"), [("2026-09-01", "01/09/2026"), ("demain", "demain")]
)
def test_a_date_is_shown_the_french_way_and_what_is_none_as_it_is(
    value: str, expected: str
) -> None:
    assert value_label("left_on", value) == expected


def test_what_looks_like_a_date_elsewhere_is_left_alone() -> None:
    assert value_label("division", "2026-09-01") == "2026-09-01"


# Text


def test_the_text_is_the_one_that_was_agreed(report: Report) -> None:
    assert render_text(report) == GOLDEN.read_text(encoding="utf-8")


def test_an_empty_report_says_so_in_each_section() -> None:
    text = render_text(_report(findings=[], lines=[], guards=[], counts={}))

    assert text.count(words.NOTHING) == 8
    assert words.GUARDS not in text
    assert words.REMOVALS not in text


@pytest.mark.parametrize(("asked", "given_width"), [(40, 80), (96, 96), (500, 120)])
def test_lines_of_text_keep_to_the_width_of_a_terminal(
    report: Report, asked: int, given_width: int
) -> None:
    lines = render_text(report, width=asked).splitlines()

    assert max(map(len, lines)) <= given_width
    assert max(map(len, lines)) > given_width - 25


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0\xa0élève"), (1, "1\xa0élève"), (1312, "1\xa0312\xa0élèves")]
)
def test_a_count_agrees_with_its_noun(count: int, expected: str) -> None:
    assert words.counted(count, "élève") == expected


def test_a_file_given_to_people_is_named_after_school_year_and_instant() -> None:
    name = words.file_name(HEAD, "csv")

    assert name == "compte-rendu_9990001X_2026-2027_20260907-1405.csv"


# JSON


def test_the_json_has_its_stable_keys(report: Report) -> None:
    content = json.loads(render_json(report))

    assert list(content) == [
        "report",
        "head",
        "counts",
        "guards",
        "removals",
        "given",
        "file",
        "sections",
    ]
    assert content["head"]["received_at"] == "2026-09-07T14:05:00+02:00"
    assert content["counts"]["pupils"] == {
        "read": 1312,
        "created": 1,
        "changed": 2,
        "unchanged": 1308,
        "rejected": 1,
        "spared": 0,
    }
    rejected, written = content["sections"][3], content["sections"][7]
    assert (rejected["code"], rejected["count"]) == ("pupils_rejected", 1)
    assert rejected["rows"][0]["code"] == "REJEL_SORTI_F_01"
    assert [row["action"] for row in written["rows"]] == ["AJOUT", "MODIF", "MODIF"]


# CSV


def _read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_the_csv_is_one_that_a_french_spreadsheet_opens(report: Report) -> None:
    content = render_csv(report)

    head, *lines = _read_csv(content)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == len(lines) + 1
    assert tuple(head) == COLUMNS
    assert {len(line) for line in lines} == {len(COLUMNS)}


def test_the_csv_holds_every_row_of_every_section(report: Report) -> None:
    _, *lines = _read_csv(render_csv(report))

    numbers = [line[0] for line in lines]
    assert [numbers.count(str(section.number)) for section in report.sections] == [
        len(section.rows) for section in report.sections
    ]
    assert lines[1][8:10] == ["RETRAIT", "Responsable ANCIEN Luc retiré"]


@pytest.mark.parametrize(
    "payload",
    [
        "=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", "  =1", "\xa0=1",
        '=HYPERLINK("http://x";"y")', "=cmd|'/c calc'!A1",
    ],
)  # fmt: skip
def test_a_formula_in_a_value_is_only_text(payload: str) -> None:
    hostile = _finding("ACDIV_B_01", "pupil", "part", value=payload, record=payload)

    report = _report(findings=[hostile], lines=[])
    (line,) = _read_csv(render_csv(report))[1:]

    row = report.sections[4].rows[0]
    assert (line[4], line[11]) == (neutral(row.name), neutral(row.value))
    assert neutral(payload) == f"'{payload}"


@given(st.text())
@example("\x0c@")
def test_whatever_the_cell_holds_its_first_sign_computes_nothing_and_the_text_is_kept(
    text: str,
) -> None:
    cell = neutral(text)

    assert not cell.lstrip().startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))
    assert cell in (text, f"'{text}")


def test_a_plain_value_keeps_its_zeros_and_gets_no_apostrophe() -> None:
    assert [neutral(cell) for cell in ("0600000000", "6 A", None, 12)] == [
        "0600000000",
        "6 A",
        "",
        "12",
    ]


# PDF


def _pages(report: Report) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(render_pdf(report))).pages]


def test_the_pdf_holds_names_codes_and_page_numbers(report: Report) -> None:
    pages = _pages(report)

    text = "\n".join(pages)
    for expected in ("EXEMPLE Zoé", "REJEL_SORTI_F_01", "100001/57", "999999999ZZ", "ANCIEN Luc"):
        assert expected in text
    for number, page in enumerate(pages, 1):
        assert f"Page {number}/{len(pages)}" in page
        assert page.startswith("9990001X Collège Exemple")
        assert "2026-2027 – 07/09/2026 à 14 h 05" in page.replace("\xa0", " ")


def test_the_pdf_is_tagged_titled_and_in_french(report: Report) -> None:
    content = PdfReader(io.BytesIO(render_pdf(report)))

    root: Any = content.trailer["/Root"].get_object()
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr-FR"
    assert content.metadata is not None
    assert content.metadata.title == words.TITLE
    assert content.metadata.creation_date == HEAD.received_at
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    assert {tuple(map(round, page.mediabox[2:])) for page in content.pages} == {(595, 842)}


def test_the_same_report_gives_the_same_pdf(report: Report) -> None:
    assert render_pdf(report) == render_pdf(report)


def test_a_value_without_a_blank_is_cut_to_the_width_of_its_column() -> None:
    endless = _finding(
        "ACDIV_B_01", "pupil", "part", field="CODE_DIVISION", value="x" * 300, record="A" * 100
    )

    text = "".join(_pages(_report(findings=[endless], lines=[]))).replace("\u200b", "")

    assert text.count("x") >= 300
    assert max(map(len, re.findall("x+", text))) < 60
    assert max(map(len, re.findall("A+", text))) < 20


def test_a_long_section_repeats_the_head_of_its_table() -> None:
    many = [
        PlanLineRow("pupil", "absent", None, None, n, n, f"ABSENT Éva {n}", "5 B")
        for n in range(120)
    ]

    pages = _pages(_report(findings=[], lines=many, guards=[]))

    of_the_table = [page for page in pages if "ABSENT Éva" in page]
    assert len(of_the_table) > 2
    assert all("Nom Prénom" in page for page in of_the_table)


@pytest.mark.parametrize(
    "value",
    [
        "#panic() $x$ *gras* _ital_ `code` @ref <label> \\",
        '"; #read("/etc/passwd")',
        "漢字 عربى 😀 \ue000",
        "x" * 300,
        "e\u0301\u0301",
        "\u2029\u2028",
    ],
)
def test_a_value_is_never_read_as_markup_and_never_stops_the_pdf(value: str) -> None:
    hostile = _finding("ACDIV_B_01", "pupil", "part", value=value, record=value, division="6")

    text = "".join(_pages(_report(findings=[hostile], lines=[])))

    assert "ACDIV_B_01" in text
    if value.isascii():
        shown = re.sub(r"[\s\u200b]", "", text)
        assert re.sub(r"\s", "", value) in shown


@settings(max_examples=40)
@given(st.text(max_size=40))
def test_any_name_can_be_printed(text: str) -> None:
    hostile = _finding("ACDIV_B_01", "pupil", "part", record=text)

    assert render_pdf(_report(findings=[hostile], lines=[])).startswith(b"%PDF")


def test_all_that_the_pdf_says_it_can_draw_is_drawn() -> None:
    blocks = (
        (0x20, 0x7F),
        (0xA0, 0x500),
        (0x1E00, 0x1F00),
        (0x2010, 0x2041),
        (0x20A0, 0x20C0),
        (0x2190, 0x219A),
    )
    text = " ".join(chr(code) for first, last in blocks for code in range(first, last))
    wide = _finding("ACDIV_B_01", "pupil", "part", detail=text)

    assert "ACDIV_B_01" in "".join(_pages(_report(findings=[wide], lines=[])))


# Refused lines


def test_the_workbook_of_refused_lines_reads_back(report: Report) -> None:
    content = refused.render_refused_xlsx(report)

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    head, *rows = book.get_sheet_by_name("Fiches refusées").to_python()
    assert head == [
        "N° de ligne",
        "Rang",
        "Élève/Responsable",
        "Identifiant",
        "Champ",
        "Valeur",
        "Anomalie",
        "Comment corriger",
        "Code",
    ]
    assert rows[1] == [
        120.0,
        1.0,
        "Élève PARTI Noé",
        "–/58",
        "CODE_MOTIF_SORTIE",
        "99",
        "Motif de sortie hors nomenclature.",
        "Corrigez dans votre logiciel, puis renvoyez le fichier.",
        "REJEL_SORTI_F_01",
    ]
    notes = {row[0]: str(row[1]) for row in book.get_sheet_by_name("À lire").to_python()}
    assert notes["Reçu"].replace("\xa0", " ") == "le 07/09/2026 à 14 h 05"


@pytest.mark.parametrize("payload", ["=1+1", "http://example.org", "00123", "{=1}"])
def test_a_payload_in_the_workbook_stays_text(payload: str) -> None:
    hostile = _finding("REJEL_CREAT_B_01", "pupil", "record", value=payload, record=payload)

    content = refused.render_refused_xlsx(_report(findings=[hostile]))

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    row = book.get_sheet_by_name("Fiches refusées").to_python()[1]
    assert (row[2], row[5]) == (f"Élève {payload}", payload)


def test_the_same_report_gives_the_same_workbook(report: Report) -> None:
    assert refused.render_refused_xlsx(report) == refused.render_refused_xlsx(report)


def test_the_csv_of_refused_lines_holds_the_same_rows_as_the_workbook(report: Report) -> None:
    head, *lines = _read_csv(refused.render_refused_csv(report))

    assert len(head) == 9
    assert [line[8] for line in lines] == [row.code for row in report.refused_rows]
    assert lines[0][:4] == ["40", "5", "Responsable REFUS Paul", "–/–"]


def _person(number: str) -> str:
    return (
        f"<PERSONNE><ID_PRV_PER>{number}</ID_PRV_PER><NOM_DE_FAMILLE>ADULTE{number}</NOM_DE_FAMILLE>"
        "<PRENOM>Œnone &amp; Cie</PRENOM></PERSONNE>"
    )


def _pupil(number: int, *guardians: int | str) -> str:
    links = "".join(
        f"<LEGAL><ID_PRV_PER>{guardian}</ID_PRV_PER><CODE_PARENTE>10</CODE_PARENTE></LEGAL>"
        for guardian in guardians
    )
    return (
        f"<ELEVE><ID_PRV_ELE>{number}</ID_PRV_ELE><NOM_DE_FAMILLE>EXEMPLE{number}</NOM_DE_FAMILLE>"
        "<PRENOM>Zoé</PRENOM><BOURSES><BOURSE><CODE_BOURSE>8</CODE_BOURSE></BOURSE></BOURSES>"
        f"<RESPONSABLES_ELEVE>{links}</RESPONSABLES_ELEVE></ELEVE>"
    )


_PERSONS = f"<PERSONNES>{''.join(map(_person, ('91', '92', '093', 'abc')))}</PERSONNES>"
_PUPILS = (
    f"<ELEVES>{_pupil(1, 91)}{_pupil(2, 92, 93)}{_pupil(3, 91, '0092')}{_pupil(4, 'abc')}</ELEVES>"
)


def _import_of(*parts: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><IMPORT_ELEVES VERSION=""><PARAMETRES>'
        "<UAJ>9990001X</UAJ><ANNEE_SCOLAIRE>2026</ANNEE_SCOLAIRE><DATE_IMPORT>07/09/2026</DATE_IMPORT>"
        "<NUM_ENVOI>4</NUM_ENVOI><LOGICIEL>EXEMPLE</LOGICIEL></PARAMETRES>"
        f"<DONNEES>{''.join(parts)}</DONNEES></IMPORT_ELEVES>"
    ).encode()


def _read_import(content: bytes) -> tuple[Heading, list[tuple[str, Any]]]:
    opened = FLOW.open([open_deposit("depot.xml", content)])
    records = [(raw.tag, raw.fields) for raw in opened.records()]
    return opened.heading, records


def _cut(
    content: bytes, pupil_ranks: Sequence[int] = (), person_ranks: Sequence[int] = ()
) -> bytes:
    opened = FLOW.open([open_deposit("depot.xml", content)])
    return refused.refused_import(opened=opened, pupil_ranks=pupil_ranks, person_ranks=person_ranks)


def _ids(records: Sequence[tuple[str, Any]]) -> list[str]:
    return [fields.get("ID_PRV_PER") or fields["ID_PRV_ELE"] for _, fields in records]


@pytest.mark.parametrize("content", [_import_of(_PERSONS, _PUPILS), _import_of(_PUPILS, _PERSONS)])
def test_refused_pupils_are_cut_out_unchanged_with_the_persons_they_refer_to(
    content: bytes,
) -> None:
    heading, before = _read_import(content)

    again, after = _read_import(_cut(content, pupil_ranks=[2]))

    assert _ids(after) == ["92", "093", "2"]
    assert all(record in before for record in after)
    assert again == replace(heading, declared_version=heading.version)


def test_persons_found_under_another_writing_of_their_number_come_too() -> None:
    _, after = _read_import(_cut(_import_of(_PERSONS, _PUPILS), pupil_ranks=[3]))

    assert _ids(after) == ["91", "92", "3"]


@pytest.mark.parametrize("content", [_import_of(_PERSONS, _PUPILS), _import_of(_PUPILS, _PERSONS)])
def test_a_refused_person_brings_the_pupils_who_name_that_person(content: bytes) -> None:
    _, after = _read_import(_cut(content, person_ranks=[4]))

    assert _ids(after) == ["abc", "4"]


def test_cutting_every_pupil_gives_the_whole_file_again() -> None:
    content = _import_of(_PERSONS, _PUPILS)

    _, after = _read_import(_cut(content, pupil_ranks=range(1, 5), person_ranks=range(1, 5)))

    assert after == _read_import(content)[1]


def test_cutting_nothing_out_is_refused() -> None:
    with pytest.raises(refused.NothingRefusedError) as refusal:
        _cut(_import_of(_PERSONS, _PUPILS))

    assert "aucune fiche" in refusal.value.sentence


def test_other_files_than_a_private_import_are_not_cut() -> None:
    opened = FLOW.open([open_deposit("depot.xml", _import_of(_PERSONS, _PUPILS))])
    opened.heading = replace(opened.heading, flow="bee", kind="Exports")

    with pytest.raises(refused.CannotCutError) as refusal:
        refused.refused_import(opened=opened, pupil_ranks=[1])

    assert refusal.value.kind == "Exports"


def test_the_instant_of_a_report_may_be_in_any_time_zone() -> None:
    head = replace(HEAD, received_at=datetime(2026, 9, 7, 12, 5, tzinfo=UTC))

    assert render_pdf(_report(head=head)).startswith(b"%PDF")
