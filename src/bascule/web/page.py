"""What every page shows around its content: who is signed in, where she is, what she may open."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.urls import ResolverMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts import policy, sessions, support
from bascule.accounts.actor import Actor
from bascule.accounts.models import SupportSession
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.accounts.visitors import names_by_login
from bascule.schools.models import School, SchoolYear
from bascule.schools.open_year import years_of
from bascule.store.policies import open_schools, opened_schools
from bascule.values import school_year
from bascule.web.navigation import ENTRIES, Entry, Place
from bascule.web.reference import reference_of

_VERSION = version("bascule")

#: What a page of a school has in its URL, and nothing else, can be shown for another school or year.
_PLACE = {"uai", "year"}


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the frame; `current` is what `aria-current` says."""

    text: str
    url: str
    current: str = ""
    about: str = ""
    icon: str = ""

    @property
    def is_current(self) -> bool:
        """Tell whether it leads to where one is."""
        return bool(self.current)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of the menu that go together."""

    title: str
    links: list[Link]


def page(request: HttpRequest) -> dict[str, Any]:
    """Give templates who is signed in and where: a context processor."""
    site = Site(request)
    return {"actor": site.actor, "site": site, "nav": site.nav}


class Names(dict[str, str]):
    """Names by login; one that the page has not met yet is looked up."""

    def __missing__(self, login: str) -> str:
        """Look a login up, and remember it for the rest of the page."""
        self.update(names_by_login([login]))
        return self[login]


class Site:
    """What the frame of a page reads; nothing is asked before it is shown."""

    version = _VERSION

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.actor: Actor | None = getattr(request, "actor", None)
        self.authority_name: str = settings.BASCULE_AUTHORITY_NAME
        self.languages = settings.LANGUAGES
        self.help_phone: str = settings.BASCULE_HELP_PHONE
        self.help_hours: str = settings.BASCULE_HELP_HOURS

    @property
    def here(self) -> str:
        """Return the page one is on, to come back to."""
        return self._request.get_full_path() if self._request.method == "GET" else "/"

    @property
    def reference(self) -> str:
        """Return what the help desk finds the answer by, in the log."""
        return reference_of(self._request)

    @cached_property
    def now(self) -> datetime:
        """Return the instant of the answer."""
        return timezone.now()

    @property
    def session_ends(self) -> str:
        """Return when the session ends if nothing more is asked; blank for nobody's."""
        if self.actor is None or "seen_at" not in self._request.session:
            return ""
        return sessions.ends_at(self._request.session).isoformat()

    @cached_property
    def names(self) -> Names:
        """Return the names of those who signed what the page shows."""
        return Names()

    @cached_property
    def support(self) -> SupportSession | None:
        """Return the support session through which whoever asks looks at a school."""
        if self.actor is None or self.actor.support_id is None or not self._may_ask:
            return None
        return support.current(actor=self.actor, at=timezone.now())

    @cached_property
    def school(self) -> School | None:
        """Return the school of the page, or the only one of whoever asks."""
        if self.actor is None or not self._may_ask:
            return None
        uai = self._kwargs.get("uai") or self._last_school
        if uai is None or not policy.belongs(self.actor, uai=uai):
            return None
        return School.objects.filter(pk=uai).first()

    @cached_property
    def year(self) -> dict[str, Any] | None:
        """Return the year of the page, or the one under way."""
        found = self._year
        return None if found is None else _shown(found)

    @property
    def search_url(self) -> str:
        """Return where pupils are searched from the page; blank for whoever may not."""
        uai, year = self._kwargs.get("uai"), self._year
        if uai is None or year is None or self.actor is None or self.school is None:
            return ""
        if not policy.may(self.actor, Permission.PUPILS_READ, uai=uai):
            return ""
        return reverse("pupils:list", args=(uai, year.year))

    @cached_property
    def years(self) -> list[Link]:
        """Return the way to the same page in the other years; none where there is no other."""
        if "year" not in self._kwargs or len(self._years) < 2:  # noqa: PLR2004 - no choice
            return []
        return [
            Link(
                f"{school_year.label(row.year)} – {_(row.get_state_display())}",
                self._same_page(year=row.year) or self._section(row.uai, row.year),
                "true" if row.year == self._kwargs["year"] else "",
            )
            for row in self._years
        ]

    @cached_property
    def schools(self) -> list[Link]:
        """Return the way to the other schools of whoever asks; none where there is no other."""
        if len(self._own) < 2 or not self._may_ask:  # noqa: PLR2004 - no choice
            return []
        names = dict(School.objects.filter(pk__in=self._own).values_list("uai", "name"))
        return [
            Link(
                f"{names[uai]} – {uai}",
                f"{reverse('portal')}?ecole={uai}",
                "true" if self.school and uai == self.school.uai else "",
            )
            for uai in self._own
            if uai in names
        ]

    @cached_property
    def year_band(self) -> dict[str, str] | None:
        """Return what stands across a page of a year that is not the one under way."""
        row: SchoolYear | None = getattr(self._request, "school_year", None)
        if row is None or row.state == SchoolYear.State.CURRENT:
            return None
        shown = _shown(row)
        text = f"{shown['label']} – {shown['state']}"
        if row.state == SchoolYear.State.CLOSED:
            text += " : " + _("vous pouvez la consulter, elle ne se modifie plus.")
        return {"text": text, "kind": row.state}

    @cached_property
    def nav(self) -> list[Group]:
        """Return the menu: what whoever asks may open."""
        if self.actor is None or not self._may_ask:
            return []
        groups = [
            Group("", self._links(Place.OWN)),
            Group(_("Établissement"), self._links(Place.SCHOOL, Place.SCHOOL_YEAR)),
            Group(_("Rectorat"), self._links(Place.AUTHORITY)),
        ]
        found = [group for group in groups if group.links]
        # A menu that only leads to where the mark leads is no menu.
        return found if sum(len(group.links) for group in found) > 1 else []

    @property
    def tiles(self) -> list[Group]:
        """Return what the portal shows of the menu: the pages that say what they are for."""
        groups = [
            Group(group.title, [link for link in group.links if link.about]) for group in self.nav
        ]
        return [group for group in groups if group.links]

    @property
    def _may_ask(self) -> bool:
        """Tell whether the base may be asked: not after a fault within the request."""
        return not connection.needs_rollback

    @property
    def _kwargs(self) -> dict[str, Any]:
        return self._match.kwargs if self._match else {}

    @property
    def _match(self) -> ResolverMatch | None:
        return self._request.resolver_match

    @cached_property
    def _own(self) -> list[str]:
        rights = self.actor.rights if self.actor else ()
        return sorted({right.uai for right in rights if right.uai != AUTHORITY})

    @property
    def _last_school(self) -> str | None:
        """Return the school that whoever asks last chose, or her first."""
        chosen = self._request.session.get("school")
        return chosen if chosen in self._own else next(iter(self._own), None)

    @cached_property
    def _years(self) -> list[SchoolYear]:
        if self.school is None:
            return []
        before = opened_schools()
        try:
            return years_of(self.school.uai)
        finally:
            # What the page itself opened, and has perhaps not read yet.
            open_schools(*before)

    @property
    def _year(self) -> SchoolYear | None:
        wanted = self._kwargs.get("year")
        if wanted is not None:
            return next((row for row in self._years if row.year == wanted), None)
        return _under_way(self._years)

    def _links(self, *places: Place) -> list[Link]:
        return [
            link
            for entry in ENTRIES
            if entry.place in places and (link := self._link(entry)) is not None
        ]

    def _link(self, entry: Entry) -> Link | None:
        url = self._url(entry, self.school.uai if self.school else None, self._year)
        if url is None:
            return None
        return Link(
            str(entry.text), url, self._current(url, entry.sections), str(entry.about), entry.icon
        )

    def _url(self, entry: Entry, uai: str | None, year: SchoolYear | None) -> str | None:
        """Give the URL of a page for a school and a year; None if it has none, or may not be opened."""
        where: str = AUTHORITY
        taken: dict[str, str | int] = {}
        if entry.place in {Place.SCHOOL, Place.SCHOOL_YEAR}:
            if uai is None or (entry.place is Place.SCHOOL_YEAR and year is None):
                return None
            where, taken = uai, {"uai": uai}
            if entry.place is Place.SCHOOL_YEAR and year is not None:
                taken = {"uai": uai, "year": year.year}
        assert self.actor is not None  # noqa: S101 - nobody has no menu
        if entry.permission and not policy.may(self.actor, entry.permission, uai=where):
            return None
        if entry.without and policy.may(self.actor, entry.without, uai=where):
            return None
        return reverse(entry.url_name, kwargs=taken)

    def _current(self, url: str, sections: tuple[str, ...]) -> str:
        if self._request.path == url:
            return "page"
        if self._match and self._match.namespace in sections:
            return "true"
        # The page below: a pupil stands under the pupils.
        is_below = url != "/" and self._request.path.startswith(url)
        return "true" if is_below else ""

    def _same_page(self, **changed: Any) -> str | None:
        is_there = changed.get("year") in getattr(self._request, "page_years", ())
        if self._match is None or not (is_there or set(self._kwargs) <= _PLACE):
            return None
        asked = self._request.GET.copy()
        asked.pop("page", None)
        path = reverse(self._match.view_name, kwargs={**self._kwargs, **changed})
        return f"{path}?{asked.urlencode()}" if asked and self._request.method == "GET" else path

    def _section(self, uai: str, year: int) -> str:
        """Give the first page of the same section in another year: a pupil there has another page."""
        for entry in ENTRIES:
            same = self._match and entry.url_name.partition(":")[0] == self._match.namespace
            if same and entry.place is Place.SCHOOL_YEAR:
                return reverse(entry.url_name, kwargs={"uai": uai, "year": year})
        return reverse("portal")


def _shown(row: SchoolYear) -> dict[str, Any]:
    return {
        "number": row.year,
        "label": school_year.label(row.year),
        "state": _(row.get_state_display()),
    }


def _under_way(rows: list[SchoolYear]) -> SchoolYear | None:
    current = [row for row in rows if row.state == SchoolYear.State.CURRENT]
    return (current or rows)[-1] if rows else None
