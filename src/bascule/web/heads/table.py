"""The import of a table of heads: what it would do, then what it did."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from bascule.accounts import heads_table
from bascule.accounts.heads_csv import text_of
from bascule.accounts.heads_table import HeadsPlan
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.web.access import authority
from bascule.web.gate import PageRequest, actor_on
from bascule.web.heads.forms import ConfirmForm, TableForm


@authority(Permission.HEADS)
def upload(request: PageRequest) -> HttpResponse:
    """Take a table, and show what it would do; nothing is written."""
    if request.method != "POST":
        return render(request, "heads/table.html", {"form": TableForm()})
    form = TableForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            plan = heads_table.plan_heads(
                content=content, uais=request.reach, today=timezone.localdate()
            )
        except RefusedError as refusal:
            form.add_error("file", refusal.sentence)
        else:
            return _preview(request, plan, content)
    return render(request, "heads/table.html", {"form": form})


@authority(Permission.HEADS)
@require_POST
def confirm(request: PageRequest) -> HttpResponse:
    """Do what was shown, or show again what it would do now."""
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return redirect("heads:table")
    # Browsers send line ends of their own; the reader takes any.
    content = form.cleaned_data["lines"].encode()
    actor = actor_on(request)
    try:
        plan = heads_table.apply_heads(
            content=content,
            uais=request.reach,
            digest=form.cleaned_data["digest"],
            actor=actor.login,
            at=timezone.now(),
            today=timezone.localdate(),
            granted_by_id=actor.person_id,
        )
    except heads_table.TableMovedError as refusal:
        messages.warning(request, refusal.sentence)
        return _preview(request, refusal.plan, content)
    said = ngettext(
        "%(count)d ligne est enregistrée.", "%(count)d lignes sont enregistrées.", plan.writes
    )
    messages.success(request, said % {"count": plan.writes})
    return redirect("heads:list")


def _preview(request: PageRequest, plan: HeadsPlan, content: bytes) -> HttpResponse:
    form = ConfirmForm(initial={"lines": text_of(content), "digest": plan.digest})
    counts = [(effect, count) for effect, count in plan.counts.items() if count]
    shown = {"plan": plan, "counts": counts, "form": form}
    return render(request, "heads/preview.html", shown)
