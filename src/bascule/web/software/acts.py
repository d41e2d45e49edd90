"""Qualify a software from a report or by hand, withdraw it, take the withdrawal back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.qualification import register, reports
from bascule.qualification.reports import NotConformError
from bascule.web.access import authority
from bascule.web.gate import PageRequest, actor_on
from bascule.web.software.forms import ByHandForm, DepositForm, WithdrawForm


@authority(Permission.SOFTWARE)
def deposit(request: PageRequest) -> HttpResponse:
    """Take a signed report; what makes it no ground is said, with what to do."""
    is_sent = request.method == "POST"
    form = (
        DepositForm(request.POST, request.FILES) if is_sent else DepositForm(initial=_from_today())
    )
    if is_sent and form.is_valid():
        typed = form.cleaned_data
        try:
            row = reports.qualify_from_report(
                content=typed["report"].read(),
                starts_on=typed["starts_on"],
                ends_on=typed["ends_on"],
                reason=typed["reason"],
                actor=actor_on(request).login,
                at=timezone.now(),
            )
        except RefusedError as refusal:
            form.add_error(
                "reason" if isinstance(refusal, NotConformError) else "report", refusal.sentence
            )
        else:
            messages.success(request, _("%(name)s est qualifié.") % {"name": row.name})
            return redirect("software:one", row.pk)
    return render(request, "software/deposit.html", {"form": form})


@authority(Permission.SOFTWARE)
def by_hand(request: PageRequest) -> HttpResponse:
    """Qualify a software by hand, with a reason."""
    is_sent = request.method == "POST"
    asked = {name: request.GET.get(name, "") for name in ("software", "version")}
    form = ByHandForm(request.POST) if is_sent else ByHandForm(initial=_from_today() | asked)
    if is_sent and form.is_valid():
        try:
            row = register.qualify(
                actor=actor_on(request).login, at=timezone.now(), **form.cleaned_data
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("%(name)s est qualifié.") % {"name": row.name})
            return redirect("software:one", row.pk)
    return render(request, "software/by_hand.html", {"form": form})


@authority(Permission.SOFTWARE)
def withdraw(request: PageRequest, qualification_id: int) -> HttpResponse:
    """Withdraw a qualification, with a reason that schools read."""
    row = register.qualification(qualification_id=qualification_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            register.withdraw(
                qualification_id=qualification_id,
                actor=actor_on(request).login,
                at=timezone.now(),
                **form.cleaned_data,
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(
                request, _("La qualification de %(name)s est retirée.") % {"name": row.name}
            )
            return redirect("software:one", row.pk)
    return render(request, "software/withdraw.html", {"form": form, "row": row})


@authority(Permission.SOFTWARE)
def restore(request: PageRequest, qualification_id: int) -> HttpResponse:
    """Take a withdrawal back, once it was confirmed."""
    row = register.qualification(qualification_id=qualification_id)
    if request.method != "POST":
        return render(request, "software/restore.html", {"row": row})
    try:
        register.restore(
            qualification_id=qualification_id, actor=actor_on(request).login, at=timezone.now()
        )
    except RefusedError as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("%(name)s est de nouveau qualifié.") % {"name": row.name})
    return redirect("software:one", row.pk)


def _from_today() -> dict[str, str]:
    return {"starts_on": f"{timezone.localdate():%d/%m/%Y}"}
