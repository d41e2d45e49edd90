"""The gate: who asks, whether she may, and what PostgreSQL shows her for the time of one request.

One transaction a request, rolled back when the answer is a fault. Before a view runs, the
transaction is confined to the schools that the page's permission opens to the person (`access`).
"""

import ipaddress
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils import timezone, translation

from bascule.accounts import policy, sessions, support
from bascule.accounts.actor import Actor
from bascule.accounts.profiles import AUTHORITY
from bascule.errors import NotThereError, RefusedError, TransientError
from bascule.journal import access as trail
from bascule.schools.directory import known_school, school_numbers
from bascule.schools.models import SchoolYear
from bascule.store.policies import confine, open_schools
from bascule.web import errors
from bascule.web.access import Access, Door, access_of

#: What pages answer to; the REST interface has its own.
_METHODS = ("GET", "HEAD", "POST")

#: Answers of the gate itself.
_Answer = HttpResponse | None


class PageRequest(HttpRequest):
    """A request that went through the gate; what views read.

    Attributes:
        actor: who asks; None on public pages when nobody is signed in.
        reach: the schools to which the transaction is confined, `AUTHORITY` first for who acts for it.
        school_year: the year of the URL, where it has one.
        is_let_through: whether the gate let it reach its view.
        page_years: the years of the school that have the same page, where the view knows of them.
    """

    actor: Actor | None
    reach: Sequence[str]
    school_year: SchoolYear | None
    is_let_through: bool
    page_years: Sequence[int]


