"""The way out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import signin
from bascule.web.access import public
from bascule.web.gate import PageRequest, address_of


@public
@require_POST
def out(request: PageRequest) -> HttpResponse:
    """End the session of this browser."""
    signin.sign_out(request.session, at=timezone.now(), address=address_of(request))
    messages.success(request, _("Vous êtes déconnecté. Vous pouvez fermer cette page."))
    return redirect("signin:password")
