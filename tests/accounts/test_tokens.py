"""Tokens of school software: made, shown once, recognised, renewed without a stop, withdrawn at once."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from tests.accounts.acting import actor
from tests.bases import Base
from tests.cast import Cast

from bascule.accounts import tokens
from bascule.accounts.models import MachineToken
from bascule.accounts.scopes import Scope
from bascule.accounts.tokens import MadeToken, Standing
from bascule.errors import RefusedError
from bascule.journal.access import Visitor, note
from bascule.journal.acts import facts_of, find_acts
from bascule.store.policies import open_schools

TODAY = date(2026, 9, 1)
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
YEAR = TODAY + timedelta(days=365)

Make = Callable[..., MadeToken]


@pytest.fixture
def make(cast: Cast) -> Make:
    def made(**changes: Any) -> MadeToken:
        wanted = {
            "uai": cast.school,
            "name": "Charlemagne",
            "scopes": [Scope.RUNS_READ],
            "expires_on": YEAR,
            "actor": actor(cast.head),
            "at": AT,
            "today": TODAY,
        }
        return tokens.create(**{**wanted, **changes})

    return made


def recognise(text: str, today: date = TODAY) -> tokens.Bearer | None:
    with transaction.atomic():
        return tokens.recognise(text=text, today=today)


def standing(text: str, today: date = TODAY) -> Standing | None:
    bearer = recognise(text, today)
    return bearer.standing if bearer else None


def test_a_token_says_its_school_its_number_and_a_secret(make: Make, cast: Cast) -> None:
    made = make()

    prefix, uai, number, secret = made.text.split("_", 3)
    assert (prefix, uai, int(number), len(secret)) == ("bsc", cast.school, made.token.pk, 43)


def test_the_secret_is_nowhere_in_the_base(make: Make, base: Base) -> None:
    secret = make().text.split("_", 3)[3]

    with base.look() as administrator:
        for table in ("accounts_machinetoken", "journal_act", "journal_history", "journal_access"):
            rows = administrator.execute(f"SELECT t::text FROM {table} t".encode()).fetchall()  # noqa: S608
            assert not [row for (row,) in rows if secret in row]


def test_a_token_is_recognised_with_what_it_may_do(make: Make, cast: Cast) -> None:
    made = make(scopes=[Scope.EXPORTS_READ, Scope.RUNS_READ])

    bearer = recognise(made.text)

    assert bearer is not None
    assert (bearer.uai, bearer.name, bearer.about) == (
        cast.school, "Charlemagne", f"token/{made.token.pk}",
    )  # fmt: skip
    assert bearer.scopes == (Scope.RUNS_READ, Scope.EXPORTS_READ)
    assert bearer.standing is Standing.GOOD


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r".$", "é"),
        (r".{8}$", "AAAAAAAA"),
        (r"$", "A"),
        (r".$", ""),
        (r"^", " "),
        (r"$", "\n"),
        (r"^bsc_", "bsc-"),
        (r"^bsc_", ""),
        (r".+", ""),
        (r".+", "bsc_"),
    ],
)
def test_any_other_text_is_nobody(make: Make, pattern: str, instead: str) -> None:
    assert recognise(re.sub(pattern, instead, make().text, count=1)) is None


def test_a_token_names_one_school_only(make: Make, cast: Cast) -> None:
    _, uai, number, secret = make().text.split("_", 3)

    assert recognise(f"bsc_{cast.other_school}_{number}_{secret}") is None
    assert recognise(f"bsc_{uai},{cast.other_school}_{number}_{secret}") is None


def test_the_number_of_another_token_does_not_go_with_this_secret(make: Make) -> None:
    first, second = make(), make()
    prefix, uai, _, secret = first.text.split("_", 3)

    assert recognise(f"{prefix}_{uai}_{second.token.pk}_{secret}") is None


def test_recognising_confines_to_the_school_and_a_wrong_token_to_none(
    make: Make, cast: Cast
) -> None:
    made = make()
    make(uai=cast.other_school, actor=actor(cast.head_next_door))

    def seen(text: str) -> set[str]:
        with transaction.atomic():
            tokens.recognise(text=text, today=TODAY)
            open_schools(cast.school, cast.other_school)
            return {token.uai for token in MachineToken.objects.all()}

    assert seen(made.text) == {cast.school}
    assert seen(made.text[:-8] + "AAAAAAAA") == set()
    assert seen("no token at all") == set()


def test_its_last_day_is_included(make: Make) -> None:
    text = make(expires_on=TODAY + timedelta(days=3)).text

    assert standing(text, TODAY + timedelta(days=3)) is Standing.GOOD
    assert standing(text, TODAY + timedelta(days=4)) is Standing.EXPIRED


def test_a_token_withdrawn_is_refused_at_once(make: Make, cast: Cast) -> None:
    made = make()

    tokens.withdraw(uai=cast.school, token_id=made.token.pk, actor=actor(cast.head), at=AT)

    assert standing(made.text) is Standing.WITHDRAWN


def test_a_token_is_renewed_without_a_stop(make: Make, cast: Cast) -> None:
    old = make(scopes=[Scope.IMPORTS_WRITE])

    new = tokens.rotate(
        uai=cast.school,
        token_id=old.token.pk,
        expires_on=YEAR,
        actor=actor(cast.head),
        at=AT,
        today=TODAY,
    )

    assert [standing(one.text) for one in (old, new)] == [Standing.GOOD, Standing.GOOD]
    bearer = recognise(new.text)
    assert bearer is not None
    assert (bearer.name, bearer.scopes) == ("Charlemagne", (Scope.IMPORTS_WRITE,))
    tokens.withdraw(uai=cast.school, token_id=old.token.pk, actor=actor(cast.head), at=AT)
    assert [standing(one.text) for one in (old, new)] == [Standing.WITHDRAWN, Standing.GOOD]


def test_a_token_has_one_good_successor(make: Make, cast: Cast) -> None:
    old, head = make(), actor(cast.head)
    wanted: dict[str, Any] = {
        "uai": cast.school, "token_id": old.token.pk, "expires_on": YEAR, "actor": head, "at": AT,
        "today": TODAY,
    }  # fmt: skip
    lost = tokens.rotate(**wanted)

    with pytest.raises(tokens.AlreadyRenewedError):
        tokens.rotate(**wanted)
    tokens.withdraw(uai=cast.school, token_id=lost.token.pk, actor=head, at=AT)

    assert standing(tokens.rotate(**wanted).text) is Standing.GOOD


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "   "}, "token.name-unusable"),
        ({"name": "x" * 61}, "token.name-unusable"),
        ({"scopes": []}, "token.no-scope"),
        ({"expires_on": TODAY - timedelta(days=1)}, "token.wrong-end"),
        ({"expires_on": TODAY + timedelta(days=401)}, "token.wrong-end"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(
    make: Make, cast: Cast, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        make(**changes)

    assert refused.value.code == code
    assert tokens.list_tokens(uai=cast.school, today=TODAY) == []


def test_a_token_of_another_school_is_not_there(make: Make, cast: Cast) -> None:
    made = make()
    neighbour = actor(cast.head_next_door)

    with pytest.raises(tokens.UnknownTokenError):
        tokens.withdraw(uai=cast.other_school, token_id=made.token.pk, actor=neighbour, at=AT)

    assert standing(made.text) is Standing.GOOD


def test_a_token_is_withdrawn_once(make: Make, cast: Cast) -> None:
    made, head = make(), actor(cast.head)
    tokens.withdraw(uai=cast.school, token_id=made.token.pk, actor=head, at=AT)

    with pytest.raises(tokens.UnknownTokenError):
        tokens.withdraw(uai=cast.school, token_id=made.token.pk, actor=head, at=AT)


def test_the_list_says_when_each_was_last_used_and_puts_the_good_first(
    make: Make, cast: Cast
) -> None:
    used, never, gone = make(), make(name="Autre"), make(name="Ancien")
    tokens.withdraw(uai=cast.school, token_id=gone.token.pk, actor=actor(cast.head), at=AT)
    for day in (1, 5):
        note(
            kind=tokens.CALL_KIND,
            visitor=Visitor("Charlemagne"),
            at=AT + timedelta(days=day),
            uai=cast.school,
            about=tokens.about(used.token.pk),
        )

    lines = tokens.list_tokens(uai=cast.school, today=TODAY)

    assert [(line.token.name, line.standing) for line in lines] == [
        ("Autre", Standing.GOOD), ("Charlemagne", Standing.GOOD), ("Ancien", Standing.WITHDRAWN),
    ]  # fmt: skip
    assert [line.last_used_at for line in lines] == [None, AT + timedelta(days=5), None]
    assert lines[0].token.pk == never.token.pk
    assert lines[1].token.created_by.login == "claire.morel"


def test_the_list_takes_as_many_queries_for_many_as_for_few(make: Make, cast: Cast) -> None:
    def queries() -> int:
        with connection.execute_wrapper(count):
            counted.clear()
            tokens.list_tokens(uai=cast.school, today=TODAY)
        return len(counted)

    counted: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        counted.append(sql)
        return execute(sql, *rest)

    make()
    few = queries()
    for _ in range(8):
        make()

    assert queries() == few


def test_each_step_is_an_act_of_the_school_that_tells_no_secret(make: Make, cast: Cast) -> None:
    made, head = make(), actor(cast.head)
    new = tokens.rotate(
        uai=cast.school, token_id=made.token.pk, expires_on=YEAR, actor=head, at=AT, today=TODAY
    )
    tokens.withdraw(uai=cast.school, token_id=made.token.pk, actor=head, at=AT)

    acts = [one for one in find_acts(uais=[cast.school]) if one.kind.startswith("token.")][::-1]

    assert [(one.kind, one.actor, facts_of(one)) for one in acts] == [
        ("token.create", "claire.morel",
         {"token": made.token.pk, "scopes": ["runs:read"], "to": YEAR.isoformat()}),
        ("token.rotate", "claire.morel",
         {"token": new.token.pk, "replaces": made.token.pk, "to": YEAR.isoformat()}),
        ("token.withdraw", "claire.morel", {"token": made.token.pk}),
    ]  # fmt: skip
