import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.exchange.ready_school import AT

from bascule.config.main import DONE, REFUSED, main
from bascule.generator.broken_files import BROKEN_FILES
from bascule.generator.faults import FAULTS, clean_population
from bascule.generator.files import MadeFile, authority_files, private_file, zipped, zipped_export

CHECK = (
    "import sys; from bascule.config.main import main; code = main(sys.argv[1:]);"
    " print([name for name in ('django', 'psycopg', 'typst') if name in sys.modules]); sys.exit(code)"
)
#: What a file says of another school or year is only seen by those who expect one.
SOUND_ALONE = {"other school", "other year"}
#: Files in which nothing is wrong, but that bring no pupils.
ELSEWHERE = {
    "authority's file": "un export « Structures »",
    "timetable": "un fichier d’emploi du temps (emp_sts)",
}

POPULATION = clean_population()
CLEAN = zipped(private_file(POPULATION, at=AT), AT)
SENT_DOWN = [zipped_export(file, AT) for file in authority_files(POPULATION.teaching, AT)]


def written(folder: Path, *files: MadeFile) -> list[str]:
    folder.mkdir(exist_ok=True)
    for file in files:
        (folder / file.name).write_bytes(file.content)
    return [str(folder / file.name) for file in files]


def asked(capsys: pytest.CaptureFixture[str], *paths: str) -> tuple[int, list[Any]]:
    code = main(["check", *paths, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_clean_file_has_no_anomaly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["check", *written(tmp_path, CLEAN)])

    said = capsys.readouterr().out
    assert code == DONE
    assert "Aucune anomalie." in said
    assert "80 élève" in said


def test_what_was_not_looked_at_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, (alone,) = asked(capsys, *written(tmp_path, CLEAN))
    _, (with_profile, *_) = asked(capsys, *written(tmp_path, CLEAN, *SENT_DOWN))

    assert alone["checked_against_profile"] is False
    assert with_profile["checked_against_profile"] is True


def test_a_fault_is_told_with_its_place_and_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = FAULTS["ACDIV_B_01"].plant(POPULATION, at=AT)
    paths = written(tmp_path, spoilt.file, *SENT_DOWN)

    code, (told, *_) = asked(capsys, *paths)

    assert code == DONE
    (finding,) = told["findings"]
    assert (finding["code"], finding["field"], finding["value"]) == (
        "ACDIV_B_01", "CODE_DIVISION", "INCONNUE",
    )  # fmt: skip
    assert (finding["rank"], finding["effect"], finding["blocks"]) == (
        spoilt.ranks[0], "part", True,
    )  # fmt: skip
    lines = spoilt.file.content.decode("iso-8859-15").splitlines()
    assert "<ELEVE" in lines[finding["line"] - 1]
    assert finding["remedy"].startswith("Créez la division")


def test_a_fault_is_told_to_people_in_french(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = FAULTS["REJEL_SORTI_F_01"].plant(POPULATION, at=AT)

    code = main(["check", *written(tmp_path, spoilt.file)])

    said = capsys.readouterr().out
    assert code == DONE
    assert "Motif de sortie hors nomenclature" in said
    assert "REJEL_SORTI_F_01" in said


@pytest.mark.parametrize("name", sorted(BROKEN_FILES.keys() - SOUND_ALONE - ELSEWHERE.keys()))
def test_a_damaged_file_is_refused_in_a_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = BROKEN_FILES[name]
    paths = written(tmp_path, broken.make(POPULATION, at=AT))

    code, (told,) = asked(capsys, *paths)

    assert (code, told["refused"]) == (REFUSED, broken.refusal)
    assert len(told["sentence"].split()) > 5


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_a_sound_file_that_belongs_elsewhere_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = written(tmp_path, BROKEN_FILES[name].make(POPULATION, at=AT))

    code, (told,) = asked(capsys, *paths)

    assert (code, told["kind"]) == (DONE, ELSEWHERE[name])


def test_one_refused_file_among_others_does_not_hide_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = MadeFile("coupé.xml", private_file(POPULATION, at=AT).content[:5_000])

    code, told = asked(capsys, *written(tmp_path, cut, CLEAN))

    assert code == REFUSED
    assert [file.get("refused") for file in told] == ["file.truncated", None]


def test_a_file_that_is_not_there_is_a_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["check", str(tmp_path / "nulle-part.xml")])

    assert code == REFUSED
    assert "bascule check --help" in capsys.readouterr().err


def test_no_base_is_opened_and_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    home = tmp_path / "home"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BASCULE_")}

    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", CHECK, "check", *written(tmp_path / "files", CLEAN, *SENT_DOWN)],
        env={
            **clean,
            "BASCULE_HOME": str(home),
            "BASCULE_DATABASE_URL": "postgresql://nobody@/none",
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert (ended.returncode, ended.stderr) == (DONE, "")
    assert ended.stdout.splitlines()[-1] == "[]"
    assert not home.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("absent.xml", "n’existe pas"), ("", "est un dossier : donnez un fichier")],
)
def test_what_is_no_file_is_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    code = main(["check", str(tmp_path / name)])

    assert code == REFUSED
    assert said in capsys.readouterr().err


def test_what_to_do_is_said_once_a_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, content = CLEAN.name, private_file(POPULATION, at=AT).content
    spoilt = content.replace(b"<CODE_REGIME>", b"<CODE_REGIME>Z")
    main(["check", *written(tmp_path, MadeFile(name, spoilt))])

    said = capsys.readouterr().out
    assert said.count("REGIM_B_01") > 1
    assert said.count("→ Corrigez dans votre logiciel, puis renvoyez le fichier.") == 1
