"""What every page shows around its content."""

from typing import Any

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """Give templates who is signed in and where: a context processor."""
    return {"actor": getattr(request, "actor", None)}
