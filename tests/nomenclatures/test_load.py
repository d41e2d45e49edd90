from datetime import UTC, date, datetime
from typing import Any

import pytest

from bascule.journal.act import AUTHORITY
from bascule.journal.verify import verify_chain
from bascule.nomenclatures import load, lookup, package
from bascule.nomenclatures.difference import Count
from bascule.nomenclatures.models import NationalCode, NationalTable

AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
BY: dict[str, Any] = {"actor": "deep", "at": AT}
SMALL = ("provenance", "regime", "programme")
HEAD = "code;libelle_court;libelle_long"


def fresh(text: str, name: str = "provenance", encoding: str = "utf-8") -> load.TableLoad:
    content = text.encode(encoding)
    return load.load_table(name=name, file_name="n_provenance.csv", content=content, **BY)


def by_name(loads: list[load.TableLoad]) -> dict[str, load.TableLoad]:
    return {loaded.name: loaded for loaded in loads}


def test_every_table_of_the_package_loads(base: Any) -> None:
    loaded = load.load_package(**BY)

    expected = {name: sum(1 for _ in package.rows(name)) for name in package.TABLES}
    assert {item.name: item.count.added for item in loaded} == expected
    assert NationalCode.objects.count() == sum(expected.values())
    assert {row.name: row.code_count for row in NationalTable.objects.all()} == expected


def test_tables_already_loaded_are_left_and_no_act_is_kept(base: Any) -> None:
    load.load_package(names=SMALL, **BY)

    again = load.load_package(names=SMALL, **BY)

    assert all(item.count.added == item.count.changed == 0 for item in again)
    assert verify_chain(uai=AUTHORITY).count == 1


def test_a_code_keeps_its_label_its_period_and_its_columns(base: Any) -> None:
    load.load_package(names=["mef"], **BY)

    row = next(row for row in package.rows("mef") if row["date_fermeture"])
    held = NationalCode.objects.get(table="mef", code=row["code"])
    assert held.label == row["libelle_long"]
    assert held.opens_on == (
        date.fromisoformat(row["date_ouverture"]) if row["date_ouverture"] else None
    )
    assert held.closes_on == date.fromisoformat(row["date_fermeture"])
    assert held.fields == row


def test_a_table_of_several_key_columns_joins_them(base: Any) -> None:
    load.load_package(names=["programme"], **BY)

    row = next(package.rows("programme"))
    assert f"{row['mef']}|{row['matiere']}|{row['modalite']}" in lookup.codes("programme")


def test_a_table_nobody_knows_is_refused_with_those_that_are(base: Any) -> None:
    with pytest.raises(load.UnknownTableError) as refusal:
        load.load_package(names=["inconnue"], **BY)

    assert "regime" in refusal.value.sentence
    with pytest.raises(load.UnknownTableError):
        fresh(HEAD, name="inconnue")


def test_a_fresh_file_replaces_a_table_code_by_code(base: Any) -> None:
    load.load_package(names=["provenance"], **BY)
    kept = [";".join(row.values()) for row in package.rows("provenance")][:-1]
    code, *_ = kept[0].split(";")

    loaded = fresh("\n".join([HEAD, f"{code};AUTRE;AUTRE", *kept[1:], "Z;NEUF;NEUF"]))

    assert loaded.count == Count(added=1, changed=1, removed=1, unchanged=len(kept) - 1)
    assert lookup.labels("provenance")[code] == "AUTRE"
    assert "Z" in lookup.codes("provenance")
    assert len(lookup.codes("provenance")) == len(kept) + 1


def test_the_same_fresh_file_again_writes_nothing(base: Any) -> None:
    fresh(f"{HEAD}\n1;UN;UN\n")

    again = fresh(f"{HEAD}\n1;UN;UN\n")

    assert again.count == Count(unchanged=1)
    assert verify_chain(uai=AUTHORITY).count == 1


