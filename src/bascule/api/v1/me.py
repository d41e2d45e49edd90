"""`/moi`: what the token is good for."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from bascule.api.bearer import TokenOf, caller
from bascule.api.v1.words import Me, refusals
from bascule.schools.directory import known_school
from bascule.schools.open_year import State, years_of

router = Router(tags=["Jeton"])


@router.get(
    "/moi",
    auth=TokenOf(),
    response={200: Me, **refusals()},
    url_name="me",
    operation_id="me.read",
    summary="Mon jeton",
)
def read_me(request: HttpRequest) -> dict[str, Any]:
    """Dit à quel établissement est le jeton, ce qu’il permet et jusqu’à quand."""
    bearer = caller(request)
    return {
        "token": bearer.token_id,
        "name": bearer.name,
        "school": {"uai": bearer.uai, "name": known_school(bearer.uai).name},
        "scopes": [scope.code for scope in bearer.scopes],
        "expires_on": bearer.expires_on.isoformat(),
        "years": [
            row.year
            # The one under way first: what software means when it says no year.
            for row in sorted(years_of(bearer.uai), key=lambda row: row.state != State.CURRENT)
            if row.state != State.CLOSED
        ],
    }
