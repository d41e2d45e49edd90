"""The main menu: one line for each page that people go to by themselves.

A line is shown to whoever may open its page. Lines of a school stand under the school of the page, in the
order of the year's work; a new page adds its line here.
"""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bascule.accounts.profiles import Permission


class Place(Enum):
    """Where a page is: what its URL takes."""

    #: Whoever is signed in; the URL takes nothing.
    OWN = "own"
    #: `uai`.
    SCHOOL = "school"
    #: `uai` and `year`.
    SCHOOL_YEAR = "school-year"
    #: The authority; the URL takes nothing.
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu.

    Attributes:
        text: what it says.
        url_name: the page.
        place: what its URL takes.
        permission: what one must hold there; None for nothing.
    """

    text: Promise
    url_name: str
    place: Place
    permission: Permission | None = None


ENTRIES: tuple[Entry, ...] = (
    Entry(_("Accueil"), "portal", Place.OWN),
)  # fmt: skip