class GateMiddleware:
    """Let requests through; Django calls `process_view` once it knows the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, in one transaction."""
        with translation.override(_chosen(request) or settings.LANGUAGE_CODE):
            try:
                with transaction.atomic():
                    confine()
                    response = self.get_response(request)
                    if response.status_code >= 500:  # noqa: PLR2004 - a fault leaves nothing written
                        transaction.set_rollback(True)
            except (OperationalError, InterfaceError):
                response = errors.unavailable(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        return response

    def process_view(
        self, request: Any, view: Callable[..., Any], _args: list[Any], kwargs: dict[str, Any]
    ) -> _Answer:
        """Decide before the view runs; None lets it run."""
        answer = self._decide(request, view, kwargs)
        request.is_let_through = answer is None
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> _Answer:
        """Show a refusal that a view did not show itself."""
        if isinstance(exception, NotThereError):
            return errors.not_found(request)
        if isinstance(exception, RefusedError):
            return errors.refused(request, exception)
        if isinstance(exception, TransientError):
            return errors.busy(request)
        if isinstance(exception, (OperationalError, InterfaceError)):
            # The transaction is lost: nothing more may be asked of the base.
            request.session.modified = False
            return errors.unavailable(request)
        return None

    def _decide(self, request: Any, view: Callable[..., Any], kwargs: dict[str, Any]) -> _Answer:
        access = access_of(view)
        if access is None:
            raise ImproperlyConfigured(f"{request.path} does not declare who may open it.")
        request.actor, request.reach, request.school_year = None, (), None
        if access.door is Door.MACHINE:
            request.address = address_of(request)
            return None
        if request.method not in _METHODS:
            return HttpResponseNotAllowed(_METHODS)
        now = timezone.now()
        entry = sessions.recognise(
            request.session, today=timezone.localdate(now), at=now, address=address_of(request)
        )
        request.actor = entry.actor
        if entry.language and not _chosen(request):
            translation.activate(entry.language)
        if access.door is Door.PUBLIC:
            return None
        if entry.actor is None:
            return self._to_sign_in(request, entry)
        return self._check(request, access, entry.actor, kwargs)

    def _check(self, request: Any, access: Access, actor: Actor, kwargs: dict[str, Any]) -> _Answer:
        request.reach = actor.reach(school_numbers(), access.permission)
        confine(*request.reach, person_id=actor.person_id)
        if access.door is Door.SIGNED_IN or access.permission is None:
            return None
        if access.door is Door.SCHOOL:
            return self._check_school(request, access, actor, kwargs)
        if not policy.may(actor, access.permission, uai=AUTHORITY):
            _note_closed(request, actor, kwargs)
            raise Http404
        return None

    def _check_school(
        self, request: Any, access: Access, actor: Actor, kwargs: dict[str, Any]
    ) -> _Answer:
        uai = kwargs["uai"]
        if not policy.belongs(actor, uai=uai):
            _note_closed(request, actor, kwargs)
            raise Http404
        known_school(uai)
        if access.permission and not policy.may(actor, access.permission, uai=uai):
            return errors.forbidden(request, access.permission)
        if actor.only_looks_at(uai) and not _looks(request, actor, uai):
            return errors.forbidden(request, access.permission)
        if request.session.get("school") != uai:
            # Where she was last is where the portal takes her back.
            request.session["school"] = uai
        return self._check_year(request, access, uai, kwargs["year"]) if "year" in kwargs else None

    def _check_year(self, request: Any, access: Access, uai: str, year: int) -> _Answer:
        open_schools(uai)
        request.school_year = SchoolYear.objects.filter(uai=uai, year=year).first()
        if request.school_year is None:
            raise Http404
        is_closed = request.school_year.state == SchoolYear.State.CLOSED
        if access.writes_year and is_closed and request.method == "POST":
            return errors.year_closed(request)
        return None

    def _to_sign_in(self, request: Any, entry: sessions.Entry) -> HttpResponse:
        """Send to the sign-in, which comes back here; what was typed is kept for the same person."""
        if request.method == "POST" and entry.ended_person_id is not None:
            sessions.keep_form(request.session, path=request.path, typed=request.POST)
        query = {"suite": request.get_full_path()} if request.method == "GET" else {}
        if entry.ended_person_id is not None:
            query["fin"] = "1"
        target = reverse("signin:password")
        return HttpResponseRedirect(f"{target}?{urlencode(query)}" if query else target)


def actor_on(request: PageRequest) -> Actor:
    """Give who asks, on a page that the gate opens to nobody unknown.

    Args:
        request (PageRequest): the request.

    Returns:
        Actor: who asks.

    Raises:
        RuntimeError: on a public page where nobody is signed in.
    """
    if request.actor is None:
        raise RuntimeError("this page is open to people who are not signed in")
    return request.actor


def address_of(request: HttpRequest) -> str | None:
    """Tell where a request came from.

    Args:
        request (HttpRequest): the request.

    Returns:
        str | None: an IP address; the one that the front server gives, where there is one.
    """
    if settings.BASCULE_PROXY_COUNT:
        chain = request.headers.get("X-Forwarded-For", "").split(",")
        # What stands before was written by whoever asks.
        if len(chain) >= settings.BASCULE_PROXY_COUNT:
            return _address(chain[-settings.BASCULE_PROXY_COUNT])
    return _address(request.META.get("REMOTE_ADDR", ""))


def _address(written: str) -> str | None:
    """Read an IP address; what is none would not fit where addresses are kept."""
    try:
        return str(ipaddress.ip_address(written.strip()))
    except ValueError:
        return None


def _chosen(request: HttpRequest) -> str:
    """Tell the language chosen in this browser; blank for none."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else ""


def _note_closed(request: HttpRequest, actor: Actor, kwargs: dict[str, Any]) -> None:
    match = request.resolver_match
    trail.note(
        kind="door.closed",
        visitor=actor.visitor,
        at=timezone.now(),
        facts={
            "page": match.view_name if match else "",
            "school": str(kwargs.get("uai", "")),
            "method": request.method or "",
        },
    )


def _looks(request: HttpRequest, actor: Actor, uai: str) -> bool:
    """Note that an agent opens a page of a school that let her look; tell whether looking is all she does."""
    match = request.resolver_match
    support.note_page(
        uai=uai,
        page=match.view_name if match else "",
        method=request.method or "",
        actor=actor,
        at=timezone.now(),
    )
    return request.method in {"GET", "HEAD", "OPTIONS"}
