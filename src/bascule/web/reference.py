"""The reference of an answer that says no: on the page and in the log, so that one is found by the other."""

import secrets

from django.http import HttpRequest

_BYTES = 4


def reference_of(request: HttpRequest) -> str:
    """Give the reference of a request, the same whenever it is asked.

    Args:
        request (HttpRequest): the request.

    Returns:
        str: eight digits and letters; it says nothing of who asked, nor of what.
    """
    found: str | None = getattr(request, "reference", None)
    if found is None:
        found = secrets.token_hex(_BYTES)
        request.reference = found  # type: ignore[attr-defined]
    return found
