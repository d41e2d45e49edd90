"""My password."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from bascule.accounts import passwords
from bascule.accounts.passwords import WeakPasswordError
from bascule.errors import RefusedError
from bascule.web.access import signed_in
from bascule.web.gate import PageRequest, actor_on, address_of
from bascule.web.me.forms import ChangePasswordForm


@signed_in
@sensitive_post_parameters()
def password(request: PageRequest) -> HttpResponse:
    """Change my password."""
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.change(
                person_id=actor_on(request).person_id,
                current=form.cleaned_data["current_password"],
                new=form.cleaned_data["password"],
                but=request.session.session_key,
                at=timezone.now(),
                address=address_of(request),
            )
        except RefusedError as refusal:
            is_new = isinstance(refusal, WeakPasswordError)
            form.add_error("password" if is_new else "current_password", refusal.sentence)
        else:
            said = _("Votre mot de passe est changé. Vos autres sessions sont terminées.")
            messages.success(request, said)
            return redirect("me:keys")
    context = {"form": form, "login": actor_on(request).login}
    return render(request, "me/password.html", context)
