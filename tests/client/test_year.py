"""A school's software does its whole year with one press, over TLS: the base and the school agree at each step."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from django.utils import timezone
from tests.api.conftest import make_token
from tests.bases import Base
from tests.cast import Cast
from tests.ine.asking import without_numbers
from tests.preparation.schools import NEXT, YEAR, school_under_way, year_after
from tests.serving import Serve, make_certificate, serving

from bascule.accounts.scopes import Scope
from bascule.config.main import main
from bascule.exchange import feed, runs
from bascule.exchange.export import export
from bascule.exchange.import_pipeline.conductor import reading
from bascule.generator.changes import next_day
from bascule.generator.files import private_file
from bascule.generator.population import Population
from bascule.generator.school import nomenclature_records, structure_records, teaching_year
from bascule.nomenclatures.profile import load_profile
from bascule.preparation import openings
from bascule.schools.load import load_structures
from bascule.schools.models import SchoolYear

pytestmark = pytest.mark.slow


def _now() -> datetime:
    """Read the clock, as the site does."""
    return datetime.now(tz=UTC)  # noqa: TID251 - the software and the site live at the same time


@pytest.fixture
def serve(base: Base, base_environment: dict[str, str]) -> Iterator[Serve]:
    with serving(base_environment) as begin:
        yield begin


@dataclass
class Office:
    """A school's office: its software writes in one folder and reads in another; one command does the rest."""

    uai: str
    folder: Path
    holds: Population
    pressed: int = 0

    def writes(self, *, broken: bool = False) -> None:
        """Write what the software holds; broken: one pupil has a MEF that does not exist."""
        holds = self.holds
        if broken:
            first, *others = holds.pupils
            holds = replace(holds, pupils=[replace(first, mef="99999999999"), *others])
        made = private_file(holds, at=self.now, version="4.0")
        for old in (self.folder / "envoi").iterdir():
            old.unlink()
        (self.folder / "envoi" / made.name).write_bytes(made.content)

    @property
    def now(self) -> datetime:
        self.pressed += 1
        return _now() + timedelta(seconds=self.pressed)

    def sync(self) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "bascule_client.command", "sync", "--json"],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stderr
        return dict(json.loads(done.stdout)) | {"code": done.returncode}

    def reads(self, name: str) -> ET.Element:
        """Read a file that came back, as any XML library would."""
        with ZipFile(self.folder / "reception" / f"ExportXML_{name}.zip") as archive:
            return ET.fromstring(archive.read(archive.namelist()[0]))  # noqa: S314 - ours

    def takes_numbers(self) -> int:
        """Put the INE that came back into the software's own records."""
        numbers = {
            pupil.findtext("ID_PRV_ELE"): pupil.findtext("ID_NATIONAL")
            for pupil in self.reads("ElevesAvecAdresses").iter("ELEVE")
        }
        pupils = [replace(one, ine=numbers[str(one.id)] or "") for one in self.holds.pupils]
        self.holds = replace(self.holds, pupils=pupils)
        return sum(bool(one.ine) for one in pupils)

    def agrees(self, year: int = YEAR) -> None:
        """See that the base holds the pupils of the software, one by one, and no other."""
        held = feed.read_year(uai=self.uai, year=year, at=_now()).pupils
        assert sorted(
            (
                one["private_id"],
                one["family_name"].upper(),
                one["birth_date"],
                one["division"] or "",
                one["left_on"] or "",
            )
            for one in held
        ) == sorted(
            (
                one.id,
                one.family.upper(),
                one.birth.isoformat(),
                one.division,
                one.left_on.isoformat() if one.left_on else "",
            )
            for one in self.holds.pupils
        )


