"""What PostgreSQL itself refuses, whatever the program does."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from bascule.journal.act import act
from bascule.journal.models import Act, History
from bascule.nomenclatures.models import ProfileEntry
from bascule.store.policies import open_schools
from bascule.values.uai import make_uai

OURS, THEIRS = make_uai("099", 1), make_uai("099", 2)
#: The setting that names the act is unknown to a new session, and blank after an act's.
NO_ACT = r'"bascule\.act"|bigint: ""'
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def entry(uai: str = OURS, key: str = "A") -> ProfileEntry:
    return ProfileEntry(
        uai=uai, year=2026, block="MEF", key=key, rank=1, fields={"label": "before"}
    )


def write(uai: str = OURS, key: str = "A") -> int:
    with act(uai=uai, kind="test", actor="someone", at=AT) as opened:
        entry(uai, key).save()
    return opened.id


def execute(statement: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def save_outside_an_act() -> None:
    with transaction.atomic():
        open_schools(OURS)
        entry().save()


def execute_outside_an_act(statement: str) -> None:
    with transaction.atomic():
        open_schools(OURS)
        execute(statement, OURS)


def everything(base: Any, table: str) -> list[dict[str, Any]]:
    with base.look() as administrator:
        query = psycopg.sql.SQL("SELECT to_jsonb(t) FROM {} t ORDER BY id")
        found = administrator.execute(query.format(psycopg.sql.Identifier(table)))
        return [row for (row,) in found.fetchall()]


def profile(base: Any) -> list[dict[str, Any]]:
    return everything(base, "nomenclatures_profileentry")


def test_a_row_names_the_act_that_made_it(base: Any) -> None:
    act_id = write()

    (row,) = profile(base)
    assert (row["created_act_id"], row["act_id"]) == (act_id, act_id)


def test_a_row_written_outside_an_act_is_refused(base: Any) -> None:
    with pytest.raises(DatabaseError, match=NO_ACT):
        save_outside_an_act()

    assert profile(base) == []


def test_a_change_outside_an_act_is_refused(base: Any) -> None:
    write()

    with pytest.raises(DatabaseError, match=NO_ACT):
        execute_outside_an_act("UPDATE nomenclatures_profileentry SET rank = 2 WHERE uai = %s")

    assert profile(base)[0]["rank"] == 1


def test_a_removal_outside_an_act_is_refused(base: Any) -> None:
    write()

    with pytest.raises(DatabaseError, match=NO_ACT):
        execute_outside_an_act("DELETE FROM nomenclatures_profileentry WHERE uai = %s")

    assert len(profile(base)) == 1


def test_a_change_that_does_not_name_its_act_is_refused(base: Any) -> None:
    write()

    with (
        pytest.raises(DatabaseError, match="without naming its act"),
        act(uai=OURS, kind="test", actor="someone", at=AT),
    ):
        execute("UPDATE nomenclatures_profileentry SET rank = 2 WHERE uai = %s", OURS)

    assert profile(base)[0]["rank"] == 1


def test_the_act_does_not_outlive_its_block(base: Any) -> None:
    write()

    with pytest.raises(DatabaseError), transaction.atomic():
        entry(key="B").save()


def test_an_act_that_fails_leaves_neither_row_nor_line_in_the_journal(base: Any) -> None:
    def fail() -> None:
        with act(uai=OURS, kind="test", actor="someone", at=AT):
            entry().save()
            raise InterruptedError

    with suppress(InterruptedError):
        fail()

    assert profile(base) == []
    assert everything(base, "journal_act") == []


def test_the_history_holds_the_state_before_a_change(base: Any) -> None:
    write()

    with act(uai=OURS, kind="test", actor="someone", at=AT) as opened:
        ProfileEntry.objects.filter(uai=OURS).update(fields={"label": "after"}, act_id=opened.id)

    (kept,) = everything(base, "journal_history")
    assert (kept["operation"], kept["act_id"]) == ("U", opened.id)
    assert kept["table_name"] == "nomenclatures_profileentry"
    assert kept["before"]["fields"] == {"label": "before"}
    (row,) = profile(base)
    assert (row["id"], row["fields"]) == (kept["row_id"], {"label": "after"})


def test_the_history_holds_the_state_before_a_removal(base: Any) -> None:
    write()
    (before,) = profile(base)

    with act(uai=OURS, kind="test", actor="someone", at=AT) as opened:
        execute("DELETE FROM nomenclatures_profileentry WHERE uai = %s", OURS)

    (kept,) = everything(base, "journal_history")
    assert (kept["operation"], kept["act_id"], kept["before"]) == ("D", opened.id, before)


def test_a_bulk_change_keeps_the_state_of_each_row(base: Any) -> None:
    with act(uai=OURS, kind="test", actor="someone", at=AT):
        ProfileEntry.objects.bulk_create([entry(key=str(n)) for n in range(50)])

    with act(uai=OURS, kind="test", actor="someone", at=AT) as opened:
        ProfileEntry.objects.filter(uai=OURS).update(rank=7, act_id=opened.id)

    assert len(everything(base, "journal_history")) == 50


def test_another_school_s_rows_are_not_seen(base: Any) -> None:
    for uai in (OURS, THEIRS):
        write(uai)

    with transaction.atomic():
        open_schools(OURS)
        assert [row.uai for row in ProfileEntry.objects.all()] == [OURS]
        assert [row.uai for row in Act.objects.all()] == [OURS]


def test_another_school_s_history_is_not_seen(base: Any) -> None:
    for uai in (OURS, THEIRS):
        write(uai)
        with act(uai=uai, kind="test", actor="someone", at=AT):
            execute("DELETE FROM nomenclatures_profileentry WHERE uai = %s", uai)

    with transaction.atomic():
        open_schools(OURS)
        assert [row.uai for row in History.objects.all()] == [OURS]


def test_nothing_is_seen_while_no_school_is_open(base: Any) -> None:
    write()

    with transaction.atomic():
        assert not ProfileEntry.objects.exists()
        assert not Act.objects.exists()


def test_a_school_opened_in_one_transaction_is_closed_in_the_next(base: Any) -> None:
    write()
    with transaction.atomic():
        open_schools(OURS)

    with transaction.atomic():
        assert not ProfileEntry.objects.exists()


def test_another_school_s_rows_are_neither_changed_nor_removed(base: Any) -> None:
    write(THEIRS)
    before = profile(base)

    with act(uai=OURS, kind="test", actor="someone", at=AT) as opened:
        changed = ProfileEntry.objects.update(rank=7, act_id=opened.id)
        removed = execute("DELETE FROM nomenclatures_profileentry")

    assert (changed, removed) == (0, 0)
    assert profile(base) == before


def test_a_row_is_not_added_to_another_school(base: Any) -> None:
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        act(uai=OURS, kind="test", actor="someone", at=AT),
    ):
        entry(THEIRS).save()

    assert profile(base) == []


def test_a_row_is_not_given_to_another_school(base: Any) -> None:
    write()

    with (
        pytest.raises(DatabaseError, match="row-level security"),
        act(uai=OURS, kind="test", actor="someone", at=AT) as opened,
    ):
        ProfileEntry.objects.filter(uai=OURS).update(uai=THEIRS, act_id=opened.id)

    assert profile(base)[0]["uai"] == OURS


def test_an_act_may_read_the_schools_it_names_and_no_other(base: Any) -> None:
    other = make_uai("099", 3)
    for uai in (THEIRS, other):
        write(uai)

    with act(uai=OURS, kind="test", actor="someone", at=AT, reads=(THEIRS,)):
        assert [row.uai for row in ProfileEntry.objects.all()] == [THEIRS]


def test_the_owner_of_the_tables_is_bound_by_the_policy_too(base: Any) -> None:
    write()

    with psycopg.connect(base.owner_url) as owner:
        found = owner.execute("SELECT count(*) FROM nomenclatures_profileentry").fetchone()

    assert found == (0,)


@pytest.mark.parametrize("table", ["journal_act", "journal_history"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET uai = uai", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_journal_is_rewritten_by_nobody(base: Any, table: str, statement: str) -> None:
    write()
    with act(uai=OURS, kind="test", actor="someone", at=AT):
        execute("DELETE FROM nomenclatures_profileentry WHERE uai = %s", OURS)
    before = everything(base, table)
    asked = psycopg.sql.SQL(statement).format(psycopg.sql.Identifier(table))  # type: ignore[arg-type]

    with (
        psycopg.connect(base.url) as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        application.execute(asked)
    with psycopg.connect(base.owner_url) as owner:
        owner.execute("SELECT set_config('bascule.schools', %s, true)", [OURS])
        with pytest.raises(psycopg.errors.RaiseException, match="never rewritten"):
            owner.execute(asked)

    assert everything(base, table) == before
