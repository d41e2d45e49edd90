"""The keys whose signature of a report is believed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.qualification import keys as verbs
from bascule.web.access import authority
from bascule.web.gate import PageRequest, actor_on
from bascule.web.software.forms import KeyForm


@authority(Permission.SOFTWARE)
def list_keys(request: PageRequest) -> HttpResponse:
    """List the keys, and add one."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.trust_key(actor=actor_on(request).login, at=timezone.now(), **form.cleaned_data)
        except RefusedError as refusal:
            form.add_error("fingerprint", refusal.sentence)
        else:
            messages.success(request, _("La clé est reconnue."))
            return redirect("software:keys")
    context = {"form": form, "keys": verbs.trusted_keys()}
    return render(request, "software/keys.html", context)


@authority(Permission.SOFTWARE)
def remove(request: PageRequest, fingerprint: str) -> HttpResponse:
    """Believe a key no more, once it was confirmed."""
    key = verbs.trusted_key(fingerprint=fingerprint)
    if request.method != "POST":
        return render(request, "software/remove_key.html", {"key": key})
    verbs.distrust_key(fingerprint=fingerprint, actor=actor_on(request).login, at=timezone.now())
    messages.success(request, _("La clé n’est plus reconnue."))
    return redirect("software:keys")
