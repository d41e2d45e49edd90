"""A pupil's record, tab by tab: each value says where it comes from; each reading is noted."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.exchange.amend.verbs import read_texts
from bascule.exchange.anomalies.inbox import anomalies_of
from bascule.exchange.provenance import Origin, Story, story_of
from bascule.journal import access as trail, kinds
from bascule.ops.pupil_copy import as_json, copy_pupil
from bascule.ops.pupil_page import as_page
from bascule.schools.models import SchoolYear
from bascule.students import lookup
from bascule.web import errors
from bascule.web.access import school
from bascule.web.components.taken import file_taken
from bascule.web.gate import PageRequest, actor_on
from bascule.web.pupils.fields import OF_GUARDIAN, PARTS, TABS, Sight, Words, keys_of, label

_FIRST = "identite"
#: Left out of the page while they hold nothing.
_RARE = frozenset(("second_name", "third_name", "line2", "line3", "line4", "foreign_town"))


@school(Permission.PUPILS_READ)
def record(
    request: PageRequest, uai: str, year: int, pupil_id: int, tab: str = _FIRST
) -> HttpResponse:
    """Show a tab of a record, and note who read it and why."""
    if tab not in dict(TABS):
        raise Http404
    actor = actor_on(request)
    found = lookup.read_pupil(uai=uai, year=year, pupil_id=pupil_id)
    note_reading(request, uai, pupil_id)
    request.page_years = lookup.years_of_pupil(uai=uai, pupil_id=pupil_id)
    sight, words = Sight.of(actor, uai), Words(uai, year)
    texts = read_texts(uai=uai, year=year, pupil_id=pupil_id)
    story = story_of(uai=uai, year=year, pupil_id=pupil_id, sees_contacts=sight.contacts)
    page = _Page(texts, story, sight, words)
    context: dict[str, Any] = {
        "uai": uai,
        "year": year,
        "record": found,
        "tab": tab,
        "tabs": [(text, _url(uai, year, pupil_id, key), key) for key, text in TABS],
        "facts": page.facts(PARTS.get(tab, ())),
        "guardians": page.guardians(found) if tab == "responsables" else (),
        "events": page.events() if tab == "historique" else (),
        "sees_contacts": sight.contacts,
        "sees_sensitive": sight.sensitive,
        "may_write": may_write(request, uai),
        "may_copy": may_copy(request, uai),
        "anomalies": anomalies_of(
            uai=uai, year=year, pupil_id=pupil_id, today=timezone.localdate()
        ),
        "done": request.GET.get("fait", "") if request.GET.get("fait", "").isdecimal() else "",
    }
    return render(request, "pupils/record.html", context)


@school(Permission.TRAIL_SCHOOL)
def copy(request: PageRequest, uai: str, year: int, pupil_id: int) -> HttpResponse:
    """Give all that the school holds on a pupil, as two files, to who may see all of it."""
    lookup.read_pupil(uai=uai, year=year, pupil_id=pupil_id)
    if not may_copy(request, uai):
        return errors.forbidden(request, Permission.SENSITIVE_READ)
    at = timezone.now()
    held = copy_pupil(uai=uai, pupil_id=pupil_id, visitor=actor_on(request).visitor, at=at)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("eleve.html", as_page(held))
        bundle.writestr("eleve.json", as_json(held))
    return file_taken(
        request,
        uai=uai,
        about=f"student/{pupil_id}",
        paper="copy",
        name=f"eleve_{uai}_{pupil_id}.zip",
        content=content.getvalue(),
    )


def may_copy(request: PageRequest, uai: str) -> bool:
    """Tell whether whoever asks may take all that is held on a pupil away.

    Args:
        request (PageRequest): the request.
        uai (str): the school.

    Returns:
        bool: True for who sees everything of a record, and who read it.
    """
    actor = actor_on(request)
    needed = (Permission.TRAIL_SCHOOL, Permission.CONTACTS_READ, Permission.SENSITIVE_READ)
    return all(policy.may(actor, one, uai=uai) for one in needed)


def may_write(request: PageRequest, uai: str) -> bool:
    """Tell whether whoever asks may correct a record of the year of the page.

    Args:
        request (PageRequest): the request.
        uai (str): the school.

    Returns:
        bool: False in a closed year, and for an agent who looks.
    """
    actor, row = actor_on(request), request.school_year
    is_open = row is not None and row.state != SchoolYear.State.CLOSED
    may = policy.may(actor, Permission.PUPILS_WRITE, uai=uai)
    return is_open and may and not actor.only_looks_at(uai)


def note_reading(request: PageRequest, uai: str, pupil_id: int) -> None:
    """Note that a record is read, and why.

    Args:
        request (PageRequest): the request.
        uai (str): the school.
        pupil_id (int): whose record.
    """
    actor = actor_on(request)
    trail.note(
        kind="record.read",
        visitor=actor.visitor,
        at=timezone.now(),
        uai=uai,
        about=f"student/{pupil_id}",
        purpose="session d’assistance" if actor.only_looks_at(uai) else "gestion de l’élève",
    )


def _url(uai: str, year: int, pupil_id: int, tab: str) -> str:
    if tab == _FIRST:
        return reverse("pupils:record", args=(uai, year, pupil_id))
    return reverse("pupils:tab", args=(uai, year, pupil_id, tab))


class _Page:
    """What a tab tells of a record."""

    def __init__(
        self,
        texts: Mapping[str, str],
        story: Story,
        sight: Sight,
        words: Words,
    ) -> None:
        self._texts, self._story, self._sight = texts, story, sight
        self._words = words

    def facts(self, keys: Any) -> list[dict[str, Any]]:
        """Give the fields that one may see: name, value, and why."""
        told: list[dict[str, Any]] = []
        for key in keys:
            text, origin = self._texts.get(key, ""), self._story.origins.get(key)
            is_worth_it = text or key.rpartition(".")[2] not in _RARE
            if is_worth_it and self._sight.shows(key, text):
                # What no file and nobody ever said comes from nowhere.
                why = self._origin(origin) if text or (origin and origin.is_by_hand) else None
                told.append({"label": label(key), "value": self._words.told(key, text), "why": why})
        return told

    def guardians(self, found: lookup.PupilRecord) -> list[dict[str, Any]]:
        """Give the guardians, each with what one may see of her."""
        return [
            {
                "name": f"{link.guardian.family_name} {link.guardian.first_name}",
                "level": link.get_level_display(),
                "part": (part := f"{OF_GUARDIAN}{link.guardian_id}"),
                "facts": self.facts(keys_of(part)),
            }
            for link in found.links
        ]

    def events(self) -> list[dict[str, Any]]:
        """Give what became of the record."""
        return [
            {
                **(self._origin(event.origin) or {}),
                "act_id": event.origin.act_id,
                "changes": event.changes,
                "may_undo": event.may_undo,
                "is_undoing": event.is_undoing,
            }
            for event in self._story.events
        ]

    def _origin(self, origin: Origin | None) -> dict[str, Any] | None:
        if origin is None:
            return None
        return {
            "what": kinds.words(origin.kind),
            "at": origin.at,
            "who": origin.actor,
            "file": origin.file,
            "line": origin.line,
            "run_id": origin.run_id,
            "is_by_hand": origin.is_by_hand,
            "awaits_file": origin.awaits_file,
        }
