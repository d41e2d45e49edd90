"""Stop at the doorstep: what the gate let in is not drawn, when another of her kind saw it drawn."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

#: What a knock that only asks for the door bears.
ONLY_THE_DOOR = "tests.only_the_door"


class DoorstepMiddleware:
    """Stands behind the gate, which has answered already when it is not asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        return HttpResponse() if request.META.get(ONLY_THE_DOOR) else None
