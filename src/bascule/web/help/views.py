"""The help on anomalies: a page for each rule, made of its declaration.

Everybody may read it: it holds nothing of a school, and whoever reads a report on paper, or keeps a
school's software going, follows its links without an account.
"""

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from bascule.exchange.rules.book import BY_CODE, RULES
from bascule.exchange.rules.families import (
    EFFECTS,
    WHY,
    answers_for,
    family_of,
    family_title,
    sent_on,
)
from bascule.web.access import public


@public
def rules(request: HttpRequest) -> HttpResponse:
    """List the rules, by family."""
    ordered = sorted(RULES, key=lambda one: (family_title(family_of(one.code)), one.code))
    families = [
        {"title": title, "rules": list(found)}
        for title, found in groupby(ordered, lambda one: family_title(family_of(one.code)))
    ]
    return render(request, "help/rules.html", {"families": families, "count": len(RULES)})


@public
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """Explain one rule."""
    found = BY_CODE.get(code)
    if found is None:
        raise Http404
    family = family_of(code)
    context = {
        "rule": found,
        "family": family_title(family),
        "why": WHY[family],
        "effect": EFFECTS[found.effect],
        "sent_on": sent_on(found),
        "answers": answers_for(found),
        "others": [one for one in RULES if one is not found and family_of(one.code) == family],
    }
    return render(request, "help/rule.html", context)
