from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import sql

from bascule.journal.act import AUTHORITY, GENESIS, act, hash_of, payload_of
from bascule.journal.verify import verify_chain
from bascule.values.uai import make_uai

OURS, THEIRS = make_uai("099", 1), make_uai("099", 2)
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def acts(count: int, uai: str = OURS) -> None:
    for number in range(count):
        at = AT + timedelta(minutes=number)
        with act(
            uai=uai, kind="import.apply", actor="secretary", at=at, run_id=40 + number
        ) as opened:
            opened.facts |= {"created": number, "kind": "éà"}


def tamper(base: Any, statement: str, *values: object) -> None:
    """Change the journal as one who has the server in hand can: its own triggers put aside."""
    with base.look() as administrator:
        administrator.execute("SET session_replication_role = replica")
        changed = administrator.execute(sql.SQL(statement), values)  # type: ignore[arg-type]
        assert changed.rowcount > 0


def test_a_school_without_acts_has_an_empty_chain(base: Any) -> None:
    report = verify_chain(uai=OURS)

    assert (report.count, report.head, report.faults) == (0, GENESIS.hex(), ())


def test_a_chain_left_alone_holds(base: Any) -> None:
    acts(3)

    report = verify_chain(uai=OURS)

    assert (report.uai, report.count, report.faults) == (OURS, 3, ())


def test_each_act_moves_the_head(base: Any) -> None:
    heads = set()
    for _ in range(3):
        acts(1)
        heads.add(verify_chain(uai=OURS).head)

    assert len(heads) == 3


def test_each_school_and_the_authority_have_a_chain_of_their_own(base: Any) -> None:
    acts(2)
    acts(1, THEIRS)
    acts(3, AUTHORITY)

    assert [verify_chain(uai=uai).count for uai in (OURS, THEIRS, AUTHORITY)] == [2, 1, 3]


@pytest.mark.parametrize("position", range(1, 190, 9))
def test_any_character_of_the_text_changed_is_found(base: Any, position: int) -> None:
    acts(2)

    tamper(
        base,
        "UPDATE journal_act SET payload = overlay(payload placing"
        " CASE substr(payload, %s, 1) WHEN '~' THEN '!' ELSE '~' END from %s for 1)"
        " WHERE sequence = 1",
        position,
        position,
    )

    assert any("acte n° 1" in fault for fault in verify_chain(uai=OURS).faults)


@pytest.mark.parametrize("column", ["hash", "previous_hash"])
@pytest.mark.parametrize("byte", [0, 15, 31])
@pytest.mark.parametrize("sequence", [1, 2, 3])
def test_any_byte_of_a_hash_changed_is_found(
    base: Any, column: str, byte: int, sequence: int
) -> None:
    acts(3)

    tamper(
        base,
        f"UPDATE journal_act SET {column} ="  # noqa: S608 - names of the test
        f" set_byte({column}, %s, get_byte({column}, %s) # 1) WHERE sequence = %s",
        byte,
        byte,
        sequence,
    )

    assert verify_chain(uai=OURS).faults


@pytest.mark.parametrize(
    "change", ["kind = 'export'", "actor = 'nobody'", "run_id = NULL", "run_id = 1"]
)
def test_a_column_that_no_longer_says_what_the_text_says_is_found(base: Any, change: str) -> None:
    acts(3)

    tamper(base, f"UPDATE journal_act SET {change} WHERE sequence = 2")  # noqa: S608 - as above

    (fault,) = verify_chain(uai=OURS).faults
    assert "acte n° 2" in fault


def test_an_instant_that_no_longer_is_the_one_of_the_text_is_found(base: Any) -> None:
    acts(3)

    tamper(base, "UPDATE journal_act SET at = at - interval '1 day' WHERE sequence = 2")

    (fault,) = verify_chain(uai=OURS).faults
    assert "acte n° 2" in fault


@pytest.mark.parametrize("sequence", [1, 2])
def test_an_act_removed_is_found(base: Any, sequence: int) -> None:
    acts(3)

    tamper(base, "DELETE FROM journal_act WHERE sequence = %s", sequence)

    assert any("manque" in fault for fault in verify_chain(uai=OURS).faults)


def test_the_last_act_removed_moves_the_head_that_was_written_down(base: Any) -> None:
    acts(3)
    before = verify_chain(uai=OURS)

    tamper(base, "DELETE FROM journal_act WHERE sequence = 3")

    after = verify_chain(uai=OURS)
    assert (after.count, after.head) != (before.count, before.head)


def test_two_acts_that_changed_places_are_found(base: Any) -> None:
    acts(3)

    tamper(base, "UPDATE journal_act SET sequence = 9 WHERE sequence = 2")
    tamper(base, "UPDATE journal_act SET sequence = 2 WHERE sequence = 3")
    tamper(base, "UPDATE journal_act SET sequence = 3 WHERE sequence = 9")

    assert verify_chain(uai=OURS).faults


def test_an_act_slipped_in_with_a_right_hash_of_its_own_is_found(base: Any) -> None:
    acts(2)
    payload = payload_of(
        uai=OURS, sequence=2, at=AT, kind="forged", actor="nobody", run_id=None, facts={}
    )

    tamper(
        base,
        "UPDATE journal_act SET payload = %s, hash = %s, kind = 'forged', actor = 'nobody',"
        " run_id = NULL, at = %s WHERE sequence = 1",
        payload,
        hash_of(GENESIS, payload),
        AT,
    )

    assert verify_chain(uai=OURS).faults


def test_an_act_of_another_school_put_in_the_chain_is_found(base: Any) -> None:
    acts(1, THEIRS)

    tamper(base, "UPDATE journal_act SET uai = %s", OURS)

    assert verify_chain(uai=OURS).faults


def test_a_fault_in_one_chain_leaves_the_others_whole(base: Any) -> None:
    acts(2)
    acts(2, THEIRS)

    tamper(base, "UPDATE journal_act SET payload = payload || ' ' WHERE uai = %s", OURS)

    assert len(verify_chain(uai=OURS).faults) == 2
    assert verify_chain(uai=THEIRS).faults == ()
