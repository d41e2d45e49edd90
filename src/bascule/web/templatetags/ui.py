"""Tags and filters that draw components: built in, so that templates load nothing.

Sentences are given translated: `{% alert "info" _("Titre") %}`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.template.loader_tags import BlockNode
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext

from bascule.preparation.steps import Sentence
from bascule.values import school_year
from bascule.values.signatures import CONSOLE
from bascule.web.components import charts, fields, icons

register = template.Library()

_KINDS = ("info", "success", "warning", "danger")
_TONES = ("neutral", *_KINDS)
_BUTTONS = ("primary", "secondary", "danger", "quiet")


# ---------------------------------------------------------------- the page itself


@register.simple_tag(takes_context=True)
def block_again(context: Context, name: str) -> str:
    """Draw a block of the page a second time: the title is also the heading."""
    return BlockNode(name, template.base.NodeList()).render(context)


@register.simple_block_tag(takes_context=True)
def breadcrumb(context: Context, content: str) -> str:
    """Draw the way back, if the page gives one; it ends with the page itself."""
    if not content.strip():
        return ""
    here = BlockNode("title", template.base.NodeList()).render(context)
    return render_to_string(
        "components/breadcrumb.html", {"content": content, "here": SafeString(here.strip())}
    )


@register.inclusion_tag("components/crumb.html")
def crumb(text: str, url: str = "") -> dict[str, Any]:
    """Draw one step of the way back."""
    return {"text": text, "url": url}


# ---------------------------------------------------------------- to say something


@register.simple_block_tag
def alert(content: str, kind: str, title: str = "") -> str:
    """Draw a message that stands out."""
    return render_to_string(
        "components/alert.html",
        {"kind": _one_of(kind, _KINDS), "title": title, "content": content},
    )


@register.inclusion_tag("components/badge.html")
def badge(text: str, tone: str = "neutral") -> dict[str, Any]:
    """Draw a state in one or two words."""
    return {"text": text, "tone": _one_of(tone, _TONES)}


@register.simple_block_tag
def panel(content: str, title: str = "") -> str:
    """Draw a part of the page, under its own heading."""
    return render_to_string("components/panel.html", {"title": title, "content": content})


@register.simple_block_tag
def facts(content: str) -> str:
    """Draw labels and values, one a line."""
    return render_to_string("components/facts.html", {"content": content})


@register.inclusion_tag("components/fact.html")
def fact(label: str, value: object = None) -> dict[str, Any]:
    """Draw one label and its value; what is not known is said so."""
    return {"label": label, "value": value, "is_known": value not in (None, "")}


@register.simple_block_tag
def table(content: str, caption: str) -> str:
    """Draw a table in a box of its own, that scrolls sideways where the screen is narrow."""
    return render_to_string("components/table.html", {"caption": caption, "content": content})


@register.simple_tag(takes_context=True)
def who(context: Context, login: str) -> str:
    """Name whoever signed with a login; what is no person's login stands as it is."""
    if login.endswith(CONSOLE):
        return gettext("le rectorat (console)")
    return context["site"].names[login] if login else ""