def test_a_school_does_its_year_with_one_press(  # noqa: PLR0915 - one year, step by step
    base: Base, serve: Serve, tmp_path: Path
) -> None:
    school = school_under_way(16)
    first = runs.list_runs(uai=school.uai)[0]
    runs.undo(run_id=first.pk, uai=school.uai, actor="head", at=first.applied_at or _now())
    cast = Cast(school=school.uai, other_school="0990002P")
    site = serve(tls=make_certificate(tmp_path / "site"))
    for name in ("envoi", "reception"):
        (tmp_path / name).mkdir()
    secret = tmp_path / "jeton"
    secret.touch(0o600)
    secret.write_text(make_token(cast, *Scope))
    (tmp_path / "bascule.toml").write_text(
        f'adresse = "{site.address}"\njeton_fichier = "jeton"\nautorite = "site.crt"\n'
        'envoi = "envoi"\nreception = "reception"\nintegrer_seul = "oui"\n'
        f'logiciel = "{school.teaching.school.software} 4.2"\n'
    )
    pupils = [without_numbers(one) for one in school.population.pupils]
    office = Office(school.uai, tmp_path, replace(school.population, pupils=pupils))

    # The first file has an anomaly: it is said, mended at its source, and sent again.
    office.writes(broken=True)
    said = office.sync()
    assert (said["code"], said["runs"][0]["state"]) == (1, "applied")
    assert any("MEF" in line for line in said["lines"])
    assert said["page"].startswith(site.address)
    with reading(school.uai):
        assert SchoolYear.objects.filter(uai=school.uai, software_version="4.2").count() == 1
    office.writes()
    assert office.sync()["code"] == 0
    office.agrees()
    assert office.reads("Structures").findtext("PARAMETRES/UAJ") == school.uai

    # Pressed again, there is nothing to do.
    again = office.sync()
    assert (again["runs"], again["written"]) == ([], [])

    # The numbers come by night, down at the next press, and up again in the next file.
    assert main(["nightly", "--school", school.uai]) == 0
    back = office.sync()
    assert any("ElevesAvecAdresses" in path for path in back["written"])
    assert office.takes_numbers() == 16
    office.writes()
    assert office.sync()["code"] == 0
    office.agrees()

    # Some come, some go, some move.
    day = next_day(office.holds, 0.4, 5, on=timezone.localdate())
    office.holds = day.population
    office.writes()
    office.sync()
    office.agrees()

    # The next year: opened by the authority, prepared by the school, then one press again.
    signed: dict[str, Any] = {"actor": "deep", "at": _now()}
    opening = openings.press(uais=[school.uai], year=NEXT, keeps_going=False, **signed)
    openings.run(number=opening.pk, clock=_now)
    teaching = teaching_year(school.teaching.school, NEXT)
    load_profile(
        uai=school.uai, year=NEXT, records=nomenclature_records(teaching, office.now), **signed
    )
    load_structures(
        uai=school.uai, year=NEXT, records=structure_records(teaching, office.now), **signed
    )
    export(uai=school.uai, year=NEXT, kinds=("nomenclature", "structures"), **signed)
    office.holds = year_after(office.holds, newcomers=2)
    office.writes()
    settings = tmp_path / "bascule.toml"
    settings.write_text(settings.read_text() + f"annee = {NEXT}\n")
    said = office.sync()
    assert said["runs"][0]["state"] in {"applied", "held"}, said
    if said["runs"][0]["state"] == "held":
        runs.approve(
            run_id=said["runs"][0]["run"],
            uai=school.uai,
            actor="deep",
            at=office.now,
            as_authority=True,
        )
    office.agrees(NEXT)
    assert office.reads("Structures").findtext("PARAMETRES/ANNEE_SCOLAIRE") == str(NEXT)


def test_what_the_process_list_and_the_files_show_is_no_secret(tmp_path: Path) -> None:
    shared = tmp_path / "jeton"
    shared.write_text("bsc_0990001N_1_" + "A" * 43)
    shared.chmod(0o644)
    (tmp_path / "bascule.toml").write_text(
        'adresse = "https://bascule.invalid"\njeton_fichier = "jeton"\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "bascule_client.command", "pull"],
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "chmod 600" in done.stderr
    assert not re.search("A{43}", done.stdout + done.stderr)
