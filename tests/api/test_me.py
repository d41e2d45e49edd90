"""`/moi`: what a token is good for."""

from datetime import timedelta

from django.utils import timezone
from tests.api.conftest import Call, make_token
from tests.cast import Cast
from tests.exchange.ready_school import YEAR

from bascule.accounts.scopes import Scope
from bascule.schools.directory import known_school


def test_a_token_reads_what_it_is_good_for(call: Call, cast: Cast) -> None:
    ends = timezone.localdate() + timedelta(days=90)
    text = make_token(cast, Scope.EXPORTS_READ, Scope.IMPORTS_WRITE, expires_on=ends)

    assert call("/moi", by=text).json() == {
        "token": int(text.split("_")[2]),
        "name": "Charlemagne",
        "school": {"uai": cast.school, "name": known_school(cast.school).name},
        "scopes": ["imports:write", "exports:read"],
        "expires_on": ends.isoformat(),
        "years": [YEAR],
    }


def test_its_secret_is_not_among_it(call: Call, token: str) -> None:
    assert token.split("_", 3)[3] not in call("/moi").content.decode()
