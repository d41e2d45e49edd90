"""Stop at the doorstep: what is not looked at is not drawn, when another of her kind saw it drawn.

Nor is who knocks read again from the base, once she was recognised at the same door.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.template.backends.django import DjangoTemplates

from bascule.accounts.sessions import Entry
from bascule.store.policies import confine

#: What a knock that only asks for the door bears.
ONLY_THE_DOOR = "tests.only_the_door"
#: Where a knock says which pages that say no were drawn for her kind: they are not drawn again.
REFUSALS_DRAWN = "tests.refusals_drawn"


class DoorstepMiddleware:
    """Stands behind the gate, which has answered already when it is not asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        return HttpResponse() if request.META.get(ONLY_THE_DOOR) else None


class DoorstepTemplates(DjangoTemplates):
    """The templates of the site, of which those that say no know what was drawn."""

    def get_template(self, template_name: str) -> Any:
        template = super().get_template(template_name)
        return _Refusal(template) if template_name.startswith("errors/") else template


class _Refusal:
    def __init__(self, template: Any) -> None:
        self.template = template

    def render(self, context: Any = None, request: HttpRequest | None = None) -> str:
        drawn = request.META.get(REFUSALS_DRAWN) if request else None
        if drawn is not None:
            if self.template.template.name in drawn:
                return ""
            drawn.add(self.template.template.name)
        text: str = self.template.render(context, request)
        return text


class Doorkeeper:
    """Recognises each browser once, as the site does, and knows it again: every knock is taken back."""

    def __init__(self, recognise: Callable[..., Entry]) -> None:
        self._recognise = recognise
        self._known: dict[str, Entry] = {}

    def __call__(self, session: SessionBase, **when: Any) -> Entry:
        key = session.session_key
        if key is None:
            return self._recognise(session, **when)
        if key not in self._known:
            self._known[key] = self._recognise(session, **when)
        elif (actor := self._known[key].actor) is not None:
            # As it leaves the transaction.
            confine(person_id=actor.person_id)
        return self._known[key]
