"""Every route is asked what its description allows, and what it does not: no fault, no answer that is not described."""

from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings, strategies as some
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.api.conftest import make_token
from tests.api.test_openapi import DOCUMENT
from tests.cast import Cast
from tests.exchange.ready_school import YEAR

from bascule.accounts import tokens
from bascule.accounts.scopes import Scope
from bascule.exchange import runs, taken

_SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
_SCHEMA.app = get_wsgi_application()
# What is well asked may still not be allowed by the state of things: a state not given, or gone by.
_ACCEPTANCE = _SCHEMA.config.checks.positive_data_acceptance
_ACCEPTANCE.expected_statuses = [*_ACCEPTANCE.expected_statuses, "412", "428"]
_OPERATIONS = [
    (path, method) for path, operations in DOCUMENT["paths"].items() for method in operations
]
#: What a software is good for, by whom it was made for.
_PROFILES = {
    "all": tuple(Scope),
    "reader": (Scope.RUNS_READ,),
    "sender": (Scope.IMPORTS_WRITE, Scope.RUNS_READ),
}
#: Enough for each kind of wrong; those who may little are refused alike.
_EXAMPLES = {"all": 10, "reader": 3, "sender": 3}


@pytest.mark.parametrize("profile", _PROFILES)
@pytest.mark.parametrize(("path", "method"), _OPERATIONS)
def test_it_answers_as_described(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, path: str, method: str, profile: str
) -> None:
    monkeypatch.setattr(tokens, "CALLS_A_MINUTE", 100_000)
    token = make_token(cast, *_PROFILES[profile])
    known = {
        "uai": cast.school,
        "run_id": runs.list_runs(uai=cast.school)[0].pk,
        "sent_id": taken.last_sent(uai=cast.school, year=YEAR)["structures"].pk,
    }
    operation = _SCHEMA[path][method]

    # Of what is there, three times out of four: the way beyond the first refusal.
    @given(
        case=operation.as_strategy(),
        of_what_is_there=some.sampled_from([True, True, True, False]),
        of_the_year=some.booleans(),
    )
    @settings(
        max_examples=_EXAMPLES[profile],
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def asked(case: Any, *, of_what_is_there: bool, of_the_year: bool) -> None:
        if case.path_parameters and of_what_is_there:
            case.path_parameters |= {
                name: known[name] for name in case.path_parameters if name in known
            }
        if case.query and "annee" in case.query and of_the_year:
            case.query["annee"] = YEAR
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}", "Host": "localhost"},
            # A file may be refused for what it holds, which no description can say.
            excluded_checks=[positive_data_acceptance] if operation.body else [],
        )

    asked()
