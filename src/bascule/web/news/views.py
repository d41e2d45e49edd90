"""The page where news is written."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.helpdesk import news as verbs
from bascule.web.access import authority
from bascule.web.gate import PageRequest, actor_on
from bascule.web.news.forms import NewsForm


@authority(Permission.NEWS)
def news(request: PageRequest) -> HttpResponse:
    """List the news, add a piece, take one down."""
    form = NewsForm(initial={"starts_on": timezone.localdate()})
    if request.method == "POST":
        signed: dict[str, Any] = {"actor": actor_on(request).login, "at": timezone.now()}
        if request.POST.get("withdraw", "").isdecimal():
            verbs.withdraw(news_id=int(request.POST["withdraw"]), **signed)
            messages.success(request, _("Actualité retirée."))
            return HttpResponseRedirect(reverse("news:list"))
        form = NewsForm(request.POST)
        if form.is_valid():
            try:
                verbs.publish(**form.cleaned_data, **signed)
            except RefusedError as refusal:
                form.add_error("ends_on", refusal.sentence)
            else:
                messages.success(request, _("Actualité publiée sur le portail."))
                return HttpResponseRedirect(reverse("news:list"))
    return render(request, "news/list.html", {"form": form, "pieces": verbs.every_piece()})
