"""Accesses put under seal: what any later hand leaves behind, and lines that were still being written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings, strategies as st
from psycopg import sql
from tests.bases import Base
from tests.journal.waiting import wait_for_others

from bascule.journal.access import Visitor, note
from bascule.journal.act import AUTHORITY, act
from bascule.journal.models import Act
from bascule.journal.seal import SEAL_ACT, _digest, _Span, check_seals, seal
from bascule.journal.verify import verify_chain
from bascule.store.policies import open_schools
from bascule.values.uai import make_uai

OURS, THEIRS = make_uai("099", 1), make_uai("099", 2)
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
NUMBERS = count(1)
CLAIRE = Visitor("claire.morel", 1, "192.0.2.7")
COLUMNS = "uai, at, kind, person_id, actor, about, purpose, address, facts, transaction"  # as in the table


def look(count: int = 1, uai: str = OURS, first: int = 1) -> None:
    for number in range(first, first + count):
        note(
            kind="record.read",
            visitor=CLAIRE,
            at=AT + timedelta(minutes=number),
            uai=uai,
            about=f"student/{number}",
            purpose="gestion de l’élève",
            facts={"rank": number},
        )


def sealed(uai: str = OURS) -> int:
    wait_for_others()
    return seal(uai=uai, at=AT)


def tamper(base: Base, statement: str, *values: object) -> None:
    """Change lines as one who has the server in hand can: triggers put aside."""
    with base.look() as administrator:
        administrator.execute("SET session_replication_role = replica")
        changed = administrator.execute(sql.SQL(statement), values)  # type: ignore[arg-type]
        assert changed.rowcount > 0


def seals(uai: str = OURS) -> list[Act]:
    with transaction.atomic():
        open_schools(uai)
        return list(Act.objects.filter(uai=uai, kind=SEAL_ACT).order_by("sequence"))


@contextmanager
def another_visitor(base: Base, about: str) -> Iterator["psycopg.Connection[Any]"]:
    """Write a line in a transaction of its own, left open for the block."""
    with psycopg.connect(base.url) as other:
        other.execute(
            "INSERT INTO journal_access (uai, at, kind, actor, about, purpose, facts)"
            " VALUES (%s, now(), 'record.read', 'paul.petit', %s, '', '{}')",
            [OURS, about],
        )
        yield other


def test_lines_are_sealed_once(base: Base) -> None:
    look(3)

    assert [sealed(), sealed()] == [3, 0]
    assert len(seals()) == 1
    assert check_seals(uai=OURS).sealed_count == 3


def test_nothing_to_seal_leaves_no_act(base: Base) -> None:
    assert sealed() == 0
    assert verify_chain(uai=OURS).count == 0


def test_each_school_and_the_authority_have_seals_of_their_own(base: Base) -> None:
    look(2)
    look(1, THEIRS)
    look(4, AUTHORITY)

    assert [sealed(uai) for uai in (OURS, THEIRS, AUTHORITY)] == [2, 1, 4]


def test_what_came_since_waits_for_the_next_seal(base: Base) -> None:
    look(2)
    sealed()
    look(3, first=10)

    report = verify_chain(uai=OURS)

    assert (report.sealed, report.pending, report.faults) == (2, 3, ())


def test_seals_follow_each_other_and_hold(base: Base) -> None:
    for rank in range(4):
        look(rank + 1, first=10 * rank)
        sealed()

    report = check_seals(uai=OURS)

    assert (report.sealed_count, report.pending_count, report.faults) == (10, 0, ())


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 second'",
        "kind = 'record.listed'",
        "person_id = 2",
        "person_id = NULL",
        "actor = 'paul.petit'",
        "about = 'student/99'",
        "purpose = ''",
        "address = '192.0.2.8'",
        "facts = facts || '{\"rank\": 0}'",
        "transaction = transaction + 1000000",
        "uai = '0990002S'",
        "id = id + 1000",
    ],
)
def test_any_change_of_a_sealed_line_is_found(base: Base, change: str) -> None:
    look(3)
    sealed()

    tamper(base, f"UPDATE journal_access SET {change} WHERE about = 'student/2'")  # noqa: S608

    (fault,) = verify_chain(uai=OURS).faults
    assert "acte n° 1" in fault


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_sealed_line_removed_is_found(base: Base, rank: int) -> None:
    look(3)
    sealed()

    tamper(base, "DELETE FROM journal_access WHERE about = %s", f"student/{rank}")

    (fault,) = verify_chain(uai=OURS).faults
    assert "3 attendus, 2 trouvés" in fault


@pytest.mark.parametrize("line_id", ["-5", "(SELECT max(id) + 100 FROM journal_access)"])
def test_a_line_slipped_under_a_seal_is_found(base: Base, line_id: str) -> None:
    look(3)
    sealed()

    tamper(
        base,
        f"INSERT INTO journal_access (id, {COLUMNS}) SELECT {line_id}, {COLUMNS}"  # noqa: S608
        " FROM journal_access WHERE about = 'student/2'",
    )

    (fault,) = verify_chain(uai=OURS).faults
    assert "3 attendus, 4 trouvés" in fault


def test_only_the_seal_that_was_touched_is_named(base: Base) -> None:
    for rank in (1, 2, 3):
        look(2, first=10 * rank)
        sealed()

    tamper(base, "UPDATE journal_access SET purpose = '' WHERE about = 'student/20'")

    (fault,) = verify_chain(uai=OURS).faults
    assert "acte n° 2" in fault


def test_a_seal_that_was_written_anew_breaks_the_chain(base: Base) -> None:
    look(2)
    sealed()

    tamper(base, "UPDATE journal_act SET payload = replace(payload, '\"count\":2', '\"count\":1')")

    assert any("le texte a été modifié" in fault for fault in verify_chain(uai=OURS).faults)


def test_a_seal_that_cannot_be_read_is_named_and_sealing_goes_on(base: Base) -> None:
    look(2)
    sealed()
    look(1, first=5)
    sealed()
    look(1, first=8)

    tamper(base, "UPDATE journal_act SET payload = '{}' WHERE sequence = 2")
    sealed()

    report = verify_chain(uai=OURS)
    assert any("acte n° 2" in fault and "lu" in fault for fault in report.faults)
    assert report.pending == 0


def test_a_line_of_a_transaction_still_open_at_sealing_is_not_lost(base: Base) -> None:
    with another_visitor(base, "student/50") as other:
        look(2)
        first = seal(uai=OURS, at=AT)
        other.commit()

    assert (first, sealed()) == (0, 3)
    assert check_seals(uai=OURS).faults == ()


def test_lines_before_the_open_transaction_are_sealed_at_once(base: Base) -> None:
    look(2)
    wait_for_others()
    with another_visitor(base, "student/50") as other:
        look(2, first=10)
        assert seal(uai=OURS, at=AT) == 2
        other.commit()

    assert sealed() == 3
    report = check_seals(uai=OURS)
    assert (report.sealed_count, report.pending_count, report.faults) == (5, 0, ())


def test_a_transaction_that_gives_up_leaves_nothing_to_seal(base: Base) -> None:
    with another_visitor(base, "student/50") as other:
        look(1)
        other.rollback()

    assert sealed() == 1


def test_lines_are_not_sealed_by_the_transaction_that_wrote_them(base: Base) -> None:
    with transaction.atomic():
        look(1)
        assert seal(uai=OURS, at=AT) == 0

    assert sealed() == 1


# ---------------------------------------------------------------- a base restored on another server


def came_from_elsewhere(base: Base, *, sealed: int, unsealed: int, ahead: int = 10**9) -> None:
    """Make the base one that was dumped on a server that had seen many more transactions."""
    rows = sealed + unsealed
    with base.look() as administrator:
        administrator.execute("SET session_replication_role = replica")
        administrator.execute(
            "INSERT INTO journal_access (uai, at, kind, actor, about, purpose, facts, transaction)"
            " SELECT %s, now(), 'record.read', 'old.server', 'student/' || n, '', '{}', %s + n"
            " FROM generate_series(1, %s) n",
            [OURS, ahead, rows],
        )
    span = _Span("another server", -(2**63), -(2**63), ahead + sealed + 1)
    with act(uai=OURS, kind=SEAL_ACT, actor="bascule", at=AT) as opened:
        count, digest, last = _digest(OURS, span, 2**63 - 1)
        assert count == sealed
        opened.facts |= {
            "server": span.server, "above": span.above, "from": span.start, "before": span.end,
            "last": last, "count": count, "digest": digest,
        }  # fmt: skip


def test_after_a_restore_old_seals_hold_though_numbers_begin_anew(base: Base) -> None:
    came_from_elsewhere(base, sealed=3, unsealed=2)
    look(4, first=100)

    report = check_seals(uai=OURS)

    assert (report.sealed_count, report.pending_count, report.faults) == (3, 6, ())


def test_after_a_restore_all_that_waited_is_sealed(base: Base) -> None:
    came_from_elsewhere(base, sealed=3, unsealed=2)
    look(4, first=100)

    assert sealed() == 6

    report = check_seals(uai=OURS)
    assert (report.sealed_count, report.pending_count, report.faults) == (9, 0, ())


def test_after_a_restore_sealing_goes_on_as_before(base: Base) -> None:
    came_from_elsewhere(base, sealed=3, unsealed=0)
    sealed()
    look(2, first=100)
    assert sealed() == 2
    look(1, first=200)
    assert sealed() == 1

    tamper(base, "DELETE FROM journal_access WHERE about = 'student/100'")
    (fault,) = check_seals(uai=OURS).faults
    assert "2 attendus, 1 trouvés" in fault


def test_after_a_restore_a_change_of_an_old_line_is_still_found(base: Base) -> None:
    came_from_elsewhere(base, sealed=3, unsealed=2)
    sealed()

    tamper(base, "UPDATE journal_access SET actor = 'nobody' WHERE about = 'student/2'")
    tamper(base, "UPDATE journal_access SET actor = 'nobody' WHERE about = 'student/5'")

    assert len(check_seals(uai=OURS).faults) == 2


def test_a_restore_on_a_server_that_had_seen_more_changes_nothing(base: Base) -> None:
    came_from_elsewhere(base, sealed=2, unsealed=2, ahead=3)
    look(2, first=100)

    assert sealed() == 4
    report = check_seals(uai=OURS)
    assert (report.sealed_count, report.pending_count, report.faults) == (6, 0, ())


# ---------------------------------------------------------------- whatever the order of things


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.sampled_from(["look", "open", "commit", "abandon", "seal"]), min_size=3, max_size=14
    )
)
def test_every_line_that_stays_ends_under_one_seal(base: Base, steps: list[str]) -> None:
    # The base outlives an example: each has a school of its own.
    uai = make_uai("098", next(NUMBERS))
    opened: list[psycopg.Connection[Any]] = []
    for step in steps:
        if step == "look":
            look(1, uai)
        elif step == "seal":
            seal(uai=uai, at=AT)
        elif step == "open":
            opened.append(psycopg.connect(base.url))
            opened[-1].execute(
                "INSERT INTO journal_access (uai, at, kind, actor, about, purpose, facts)"
                " VALUES (%s, now(), 'record.read', '', '', '', '{}')",
                [uai],
            )
        elif opened:
            ended = opened.pop(0)
            ended.commit() if step == "commit" else ended.rollback()
            ended.close()
    for left in opened:
        left.commit()
        left.close()

    sealed(uai)

    report = check_seals(uai=uai)
    with base.look() as administrator:
        found = administrator.execute(
            "SELECT count(*) FROM journal_access WHERE uai = %s", [uai]
        ).fetchone()
    assert found == (report.sealed_count,)
    assert (report.pending_count, report.faults) == (0, ())
    assert connection.in_atomic_block is False
