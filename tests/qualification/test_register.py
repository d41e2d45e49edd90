"""The register says of a software, by its version, whether schools may send with it, and since when not."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.bases import Base
from tests.preparation.new_year import YEAR, new_year
from tests.qualification.by_hand import AT, qualified

from bascule.campaign.facts import school_facts
from bascule.campaign.proofs import software_known
from bascule.campaign.states import State as Step
from bascule.errors import RefusedError
from bascule.qualification import keys, register
from bascule.qualification.standing import State, read_register
from bascule.qualification.usage import in_use
from bascule.schools.software import say_version

TODAY = AT.date()


def standing(version: str, day: date = TODAY, software: str = "SCOLIA") -> State:
    return read_register().standing(software=software, version=version, today=day).state


def test_what_holds_is_the_most_precise_and_the_latest_word(base: Base) -> None:
    assert standing("4.2") is State.NO_REGISTER
    qualified(version="4.2")
    bad = qualified(version="4.2.3")
    qualified(version="5", starts_on=date(2027, 1, 1), ends_on=date(2027, 6, 30))
    register.withdraw(qualification_id=bad.pk, why="Perd les options.", actor="deep", at=AT)

    assert [standing(said) for said in ("4.2", "v4.2.1", "4.2.3", "4.20", "5.1", "")] == [
        State.QUALIFIED,
        State.QUALIFIED,
        State.WITHDRAWN,
        State.OTHER_VERSION,
        State.TO_COME,
        State.UNSAID,
    ]
    assert standing("5", date(2027, 6, 30)) is State.QUALIFIED
    assert standing("5", date(2027, 7, 1)) is State.ENDED
    assert standing("1", software="AUTRE") is State.UNKNOWN
    # Taken back, it holds again; qualified anew, the row before holds no more.
    register.restore(qualification_id=bad.pk, actor="deep", at=AT)
    assert standing("4.2.3") is State.QUALIFIED
    qualified(software="scolia", version="4.2.3", ends_on=date(2026, 10, 1))
    assert standing("4.2.3") is State.ENDED
    with pytest.raises(register.UnknownQualificationError):
        register.withdraw(qualification_id=bad.pk, why="Trop tard.", actor="deep", at=AT)
    # One row for any version, withdrawn: every school of that software reads it.
    any_version = qualified(software="AUTRE")
    assert (standing("", software="AUTRE"), standing("9", software="autre")) == (
        State.QUALIFIED, State.QUALIFIED,
    )  # fmt: skip
    register.withdraw(qualification_id=any_version.pk, why="Arrêté.", actor="deep", at=AT)
    assert standing("", software="AUTRE") is State.WITHDRAWN
    assert [one.kind for one in register.history(software="AUTRE")] == [
        register.WITHDRAW_ACT, register.QUALIFY_ACT,
    ]  # fmt: skip


def test_the_board_reads_the_register_by_version_and_says_since_when(base: Base) -> None:
    school = new_year(6)
    software = school.teaching.school.software

    def found() -> tuple[Step, str]:
        facts = school_facts(uais=[school.uai], year=YEAR, at=AT)[school.uai]
        told = software_known(facts)
        return told.state, str(told.sentence)

    assert found()[0] is Step.NOT_STARTED
    school.receive_nomenclatures()
    school.receive_structures()
    school.export()
    school.bring()
    assert found() == (Step.DONE, f"Logiciel des fichiers : {software}.")
    row = qualified(software=software, version="4.2")
    assert found() == (
        Step.IN_PROGRESS,
        f"L’établissement n’a pas dit la version de {software}. Versions qualifiées : 4.2.",
    )
    assert [(one.software, one.version, one.schools, one.formats) for one in in_use(uais=[school.uai], year=YEAR)] == [
        (software, "", 1, ("3.1",))
    ]  # fmt: skip
    said: dict[str, Any] = {"uai": school.uai, "year": YEAR, "actor": "secretary", "at": AT}
    say_version(version=" 3.9 ", **said)
    assert found() == (
        Step.BLOCKED,
        f"La version de {software} 3.9 n’est pas qualifiée. Versions qualifiées : 4.2.",
    )
    say_version(version="4.2.1", **said)
    assert found() == (Step.DONE, f"Logiciel des fichiers, qualifié : {software} 4.2.1.")
    register.withdraw(qualification_id=row.pk, why="Perd les options.", actor="deep", at=AT)
    assert found() == (
        Step.BLOCKED,
        f"La qualification de {software} 4.2.1 est retirée depuis le 05/11/2026 : Perd les options.",
    )


def test_what_makes_no_sense_is_refused_with_what_to_do(base: Base) -> None:
    by: dict[str, Any] = {"actor": "deep", "at": AT}
    row = qualified()
    tries: list[tuple[Callable[[], object], str]] = [
        (lambda: qualified(software="ONZE LETTRES"), "software.unusable"),
        (lambda: qualified(version="4;2"), "software.unusable"),
        (lambda: qualified(reason=" "), "software.reason-unusable"),
        (lambda: qualified(ends_on=date(2026, 8, 31)), "software.period"),
        (lambda: register.find(software="RIEN", version=""), "software.unknown"),
        (lambda: register.restore(qualification_id=row.pk, **by), "software.not-withdrawn"),
        (lambda: keys.trust_key(fingerprint="ab", holder="X", **by), "software.key-unusable"),
        (lambda: keys.distrust_key(fingerprint="ab", **by), "software.key-unknown"),
    ]
    for attempt, code in tries:
        with pytest.raises(RefusedError) as refusal:
            attempt()
        assert refusal.value.code == code
