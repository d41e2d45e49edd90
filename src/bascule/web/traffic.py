"""Count each request by the route that answered it, whatever it answered."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from bascule.ops import traffic


class TrafficMiddleware:
    """Stands before all that may take time, and behind the files that need no route."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, and count it."""
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        traffic.count(
            route=match.route if match else "",
            status=response.status_code,
            seconds=time.perf_counter() - began,
        )
        return response
