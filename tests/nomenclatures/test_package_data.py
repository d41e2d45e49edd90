import csv
import re
from datetime import date
from importlib.resources import files

import pytest

from bascule.nomenclatures import package

NAMES = sorted(package.TABLES)
NATURES = {"officielle", "complétée", "illustrative"}


def raw(name: str) -> str:
    return (files("bascule.nomenclatures") / "data" / f"{name}.csv").read_text(encoding="utf-8")


def column(table: str, name: str) -> set[str]:
    return {row[name] for row in package.rows(table) if row[name]}


def test_each_file_has_its_entry_among_the_sources_and_each_entry_its_file() -> None:
    data = files("bascule.nomenclatures") / "data"

    found = {file.name for file in data.iterdir()} - {"sources.csv"}

    assert found == {f"{name}.csv" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_each_table_says_where_it_comes_from_and_under_which_terms(name: str) -> None:
    table = package.TABLES[name]

    assert table.title
    assert table.source
    assert table.licence
    assert re.fullmatch(r"20\d\d", table.as_of)
    assert table.nature in NATURES


@pytest.mark.parametrize("name", NAMES)
def test_what_was_added_to_a_table_is_one_of_its_columns_and_makes_it_not_official(
    name: str,
) -> None:
    table = package.TABLES[name]
    columns = set(next(package.rows(name)))

    assert set(table.key) <= columns
    assert set(table.added) <= columns
    assert (table.nature == "officielle") == (not table.added)


def test_only_the_example_programme_is_illustrative() -> None:
    illustrative = [name for name in NAMES if package.TABLES[name].nature == "illustrative"]

    assert illustrative == ["programme"]


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_whole_and_their_keys_unique_and_in_order(name: str) -> None:
    table = package.TABLES[name]
    width = len(next(package.rows(name)))
    keys = [tuple(row[part] for part in table.key) for row in package.rows(name)]

    assert all(len(row) == width for row in csv.reader(raw(name).splitlines(), delimiter=";"))
    assert all(all(key) for key in keys)
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("name", NAMES)
def test_texts_have_no_blank_around_and_codes_are_never_quoted(name: str) -> None:
    for row in package.rows(name):
        assert all(value == value.strip() for value in row.values()), row
    assert package.codes(name) == {row[package.TABLES[name].key[0]] for row in package.rows(name)}
    assert "\r" not in raw(name)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if "date_ouverture" in raw(name).split("\n", 1)[0]]
)
def test_a_code_opens_before_it_closes(name: str) -> None:
    for row in package.rows(name):
        opens = date.fromisoformat(row["date_ouverture"] or "1900-01-01")
        closes = date.fromisoformat(row["date_fermeture"] or "9999-12-31")
        assert opens < closes, row


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("regime", 22),
        ("lien_parente", 11),
        ("niveau_responsabilite", 3),
        ("modalite_election", 7),
        ("modalite_cours", 9),
        ("bourse", 4),
        ("provenance", 8),
        ("motif_sortie", 29),
        ("statut_eleve", 5),
        ("pcs", 41),
        ("civilite", 3),
        ("sexe", 2),
        ("type_contrat_division", 2),
    ],
)
def test_the_small_tables_are_complete(name: str, count: int) -> None:
    assert len(package.codes(name)) == count


@pytest.mark.parametrize(
    ("name", "least"), [("commune", 37_000), ("mef", 5_000), ("matiere", 3_000), ("pays", 230)]
)
def test_the_large_tables_are_there(name: str, least: int) -> None:
    assert len(package.codes(name)) >= least


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("commune", r"(?:\d\d|2[AB])\d{3}"),
        ("mef", r"\d{11}"),
        ("matiere", r"[0-9A-Z]{6}"),
        ("pays", r"\d{3}"),
        ("departement", r"\d\d[0-9AB]"),
        ("academie", r"\d\d"),
        ("pcs", r"\d\d"),
        ("nature_uai", r"\d{3}"),
        ("regime", r"\d{1,2}"),
        ("lien_parente", r"\d\d"),
        ("type_uai", r"[0-9A-Z]{2,4}"),
    ],
)
def test_codes_have_the_form_of_their_table(name: str, shape: str) -> None:
    assert {code for code in package.codes(name) if not re.fullmatch(shape, code)} == set()


def test_the_two_civilities_of_today_are_official() -> None:
    official = {row["code"] for row in package.rows("civilite") if row["historique"] == "0"}

    assert official == {"1", "2"}


def test_a_department_belongs_to_a_known_academy() -> None:
    assert column("departement", "academie") <= package.codes("academie")


def test_the_academy_of_creteil_has_three_departments() -> None:
    found = {row["code"] for row in package.rows("departement") if row["academie"] == "24"}

    assert found == {"077", "093", "094"}


def test_a_course_has_a_known_level() -> None:
    # The source of the levels lacks 209 (preparation to the DAEU), as sources.csv says.
    assert {code[:3] for code in package.codes("mef")} - package.codes("dispositif_formation") == {
        "209"
    }


def test_the_example_programme_uses_real_codes() -> None:
    assert column("programme", "mef") <= package.codes("mef")
    assert column("programme", "matiere") <= package.codes("matiere")
    assert column("programme", "modalite") <= package.codes("modalite_election")


def test_the_example_programme_covers_the_four_levels_of_a_college() -> None:
    assert {mef[:3] for mef in column("programme", "mef")} == {"100", "101", "102", "103"}


def test_a_commune_of_the_past_leads_to_one_of_today() -> None:
    today = {row["code"] for row in package.rows("commune") if row["type"] == "COM"}
    led_to = {row["commune_actuelle"] for row in package.rows("commune") if row["type"] != "COM"}

    assert led_to <= today


def test_communes_of_the_mainland_overseas_and_arrondissements_are_known() -> None:
    assert {"77288", "2A004", "97101", "75056", "75101", "01039"} <= package.communes()
    assert package.labels("commune")["77288"] == "Melun"


@pytest.mark.parametrize(
    ("commune", "expected"),
    [("77288", ("77000",)), ("01039", ()), ("99999", ()), ("97101", ("97139", "97142"))],
)
def test_a_commune_has_its_postcodes(commune: str, expected: tuple[str, ...]) -> None:
    assert package.postcodes(commune) == expected


def test_each_commune_lies_in_a_known_department_or_far_overseas() -> None:
    unknown = {package.department_of(code) for code in package.communes()} - package.codes(
        "departement"
    )

    assert unknown == {"984", "989"}
    assert package.department_of("2A004") == "02A"


def test_the_fingerprint_is_made_of_every_table() -> None:
    digests = {package.digest(name) for name in NAMES}

    assert len(digests) == len(NAMES)
    assert re.fullmatch(r"[0-9a-f]{64}", package.fingerprint())


def test_an_unknown_table_is_a_fault() -> None:
    with pytest.raises(KeyError):
        package.codes("inconnue")
