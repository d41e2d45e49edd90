"""The board of a campaign, and one school of it."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.campaign.advisers import possible_advisers, set_adviser
from bascule.campaign.board import Board, page_of, read_board
from bascule.campaign.campaigns import CAMPAIGNS, campaign_of
from bascule.campaign.looks import Tally, evenings
from bascule.campaign.phase import TASKS
from bascule.campaign.reminders import reminders_of
from bascule.campaign.school import read_school
from bascule.campaign.sheets import write_sheet
from bascule.campaign.states import State
from bascule.errors import RefusedError
from bascule.exchange.papers.table import TableForm
from bascule.schools.open_year import years_known
from bascule.values import school_year
from bascule.web.access import authority
from bascule.web.campaign.forms import AdviserForm, BoardForm, filters_of
from bascule.web.components.charts import Chart
from bascule.web.components.taken import file_taken
from bascule.web.gate import PageRequest, actor_on

#: Years before and after today's that a campaign may be of.
_YEARS = 10


@authority(Permission.SCHOOLS_FOLLOW)
def home(request: PageRequest) -> HttpResponse:
    """Lead to the campaign of the year that begins."""
    first = next(iter(CAMPAIGNS.values()))
    return redirect("campaign:board", first.code, first.year_on(timezone.localdate()))


@authority(Permission.SCHOOLS_FOLLOW)
def board(request: PageRequest, campaign: str, year: int) -> HttpResponse:
    """Show how far schools are, and who is stuck."""
    years = years_followed(campaign)
    if year < years[0]:
        return _before_all(request, campaign, year, years)
    found = selection(request, campaign, year)
    form = BoardForm(request.GET, board=found)
    page = page_of(found, number=filters_of(request.GET).page)
    here = reverse("campaign:board", args=[campaign, year])
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "board": found,
        "campaign": found.campaign,
        "year": year,
        "form": form,
        "page": page,
        "here": here,
        "query": query.urlencode(),
        "is_filtered": any(value for name, value in query.items() if name != "tri"),
        "may_remind": policy.may(actor_on(request), Permission.CAMPAIGN, uai=AUTHORITY),
        "has_tasks": campaign in TASKS,
        "has_year": True,
        "chart": _funnel(found),
        "trend": _trend(found),
        "tallies": [(tally, _forecast(tally)) for tally in found.tallies],
        "states": list(State),
        "campaigns": _campaigns(year),
        "years": [one for one in years if one != year],
    }
    return render(request, "campaign/board.html", context)


def years_followed(campaign: str) -> list[int]:
    """List the years that a campaign may be looked at in: those that schools have, and the one that it prepares.

    Args:
        campaign (str): code of the campaign.

    Returns:
        list[int]: first calendar years, the earliest first.
    """
    now = campaign_of(campaign).year_on(timezone.localdate())
    return sorted({*(one for one in years_known() if abs(one - now) < _YEARS), now})


def _before_all(request: PageRequest, campaign: str, year: int, years: list[int]) -> HttpResponse:
    """Say that no school had the year yet: nobody is late in it, and nobody is written to."""
    asked = campaign_of(campaign)
    check_asked(request, year)
    context = {
        "campaign": asked,
        "year": year,
        "has_year": False,
        "has_tasks": campaign in TASKS,
        "campaigns": _campaigns(year),
        "years": years,
    }
    return render(request, "campaign/board.html", context)


def _campaigns(year: int) -> list[tuple[str, str, str]]:
    return [
        (_(one.label), reverse("campaign:board", args=[one.code, year]), one.code)
        for one in CAMPAIGNS.values()
    ]


@authority(Permission.SCHOOLS_FOLLOW)
def sheet(request: PageRequest, campaign: str, year: int, form: str) -> HttpResponse:
    """Give the board as a table, filtered as it is shown."""
    if form not in {*TableForm}:
        raise Http404
    now = timezone.now()
    found = selection(request, campaign, year)
    content = write_sheet(found, form=TableForm(form), author=actor_on(request).name, at=now)
    label = school_year.label(year)
    name = f"campagne-{campaign}_{label}_{timezone.localtime(now):%Y%m%d-%H%M}.{form}"
    return file_taken(
        request,
        uai=AUTHORITY,
        about=f"campaign/{campaign}",
        paper="campaign-board",
        name=name,
        content=content,
    )


@authority(Permission.SCHOOLS_FOLLOW)
def one_school(request: PageRequest, campaign: str, year: int, uai: str) -> HttpResponse:
    """Show where a school stands, and whom to call."""
    asked = campaign_of(campaign)
    check_asked(request, year, uai)
    detail = read_school(campaign=asked, year=year, uai=uai, at=timezone.now())
    actor = actor_on(request)
    may_advise = policy.may(actor, Permission.CAMPAIGN, uai=uai)
    context = {
        "campaign": asked,
        "year": year,
        "detail": detail,
        "may_open": policy.may(actor, Permission.IMPORT, uai=uai),
        "may_prepare": detail.has_year and policy.may(actor, Permission.PREPARE, uai=uai),
        "reminders": reminders_of(uai=uai, campaign=campaign, year=year),
        "form": AdviserForm(
            people=possible_advisers(uai=uai, today=timezone.localdate()),
            initial={"person": str(detail.adviser or "")},
        )
        if may_advise
        else None,
    }
    return render(request, "campaign/school.html", context)


@authority(Permission.CAMPAIGN)
@require_POST
def adviser(request: PageRequest, campaign: str, year: int, uai: str) -> HttpResponse:
    """Say who advises a school."""
    campaign_of(campaign)
    check_asked(request, year, uai)
    typed = request.POST.get("person", "")
    try:
        set_adviser(
            uai=uai,
            person_id=int(typed) if typed.isdecimal() and len(typed) < 16 else None,  # noqa: PLR2004 - of a row
            actor=actor_on(request).login,
            at=timezone.now(),
            today=timezone.localdate(),
        )
    except RefusedError as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("Le conseiller est enregistré."))
    return redirect("campaign:school", campaign, year, uai)


def selection(request: PageRequest, campaign: str, year: int) -> Board:
    """Read a campaign, of the schools that the URL asks for.

    Args:
        request (PageRequest): the request.
        campaign (str): code of the campaign.
        year (int): first calendar year.

    Returns:
        Board: of the schools that she follows.
    """
    asked = campaign_of(campaign)
    check_asked(request, year)
    return read_board(
        campaign=asked,
        year=year,
        uais=[one for one in request.reach if one != AUTHORITY],
        filters=filters_of(request.GET),
        at=timezone.now(),
    )


def check_asked(request: PageRequest, year: int, uai: str = "") -> None:
    """Refuse a year that no campaign can be of, and a school that she does not follow.

    Args:
        request (PageRequest): the request.
        year (int): first calendar year.
        uai (str): the school; blank for none.

    Raises:
        Http404: if there is nothing to see.
    """
    if abs(year - timezone.localdate().year) >= _YEARS or (uai and uai not in request.reach):
        raise Http404


def _funnel(found: Board) -> Chart:
    """Draw how many schools passed each step, and how many are blocked there."""
    return Chart(
        title=_("Établissements par étape"),
        head=_("Étape"),
        series=(_("Étape faite ou sans objet"), _("Bloqués")),
        lines=[
            (_(tally.step.short), (tally.over, tally.counts[State.BLOCKED]))
            for tally in found.tallies
        ],
        summary=_summary(found),
    )


def _trend(found: Board) -> Chart | None:
    """Draw how many steps were passed, evening after evening, by the schools looked at."""
    days = evenings(found.tallies, found.today)
    gained = days[-1][1] - days[0][1]
    text = ngettext(
        "%(count)s étape passée depuis le %(day)s.",
        "%(count)s étapes passées depuis le %(day)s.",
        gained,
    )
    chart = Chart(
        title=_("Étapes passées, soir après soir"),
        head=_("Soir"),
        series=(_("Étapes faites ou sans objet"),),
        lines=[(f"{day:%d/%m}", (count,)) for day, count in days],
        summary=text % {"count": gained, "day": f"{days[0][0]:%d/%m}"},
    )
    return None if chart.is_empty else chart


def _summary(found: Board) -> str:
    text = ngettext(
        "%(count)s établissement suivi.", "%(count)s établissements suivis.", found.school_count
    )
    return text % {"count": found.school_count}


def _forecast(tally: Tally) -> Mapping[str, object]:
    """Say when the last school passes a step at the pace of the last days, beside the day expected."""
    gap = (tally.foreseen_on - tally.due_on).days if tally.foreseen_on and tally.due_on else 0
    return {"on": tally.foreseen_on, "gap": max(0, gap), "is_over": not tally.left}