def test_the_package_leaves_a_fresh_table_until_it_is_named(base: Any) -> None:
    fresh(f"{HEAD}\n1;UN;UN\n")

    everything = by_name(load.load_package(**BY))
    assert everything["provenance"].is_kept
    assert lookup.codes("provenance") == {"1"}

    load.load_package(names=["provenance"], **BY)
    assert lookup.codes("provenance") == package.codes("provenance")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_accents_are_read_in_the_encodings_of_official_files(base: Any, encoding: str) -> None:
    fresh(f"{HEAD}\r\n1;ÉTÉ;Été à l’étranger\r\n", encoding=encoding)

    assert lookup.labels("provenance") == {"1": "Été à l’étranger"}


def test_other_columns_of_a_fresh_file_are_kept(base: Any) -> None:
    fresh(f"{HEAD};secteur\n1;UN;UN;PU\n")

    assert NationalCode.objects.get(table="provenance").fields["secteur"] == "PU"


def test_a_fresh_file_may_lack_the_columns_that_are_ours(base: Any) -> None:
    loaded = fresh("code;libelle_court;libelle_long\n0;EXT;EXTERNE\n", name="regime")

    assert loaded.count.added == 1


def test_missing_columns_are_named_beside_those_that_are_there(base: Any) -> None:
    with pytest.raises(load.MissingColumnsError) as refusal:
        fresh("code;libelle\n1;UN\n")

    assert "libelle_court, libelle_long" in refusal.value.sentence
    assert "code, libelle" in refusal.value.sentence


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        ("1;UN;UN\n;DEUX;DEUX\n", 3, "manque"),
        ("1;UN;UN\n1;DEUX;DEUX\n", 3, "déjà présent"),
        ("1;UN\n", 2, "3 colonnes"),
        ("1;UN;UN;TROP\n", 2, "3 colonnes"),
        (f"{'9' * 21};UN;UN\n", 2, "trop long"),
        (f"1;UN;{'x' * 201}\n", 2, "libellé"),
        ("", 0, "aucun code"),
    ],
)
def test_a_row_that_cannot_be_kept_refuses_the_file_with_its_line(
    base: Any, rows: str, line: int, said: str
) -> None:
    with pytest.raises(load.WrongRowError) as refusal:
        fresh(f"{HEAD}\n{rows}")

    assert refusal.value.line == line
    assert said in refusal.value.sentence
    assert not NationalTable.objects.exists()


def test_a_date_of_another_form_refuses_the_file(base: Any) -> None:
    head = ";".join(next(package.rows("type_uai")))

    with pytest.raises(load.WrongRowError, match="AAAA-MM-JJ"):
        fresh(f"{head}\nCLG;CLG;COLLEGE;01/09/2026;\n", name="type_uai")


@pytest.mark.parametrize(
    "content", [b"\x00\x01", b'code;libelle_court;libelle_long\n1;"UN;UN\n', b"\x81"]
)
def test_what_is_no_table_is_refused(base: Any, content: bytes) -> None:
    with pytest.raises(load.UnreadableTableError):
        load.load_table(name="provenance", file_name="x.csv", content=content, **BY)


def test_the_package_answers_for_a_table_that_is_not_loaded(base: Any) -> None:
    assert lookup.codes("regime") == package.codes("regime")
    assert lookup.labels("regime") == package.labels("regime")
    assert not any(state.is_loaded for state in lookup.tables())


def test_the_list_of_tables_says_where_each_stands(base: Any) -> None:
    load.load_package(names=["regime"], **BY)
    fresh(f"{HEAD}\n1;UN;UN\n")

    states = {state.name: state for state in lookup.tables()}
    assert set(states) == set(package.TABLES)
    assert (states["regime"].is_loaded, states["regime"].is_fresh) == (True, False)
    assert (states["provenance"].is_fresh, states["provenance"].code_count) == (True, 1)
    assert states["provenance"].source.endswith("n_provenance.csv")
    assert states["provenance"].as_of == "2026-05-04"