@register.inclusion_tag("components/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "") -> dict[str, Any]:
    """Draw what stands where nothing is: why, and what to do next."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("components/bars.html")
def bars(chart: charts.Chart) -> dict[str, Any]:
    """Draw numbers as bars, and the same numbers as a table under them."""
    return {"chart": chart, "drawn": charts.drawn(chart)}


# ---------------------------------------------------------------- to act


@register.inclusion_tag("components/submit.html")
def submit(text: str, kind: str = "primary", name: str = "", value: str = "") -> dict[str, Any]:
    """Draw the button that sends a form."""
    return {"text": text, "kind": _one_of(kind, _BUTTONS), "name": name, "value": value}


@register.inclusion_tag("components/link_button.html")
def link_button(text: str, url: str, kind: str = "secondary") -> dict[str, Any]:
    """Draw a link that looks like a button."""
    return {"text": text, "url": url, "kind": _one_of(kind, _BUTTONS)}


@register.inclusion_tag("components/tile.html")
def tile(title: str, text: str, url: str, icon: str = "") -> dict[str, Any]:
    """Draw a door to another page."""
    return {"title": title, "text": text, "url": url, "icon": icons.named(icon)}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw a small picture that says nothing by itself."""
    return icons.named(name)


# ---------------------------------------------------------------- forms


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """Draw what is wrong in a form, each line leading to its field; and which fields are needed."""
    return fields.summary_of(form)


@register.inclusion_tag("components/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """Draw a field: label, help, what is wrong, and the widget."""
    return fields.parts_of(bound)


# ---------------------------------------------------------------- to find one's way


@register.inclusion_tag("components/stepper.html")
def stepper(steps: Sequence[Any], current: int) -> dict[str, Any]:
    """Draw the steps of a task: texts, or pairs of text and URL; `current` counts from 1."""
    pairs = [step if isinstance(step, (tuple, list)) else (step, "") for step in steps]
    return {
        "current": current,
        "count": len(pairs),
        "steps": [
            {
                "text": text,
                "url": url,
                "state": "done" if rank < current else "current" if rank == current else "next",
            }
            for rank, (text, url) in enumerate(pairs, start=1)
        ],
        "label": pairs[current - 1][0] if 1 <= current <= len(pairs) else "",
        "next": pairs[current][0] if 0 <= current < len(pairs) else "",
    }


@register.inclusion_tag("components/tabs.html")
def tabs(items: Sequence[Sequence[str]], current: str, label: str = "") -> dict[str, Any]:
    """Draw pages that stand side by side: each a label, a URL and a key."""
    return {
        "items": [
            {"text": item[0], "url": item[1], "is_current": item[2] == current} for item in items
        ],
        "label": label or gettext("Vues de cette page"),
    }


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: "Page[Any]") -> dict[str, Any]:
    """Draw the way through a long list; the rest of the query stays."""
    return {
        "request": context.get("request"),
        "page": page,
        "numbers": list(
            page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
        ),
        "gap": page.paginator.ELLIPSIS,
    }


# ---------------------------------------------------------------- dates and numbers


@register.filter
def day(value: date | None) -> str:
    """Write a date: `01/09/2026`."""
    return f"{_local(value):%d/%m/%Y}" if value else ""


@register.filter
def long_day(value: date | None) -> str:
    """Write a date in words: `1er septembre 2026`."""
    if not value:
        return ""
    here = _local(value)
    written = formats.date_format(here, "j F Y", use_l10n=False)
    return f"1er {written[2:]}" if here.day == 1 and get_language() == "fr" else written


@register.filter
def instant(value: datetime | None) -> str:
    """Write an instant: `26/11/2026 à 14 h 05`."""
    if not value:
        return ""
    here = _local(value)
    at = pgettext("entre une date et une heure", "à")
    hour = f"{here:%-H} h {here:%M}" if get_language() == "fr" else f"{here:%H:%M}"
    return f"{here:%d/%m/%Y} {at} {hour}".replace(" h ", "\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}")


@register.filter
def number(value: float | None) -> str:
    """Write a number, its thousands apart: `1 234`."""
    return "" if value is None else formats.number_format(value, force_grouping=True)


@register.filter
def said(word: str) -> str:
    """Say in the language of the page a word that the code holds in French: a state, a right."""
    return gettext(word)


@register.filter
def in_words(sentence: Sentence | None) -> str:
    """Say a sentence that the code holds in French, with its figures."""
    return sentence.said(gettext) if sentence else ""


@register.filter
def school_year_label(year: int) -> str:
    """Write a school year: `2026-2027`."""
    return school_year.label(year)


def _local(value: date) -> date:
    return (
        timezone.localtime(value)
        if isinstance(value, datetime) and timezone.is_aware(value)
        else value
    )


def _one_of(given: str, known: tuple[str, ...]) -> str:
    if given not in known:
        raise template.TemplateSyntaxError(f"{given!r} is none of {', '.join(known)}.")
    return given
