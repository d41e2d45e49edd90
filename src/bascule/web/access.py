"""Who may open a page: each view declares it, and nothing else lets a request through.

A view without a declaration is refused, by the build (a system check) and by the middleware. The
declaration also bounds what PostgreSQL will show during the request: the schools in which the
person holds the permission that the page asks for, and no other, whatever its code does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from typing import Any, TypeVar

from django.core.checks import CheckMessage, Error, register
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver

from bascule.accounts.profiles import Permission

View = TypeVar("View", bound=Callable[..., Any])


class Door(Enum):
    """Which people a page is for."""

    #: Everybody, known or not.
    PUBLIC = "public"
    #: Whoever is signed in; shows what is hers.
    SIGNED_IN = "signed-in"
    #: Whoever holds a permission in the school of the URL.
    SCHOOL = "school"
    #: Whoever holds a permission for the authority.
    AUTHORITY = "authority"
    #: School software with a token; the API checks it.
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declares.

    Attributes:
        door: which people.
        permission: what they must hold, for a school or for the authority.
        writes_year: whether it writes in the year of the URL, which must then be open.
    """

    door: Door
    permission: Permission | None = None
    writes_year: bool = False


def public(view: View) -> View:
    """Declare a page that everybody may open."""
    return _declare(view, Access(Door.PUBLIC))


def signed_in(view: View) -> View:
    """Declare a page of whoever is signed in: it shows what is hers, and nothing of a school."""
    return _declare(view, Access(Door.SIGNED_IN))


def machine(view: View) -> View:
    """Declare a route that school software opens with a token."""
    return _declare(view, Access(Door.MACHINE))


def school(permission: Permission, *, writes_year: bool = False) -> Callable[[View], View]:
    """Declare a page of a school; its URL has a `uai`, and the view takes it.

    Args:
        permission (Permission): what the person must hold in that school.
        writes_year (bool): whether a POST writes in the year of the URL.

    Returns:
        Callable[[View], View]: the decorator.
    """
    return lambda view: _declare(view, Access(Door.SCHOOL, permission, writes_year))


def authority(permission: Permission) -> Callable[[View], View]:
    """Declare a page of the authority.

    Args:
        permission (Permission): what the person must hold for the authority.

    Returns:
        Callable[[View], View]: the decorator.
    """
    return lambda view: _declare(view, Access(Door.AUTHORITY, permission))


def access_of(view: Callable[..., Any]) -> Access | None:
    """Give what a view declared.

    Args:
        view (Callable[..., Any]): the view.

    Returns:
        Access | None: its declaration; None if it has none.
    """
    return getattr(view, "bascule_access", None)


def every_url() -> list[URLPattern]:
    """List the URLs of the site.

    Returns:
        list[URLPattern]: each with its view.
    """
    return list(_walk(get_resolver().url_patterns))


@register()
def check_declared(**_: object) -> list[CheckMessage]:
    """Refuse to start with a URL that says nothing of who may open it."""
    return [
        Error(
            f"The URL {pattern.pattern} does not declare who may open it.",
            hint="Put one of the decorators of bascule.web.access on its view.",
            id="bascule.E001",
        )
        for pattern in every_url()
        if access_of(pattern.callback) is None
    ]


def _walk(patterns: list[URLPattern | URLResolver]) -> list[URLPattern]:
    found: list[URLPattern] = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += _walk(pattern.url_patterns)
        else:
            found.append(pattern)
    return found


def _declare(view: View, access: Access) -> View:
    @wraps(view)
    def declared(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    declared.bascule_access = access  # type: ignore[attr-defined]
    return declared  # type: ignore[return-value]
