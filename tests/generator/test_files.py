import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from tests.generator.examining import AT, findings_of

from bascule.formats.import_eleves.description import VERSIONS, description_of
from bascule.formats.import_eleves.reader import read
from bascule.formats.official_names import PrivateImportName
from bascule.formats.record import Fields
from bascule.generator.academy import Academy, Kind, demo, one_school
from bascule.generator.files import (
    OLD_KINSHIPS,
    authority_files,
    private_file,
    private_records,
    write_academy,
    zipped,
    zipped_export,
)
from bascule.generator.population import Population, populate
from bascule.generator.school import teaching_year
from bascule.nomenclatures import package


@pytest.fixture(scope="module")
def population() -> Population:
    return populate(teaching_year(one_school(300, seed=3), 2026))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_of_each_version_reads_back_as_it_was_made(
    population: Population, version: str
) -> None:
    made = list(private_records(population, version=version, at=AT, send_number=4))

    reading = read([private_file(population, version=version, at=AT, send_number=4).content])
    back = list(reading)

    assert [(record.tag, record.rank, record.fields) for record in back] == [
        (record.tag, record.rank, record.fields) for record in made
    ]
    assert reading.version == version
    assert reading.unknown == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_required_elements_are_all_there(population: Population, version: str) -> None:
    blocks = description_of(version).records()
    required = {
        tag: {child.tag for child in block.children if child.required}
        for tag, block in blocks.items()
    }

    for record in private_records(population, version=version, at=AT):
        if record.tag in required:
            assert required[record.tag] <= record.fields.keys()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", Kind)
def test_a_clean_file_meets_no_rule_at_all(kind: Kind, version: str) -> None:
    teaching = teaching_year(one_school(500, kind=kind, seed=21), 2026)

    assert findings_of(private_file(populate(teaching), version=version, at=AT), teaching) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pupil_who_left_may_have_nothing_but_an_identity(version: str) -> None:
    population = populate(teaching_year(one_school(900, seed=3), 2026))
    left = [
        record.fields
        for record in private_records(population, version=version, at=AT)
        if "DATE_SORTIE" in record.fields
    ]

    assert any("SCOLARITE_ACTIVE" not in fields for fields in left)
    assert any("SCOLARITE_ACTIVE" in fields for fields in left)


def test_old_files_hold_legal_guardians_only_under_old_kinships(population: Population) -> None:
    records = list(private_records(population, version="2.0", at=AT))
    persons = {record.fields["ID_PRV_PER"] for record in records if record.tag == "PERSONNE"}

    linked: list[Fields] = [
        link
        for record in records
        if record.tag == "ELEVE"
        for link in record.fields.get("RESPONSABLES_ELEVE", {}).values()  # type: ignore[union-attr]
    ]
    assert {link["ID_PRV_PER"] for link in linked} == persons
    assert {link["CODE_PARENTE"] for link in linked} <= set(OLD_KINSHIPS.values())
    assert set(OLD_KINSHIPS) == package.codes("lien_parente")


def test_the_name_says_school_year_and_instant(population: Population) -> None:
    name = private_file(population, at=AT).name

    assert PrivateImportName.parse(name) == PrivateImportName("0990001N", 2026, AT)
    assert name.endswith(".xml")


def test_the_archive_bears_the_name_of_its_only_file(population: Population) -> None:
    file = private_file(population, at=AT)

    archive = zipped(file, AT)

    assert archive.name == file.name.replace(".xml", ".zip")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        assert opened.namelist() == [file.name]
        assert opened.read(file.name) == file.content
    assert zipped(file, AT) == archive


def test_the_authoritys_archives_have_their_official_names(population: Population) -> None:
    files = authority_files(population.teaching, AT)

    assert [file.name for file in files] == ["Nomenclature.xml", "Structures.xml", "Communs.xml"]
    assert zipped_export(files[0], AT).name == "ExportXML_Nomenclature.zip"


def test_an_academie_is_written_school_by_school(tmp_path: Path) -> None:
    small = Academy("Petite", 5, (40, 30, 55))

    written = write_academy(small, 2026, tmp_path / "out", at=AT, version="4.0")

    first = next(written)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [first.folder.name]
    rest = list(written)
    assert [one.pupils for one in (first, *rest)] == [40, 30, 55]
    for one in (first, *rest):
        files = sorted(path.name for path in one.folder.iterdir())
        assert len(files) == 4
        assert files[0].startswith(f"{one.school.uai}PRIVE2026")
        assert one.size == sum(path.stat().st_size for path in one.folder.iterdir())


def test_an_academie_written_twice_is_the_same(tmp_path: Path) -> None:
    small = Academy("Petite", 5, (40, 30))

    for folder in ("a", "b"):
        list(write_academy(small, 2026, tmp_path / folder, at=AT))

    contents = [
        {
            path.relative_to(tmp_path / folder): path.read_bytes()
            for path in (tmp_path / folder).rglob("*.zip")
        }
        for folder in ("a", "b")
    ]
    assert contents[0] == contents[1]
    assert len(contents[0]) == 8


def test_the_demonstration_is_clean_in_two_years() -> None:
    for school in demo():
        for year in (2025, 2026):
            teaching = teaching_year(school, year)
            population = populate(teaching, on=date(year, 11, 3))
            assert findings_of(private_file(population, at=AT), teaching) == []
