import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bascule.config.main import DONE, REFUSED, main
from bascule.exchange.check import CheckedFile, check_files
from bascule.generator.broken_files import BROKEN_FILES
from bascule.generator.faults import FAULTS

ON = ("--on", "2026-11-05")
#: Needs a number that only a base can give.
NOT_OFFLINE = {"REJRE_CREAT_C_01"}


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("BASCULE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def generate(folder: Path, *words: str, size: str = "ecole") -> int:
    return main(["generate", size, str(folder), *ON, *words])


def asked(
    capsys: pytest.CaptureFixture[str], folder: Path, *words: str, size: str = "ecole"
) -> Any:
    assert generate(folder, *words, "--json", size=size) == DONE
    return json.loads(capsys.readouterr().out)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def checked(folder: Path, name: str = "*PRIVE*.zip") -> CheckedFile:
    """Check the pupils' file of a school with the files that the authority sends it."""
    (pupils,) = folder.glob(name)
    school = next(above for above in (folder, *folder.parents) if list(above.glob("ExportXML_*")))
    files = [pupils, *sorted(school.glob("ExportXML_*"))]
    return check_files([(file.name, file.read_bytes()) for file in files])[0]


def test_the_same_words_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        generate(tmp_path / name, "--pupils", "40", "--changes", "0.1", "--faults")

    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_another_seed_makes_other_pupils(tmp_path: Path) -> None:
    generate(tmp_path / "one", "--pupils", "40")
    generate(tmp_path / "other", "--pupils", "40", "--seed", "2")

    assert contents(tmp_path / "one") != contents(tmp_path / "other")


@pytest.mark.parametrize("version", ["2.0", "3.0", "3.1", "4.0"])
def test_a_school_is_clean_in_the_version_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    told = asked(capsys, tmp_path, "--pupils", "60", "--version", version)

    (school,) = told["schools"]
    found = checked(Path(school["folder"]))
    assert (found.version, found.counts["ELEVE"], found.findings) == (version, 60, ())
    assert not found.kept_silent


def test_an_academy_has_a_folder_for_each_school(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(capsys, tmp_path, "--schools", "4", "--pupils", "200", size="academie")

    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == sorted(
        school["school"] for school in told["schools"]
    )
    assert [len(list(Path(school["folder"]).iterdir())) for school in told["schools"]] == [4] * 4
    assert told["pupils"] == sum(school["pupils"] for school in told["schools"]) == 200


def test_a_nation_is_cut_to_the_number_of_schools_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(capsys, tmp_path, "--schools", "3", size="nation")

    assert (len(told["schools"]), told["pupils"]) == (3, 3 * 282)


def test_the_file_of_the_next_day_changes_the_share_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(capsys, tmp_path, "--pupils", "200", "--changes", "0.1")

    assert 15 <= told["changes"] <= 20
    found = checked(Path(told["schools"][0]["folder"]) / "lendemain")
    assert (found.refusal, found.findings) == (None, ())


def test_each_file_of_the_faults_has_its_own_and_each_refused_one_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(capsys, tmp_path, "--pupils", "80", "--faults", "--seed", "7")

    folder = Path(told["schools"][0]["folder"])
    made = {path.name for path in (folder / "fautes").iterdir()}
    assert made == FAULTS.keys() - NOT_OFFLINE
    alone = [code for code in sorted(made) if not (folder / "fautes" / code / "avant").exists()]
    files = [next((folder / "fautes" / code).glob("*.xml")) for code in alone]
    # All together: what the authority sends is read once.
    together = check_files([(f.name, f.read_bytes()) for f in (*files, *folder.glob("Export*"))])
    found = {
        code: {finding.rule.code for finding in file.findings}
        for code, file in zip(alone, together, strict=False)
    }
    assert {code: codes for code, codes in found.items() if codes != {code}} == {}
    assert len(list((folder / "refus").iterdir())) == told["refused"] == len(BROKEN_FILES)


def test_the_zip_of_a_school_holds_one_file_of_its_own_name(tmp_path: Path) -> None:
    generate(tmp_path, "--pupils", "30")

    (pupils,) = tmp_path.rglob("*PRIVE*.zip")
    with zipfile.ZipFile(pupils) as archive:
        assert archive.namelist() == [f"{pupils.stem}.xml"]


@pytest.mark.parametrize(
    ("words", "size", "reason"),
    [
        (("--pupils", "20001"), "ecole", "generate.numbers"),
        (("--schools", "2"), "ecole", "generate.numbers"),
        (("--schools", "10", "--pupils", "20"), "academie", "generate.numbers"),
        (("--schools", "5000"), "nation", "generate.numbers"),
        (("--faults",), "academie", "generate.one-school-only"),
        (("--year", "2020"), "ecole", "generate.day-outside-year"),
        (("--changes", "2"), "ecole", "usage"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    size: str,
    reason: str,
) -> None:
    folder = tmp_path / "made"

    code = generate(folder, *words, "--json", size=size)

    said = json.loads(capsys.readouterr().out)
    assert (code, said["refused"], folder.exists()) == (REFUSED, reason, False)


def test_no_base_is_needed(tmp_path: Path, home: Path) -> None:
    generate(tmp_path / "made", "--pupils", "30")

    assert not home.exists()
