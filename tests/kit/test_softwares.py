"""The kit before three simulated softwares: a good one, one with five faults, one that never answers."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.bases import Base
from tests.kit.playing import SOFTWARE, InProcess, report_on

from bascule.formats.conformity.report import Outcome
from bascule.kit import example
from bascule.kit.asking import ByCommand
from bascule.kit.site import RETRY_AFTER
from bascule_client import Bascule, RefusedError, UnreachableError
from bascule_client.client import new_key


class Careless(example.Software):
    """The example with five faults, and no other."""

    def shown(self, run: Any) -> list[dict[str, Any]]:
        """Hide one anomaly from the person."""
        return [one for one in super().shown(run) if one["code"] != "ACDIV_B_01"]

    def write(self, situation: dict[str, Any]) -> tuple[str, bytes]:
        """Lose the third first name."""
        for pupil in situation["pupils"]:
            pupil.pop("PRENOM3", None)
        return super().write(situation)

    def deposit(self, name: str, content: bytes, key: str = "") -> dict[str, Any]:
        """Send again under another key when the line is cut; believe that what is held is applied."""
        hasty, key = Bascule(self.site.settings, patience=0), new_key()
        try:
            hasty.deposit(
                [(name, content)], year=self.year, key=key, applies=self.question["applies"]
            )
        except UnreachableError:
            key = new_key()
        except RefusedError as no:
            if no.status in {429, 503}:
                time.sleep(RETRY_AFTER)
        said = super().deposit(name, content, key)
        return said | {"state": "applied" if said["state"] == "held" else said["state"]}

    def take(self) -> dict[str, Any]:
        """Never forget a pupil."""
        said = super().take()
        held = self.memory.with_name("held.json")
        before = example.json.loads(held.read_text("utf-8")) if held.exists() else []
        known = {one["id"] for one in said["pupils"]}
        said["pupils"] += [one for one in before if one["id"] not in known]
        held.write_text(example.json.dumps(said["pupils"]), encoding="utf-8")
        return said


FAULTS = {
    "rule.ACDIV_B_01",
    "element.ELEVE/PRENOM3",
    "exchange.cut",
    "exchange.held",
    "exchange.changes",
}


#: One of each family.
FEW = (
    "element.ELEVE",
    "element.m",
    "exchange.first",
    "exchange.cut",
    "rule.ACDIV_B_01",
    "refusal.file.truncated",
)


def test_the_good_one_passes_what_it_is_asked(base: Base, tmp_path: Path) -> None:
    report = report_on(InProcess(), tmp_path, only=FEW)

    assert [(one.code, one.seen) for one in report.verdicts if one.seen] == []
    assert not report.is_conform
    assert (tmp_path / "conversation").is_dir()


class Overreaching(example.Software):
    """The example with a fault in each thing that others do not do."""

    def write_groups(self, situation: dict[str, Any]) -> tuple[str, bytes]:
        """Lose the day on which a place ends."""
        for pupil in situation["pupils"]:
            for group in pupil["GROUPES"]["GROUPE"]:
                group.pop("DATE_FIN_GROUPE", None)
        return super().write_groups(situation)

    def table(self) -> dict[str, Any]:
        """Say of a table that a person must look at that it is done."""
        return super().table() | {"state": "applied"}

    def confirm(self) -> dict[str, Any]:
        """Told that the import moved, confirm what nobody has seen."""
        try:
            return super().confirm()
        except RefusedError as no:
            if no.code != "request.moved-on":
                raise
            return {"state": self.site.confirm(self.site.run(self.seen.id)).state}


@pytest.mark.slow
def test_the_faults_of_one_that_does_more_than_others_are_found_and_no_other(
    base: Base, tmp_path: Path
) -> None:
    played = ("exchange.confirm", "exchange.groups", "exchange.table", "element.ELEGROUPE")

    report = report_on(InProcess(Overreaching), tmp_path, only=played)

    assert {one.code for one in report.verdicts if one.seen} == {
        "exchange.confirm-moved",
        "exchange.table",
        "element.ELEGROUPE/ELEVE/GROUPES/GROUPE/DATE_FIN_GROUPE",
    }


@pytest.mark.slow
def test_the_good_one_passes_everything(base: Base, tmp_path: Path) -> None:
    report = report_on(InProcess(), tmp_path)

    assert [(one.code, one.seen) for one in report.verdicts if one.seen] == []
    assert report.is_conform


@pytest.mark.slow
def test_the_five_faults_of_the_careless_one_are_found_and_no_other(
    base: Base, tmp_path: Path
) -> None:
    # Of the rules, those of schooling and of identity: it does not tell them apart.
    played = ("element", "exchange", "rule.AC", "rule.REJEL_C", "refusal.file.t")

    # It does what all do, and nothing else is asked of it.
    software = replace(SOFTWARE, abilities=frozenset())

    report = report_on(InProcess(Careless), tmp_path, only=played, software=software)

    assert {one.code for one in report.verdicts if one.outcome is Outcome.FAILED} == FAULTS
    assert report.counts[Outcome.NO_ANSWER] == 0


def test_one_that_stops_is_told_with_its_last_words(base: Base, tmp_path: Path) -> None:
    driver = ByCommand([sys.executable, "-c", "print('début'); raise ValueError('pas de base')"])

    report = report_on(driver, tmp_path, only=("exchange.cut",))

    assert "« ValueError: pas de base »" in report.verdicts[0].seen


def test_one_that_never_answers_is_waited_for_a_bounded_time(base: Base, tmp_path: Path) -> None:
    driver = ByCommand([sys.executable, "-c", "import time; time.sleep(60)"])

    report = report_on(driver, tmp_path, patience=0.3)

    assert report.counts[Outcome.NO_ANSWER] == len(report.verdicts) > 200
    assert report.ended_at.timestamp() - report.started_at.timestamp() < 30
    assert {one.seen[:15] for one in report.verdicts} == {"Le programme n’", "Rien n’a été de"}
