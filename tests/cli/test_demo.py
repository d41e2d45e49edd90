import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from tests.bases import Base

from bascule.config.main import DONE, REFUSED, main
from bascule.exchange.models import ImportRun
from bascule.generator.play import Play, RealSchoolsError
from bascule.schools.directory import list_schools, register_school
from bascule.store import embedded
from bascule.values.uai import make_uai

RUN = "import sys; from bascule.config.main import main; sys.exit(main())"
AT = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
SCENES = (
    "install", "send_down", "check", "compare", "confirm", "correct", "pass_night", "change",
    "send_back", "undo", "open_portal", "verify",
)  # fmt: skip
PLANTED = {
    "ACDIV_B_01": 4,
    "REJEL_SORTI_F_01": 1,
    "REJEL_CREAT_A_02": 2,
    "IDNAT_B_01": 1,
    "MEFAD_C_02": 1,
    "INF_REGIM_A_01": 1,
    "INF_COMAD_A_01": 1,
}


@pytest.fixture
def embedded_base(base: Base, tmp_path: Path) -> Iterator[Base]:
    """Take the test's base for the one that comes with the program."""
    with override_settings(BASCULE_EMBEDDED=True, BASCULE_HOME=tmp_path):
        yield base


def play_all(at: datetime = AT) -> dict[str, Any]:
    play = Play(clock=lambda: at, actor="tests")
    facts: dict[str, Any] = {}
    for scene in SCENES:
        if scene == "compare":
            facts[scene] = play.compare(facts["check"].path)
        elif scene == "confirm":
            facts[scene] = play.confirm(facts["compare"])
        else:
            facts[scene] = getattr(play, scene)()
    return facts


# A winter day; the first one, when nobody has left yet; the night before it, still of the old year.
@pytest.mark.parametrize(
    "at",
    [
        AT,
        pytest.param(datetime(2026, 9, 1, 0, 30, tzinfo=UTC), marks=pytest.mark.slow),
        pytest.param(datetime(2027, 8, 31, 21, 0, tzinfo=UTC), marks=pytest.mark.slow),
    ],
)
def test_the_story_goes_as_told_on_any_day(embedded_base: Base, at: datetime) -> None:
    facts = play_all(at)

    assert facts["check"].codes == PLANTED
    assert facts["compare"].pupils == {
        "read": 240, "created": 237, "changed": 0, "unchanged": 0, "rejected": 3,
    }  # fmt: skip
    assert facts["confirm"].compared.state == ImportRun.State.APPLIED
    # Its papers are there to be read.
    pdf, csv, as_json = facts["confirm"].papers
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert "REJEL_SORTI_F_01" in csv.read_text(encoding="utf-8-sig")
    assert json.loads(as_json.read_bytes())["counts"]["pupils"]["rejected"] == 3
    corrected = facts["correct"].compared
    assert (corrected.state, corrected.anomalies) == (ImportRun.State.APPLIED, ())
    assert (corrected.pupils["created"], corrected.pupils["changed"]) == (3, 7)
    passed = facts["pass_night"]
    assert (passed.sent_count, passed.base_count, passed.blocked_count) == (240, 240, 0)
    assert passed.is_reconciled
    changed = facts["change"].compared
    assert changed.state == ImportRun.State.APPLIED
    assert len(changed.changes) == 2
    # A guardian taken from a child is named, though the file still holds him.
    (removal,) = changed.removals
    assert f"Responsable {removal.guardian} retiré" in [
        line for change in changed.changes for line in change.changes
    ]
    assert facts["send_back"].pupil_count == 240
    assert facts["send_back"].reread.difference_count == 0
    assert facts["send_back"].national_id_count == 240 - passed.dispute_count
    undone = facts["undo"]
    assert undone.before_import == undone.after_undo != undone.after_import
    assert (facts["verify"].journal_count, facts["verify"].faults) == (13, ())


def test_another_play_takes_other_schools(embedded_base: Base) -> None:
    first = Play(clock=lambda: AT, actor="tests")
    second = Play(clock=lambda: AT, actor="tests")

    assert first.school.uai != second.school.uai
    assert len(list_schools()) == 24


def test_a_base_with_a_real_school_is_left_alone(embedded_base: Base) -> None:
    register_school(uai=make_uai("077", 1), name="Vraie école", actor="tests", at=AT)

    with pytest.raises(RealSchoolsError):
        Play(clock=lambda: AT, actor="tests")

    assert len(list_schools()) == 1


def test_a_base_that_is_not_the_embedded_one_is_refused(
    base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["demo", "--json"])

    assert code == REFUSED
    assert json.loads(capsys.readouterr().out)["refused"] == "demo.not-embedded"
    assert list_schools() == []


def run(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BASCULE_")}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", RUN, *arguments],
        env={**clean, "BASCULE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_it_is_played_again_and_what_it_proposes_next_works(home: Path, tmp_path: Path) -> None:
    picture = tmp_path / "pictures" / "demo.svg"

    # Holding the server saves starting it for each command; the demo does not know.
    with embedded.hold(home, durable=False):
        first = json.loads(run(home, "demo", "--json").stdout)
        told = run(home, "demo", "--picture", str(picture))
        ended = {
            command: run(home, *shlex.split(command)[1:]).returncode
            for command in first["next"].values()
            # It would stay; tests of its own start it and stop it.
            if not command.endswith(" serve")
        }

    assert tuple(first["scenes"]) == SCENES
    assert (told.returncode, told.stderr) == (DONE, "")
    assert first["school"] not in told.stdout
    assert "identiques" in told.stdout
    assert "aucune différence" in told.stdout
    drawn = picture.read_text(encoding="utf-8")
    assert "identiques" in drawn
    assert "url(http" not in drawn
    assert set(ended.values()) == {DONE}, ended
