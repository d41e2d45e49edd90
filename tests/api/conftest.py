"""A school's software with its token, beside another school with imports of its own."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.accounts.acting import actor
from tests.bases import Base
from tests.cast import Cast

from bascule.accounts import tokens
from bascule.accounts.scopes import Scope


@pytest.fixture
def stage() -> Callable[[], Any]:
    return Cast.of_two_schools


@pytest.fixture
def cast(stage: Any, base: Base) -> Cast:
    mine, other = base.ready
    return Cast(school=mine.uai, other_school=other.uai)


Call = Callable[..., Any]


@pytest.fixture
def token(cast: Cast) -> str:
    return make_token(cast, Scope.RUNS_READ)


def make_token(cast: Cast, *scopes: Scope, expires_on: date | None = None) -> str:
    today = timezone.localdate()
    return tokens.create(
        uai=cast.school,
        name="Charlemagne",
        scopes=scopes,
        expires_on=expires_on or today + timedelta(days=30),
        actor=actor(cast.head),
        at=timezone.now(),
        today=today,
    ).text


@pytest.fixture
def call(token: str) -> Call:
    """Ask as the software does."""

    def asked(path: str, *, by: str | None = token, method: str = "GET", **query: str) -> Any:
        client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        headers = {"Authorization": f"Bearer {by}"} if by is not None else {}
        return client.generic(
            method, f"/api/v1{path}", query_params=query, headers=headers, REMOTE_ADDR="192.0.2.9"
        )

    return asked
