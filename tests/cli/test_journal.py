import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.journal.waiting import wait_for_others

from bascule.config.main import DONE, FAULT, REFUSED, main
from bascule.journal.access import Visitor, note
from bascule.journal.act import AUTHORITY
from bascule.journal.seal import seal
from bascule.schools.directory import register_school
from bascule.schools.open_year import State, change_state, open_year
from bascule.values.uai import make_uai

UAI, OTHER = make_uai("099", 1), make_uai("099", 2)
BY: dict[str, Any] = {"actor": "deep", "at": datetime(2026, 7, 14, 10, 30, tzinfo=UTC)}

Ask = Callable[..., Any]


@pytest.fixture
def ask(base: Any, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Give `bascule journal … --json`: the exit code and what was printed."""
    for uai in (UAI, OTHER):
        register_school(uai=uai, name="École fictive", **BY)
    open_year(uai=UAI, year=2026, **BY)
    change_state(uai=UAI, year=2026, state=State.CURRENT, **BY)

    def asked(*arguments: str) -> tuple[int, Any]:
        code = main(["journal", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return asked


def break_chain(base: Any) -> None:
    with base.look() as administrator:
        administrator.execute("SET session_replication_role = replica")
        administrator.execute(
            "UPDATE journal_act SET payload = replace(payload, 'deep', 'peed') WHERE uai = %s",
            [UAI],
        )


def test_chains_left_alone_hold(ask: Ask) -> None:
    code, said = ask("verify")

    assert (code, said["intact"]) == (DONE, True)
    assert [(row["uai"], row["count"], row["faults"]) for row in said["chains"]] == [
        (AUTHORITY, 2, []),
        (UAI, 2, []),
        (OTHER, 0, []),
    ]
    assert all(len(row["head"]) == 64 for row in said["chains"])


def test_a_broken_chain_ends_with_1_and_names_its_faults(ask: Ask, base: Any) -> None:
    break_chain(base)

    code, said = ask("verify")

    assert (code, said["intact"]) == (FAULT, False)
    faulty = {row["uai"] for row in said["chains"] if row["faults"]}
    assert faulty == {UAI}


def look() -> None:
    note(
        kind="record.read", visitor=Visitor("claire.morel"), at=BY["at"], uai=UAI, about="student/1"
    )


def test_accesses_are_counted_sealed_and_not_yet(ask: Ask) -> None:
    look()
    wait_for_others()
    seal(uai=UAI, at=BY["at"])
    look()

    code, said = ask("verify", "--school", UAI)

    (chain,) = said["chains"]
    assert (code, chain["sealed"], chain["pending"]) == (DONE, 1, 1)


def test_a_sealed_access_that_was_touched_ends_with_1(
    ask: Ask, base: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    look()
    wait_for_others()
    seal(uai=UAI, at=BY["at"])
    with base.look() as administrator:
        administrator.execute("SET session_replication_role = replica")
        administrator.execute("UPDATE journal_access SET actor = 'nobody'")

    code = main(["journal", "verify", "--school", UAI])

    assert code == FAULT
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  Accès : 1 scellé(s), 0 pas encore",
        "  acte n° 3 : les accès qu’il scelle ont été touchés (1 attendus, 1 trouvés).",
    ]


def test_one_school_is_verified_alone(ask: Ask, base: Any) -> None:
    break_chain(base)

    assert ask("verify", "--school", OTHER)[0] == DONE
    assert ask("verify", "--school", UAI)[0] == FAULT


def test_a_school_nobody_knows_is_refused(ask: Ask) -> None:
    code, said = ask("verify", "--school", make_uai("099", 9))

    assert (code, said["refused"]) == (REFUSED, "school.unknown")


def test_the_acts_of_a_school_are_shown_oldest_first(ask: Ask) -> None:
    _, shown = ask("show", "--school", UAI)

    assert [(row["sequence"], row["kind"]) for row in shown] == [
        (1, "school-year.open"),
        (2, "school-year.state"),
    ]
    assert shown[1]["facts"] == {"year": 2026, "before": "preparation", "after": "current"}


def test_only_the_last_acts_are_shown_when_a_limit_is_given(ask: Ask) -> None:
    _, shown = ask("show", "--school", UAI, "--limit", "1")

    assert [row["sequence"] for row in shown] == [2]


def test_the_authority_has_its_acts_shown_too(ask: Ask) -> None:
    _, shown = ask("show", "--school", AUTHORITY)

    assert [row["facts"]["school"] for row in shown] == [UAI, OTHER]


def test_acts_are_told_in_french_at_the_time_of_the_authority(
    ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["journal", "show", "--school", UAI])

    assert capsys.readouterr().out.splitlines() == [
        "    1  14/07/2026 12:30  ouverture d’une année  (deep)",
        "    2  14/07/2026 12:30  changement d’état d’une année  (deep)",
    ]


def test_a_broken_chain_is_told_in_french(
    ask: Ask, base: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    break_chain(base)

    main(["journal", "verify", "--school", UAI])

    first, *faults = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{UAI} : 2 acte(s), chaîne ROMPUE, empreinte ")
    assert "  acte n° 1 : le texte a été modifié." in faults
