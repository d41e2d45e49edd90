"""What the pages of the sign-in share: where a step comes from, where one goes once in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _, ngettext

from bascule.accounts.keys import paper
from bascule.accounts.keys.certificates import subject_in
from bascule.accounts.models import Key
from bascule.accounts.steps import Browser, SignedIn
from bascule.web.gate import address_of

_LONGEST = 2000


def browser_of(request: HttpRequest) -> Browser:
    """Tell where a step comes from.

    Args:
        request (HttpRequest): the request.

    Returns:
        Browser: address, browser, and the address of the site as it was reached.
    """
    return Browser(
        address=address_of(request),
        agent=request.headers.get("User-Agent", ""),
        origin=f"{request.scheme}://{request.get_host()}",
        subject=subject_in(request.headers),
    )


def own_path(given: str) -> str:
    """Give a path of this site, and nothing else, to go to.

    Args:
        given (str): what the URL asks for.

    Returns:
        str: it, if it is a path of this site; else the portal.
    """
    is_ours = given.startswith("/") and url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return given if is_ours and len(given) <= _LONGEST else reverse("portal")


def enter(request: HttpRequest, done: SignedIn, *, first: bool = False) -> HttpResponse:
    """Lead somebody in: to the form that waits for her, to her paper codes, or to where she wanted to go.

    Args:
        request (HttpRequest): the request.
        done (SignedIn): who is in.
        first (bool): whether the key is her first one.

    Returns:
        HttpResponse: a redirection.
    """
    rotate_token(request)
    _count_papers(request, done)
    if done.kept is not None:
        return HttpResponseRedirect(reverse("me:resume"))
    if first:
        messages.success(request, _("Votre clé est prête, et vous êtes connecté."))
        return HttpResponseRedirect(reverse("me:paper"))
    return HttpResponseRedirect(own_path(done.follow))


def _count_papers(request: HttpRequest, done: SignedIn) -> None:
    """Say how many codes on paper are left, when it matters."""
    left = paper.left(person_id=done.person.pk)
    if left is None or (left > paper.FEW and done.key.kind != Key.Kind.PAPER):
        return
    if left:
        said = ngettext(
            "Il vous reste %(left)d code sur papier. Faites une nouvelle feuille dans « Mes clés ».",
            "Il vous reste %(left)d codes sur papier. Une nouvelle feuille se fait dans « Mes clés ».",
            left,
        ) % {"left": left}
    else:
        said = _(
            "Vous n’avez plus de code sur papier. Faites une nouvelle feuille dans « Mes clés »."
        )
    messages.warning(request, said)
