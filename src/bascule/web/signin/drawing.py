"""How keys look on pages: what they are called, and the QR code that an application reads."""

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from bascule.accounts.keys import one_time, register
from bascule.accounts.models import Key


def name_of(key: Key) -> str:
    """Call a key as its person knows it.

    Args:
        key (Key): the key.

    Returns:
        str: what it is, then its label or its number.
    """
    said = key.label or key.serial
    name = _(register.name_of(key))
    name = name[:1].upper() + name[1:]
    return f"{name} – {said}" if said else name


def application_context(seed: bytes, login: str) -> dict[str, object]:
    """Give what the page that sets up an application shows.

    Args:
        seed (bytes): the seed of the application.
        login (str): whose it is.

    Returns:
        dict[str, object]: the code as a picture, and the seed in letters.
    """
    uri = one_time.provisioning_uri(seed=seed, login=login)
    return {"qr": qr_of(uri), "uri": uri, "written_seed": one_time.written_seed(seed)}


def qr_of(text: str) -> SafeString:
    """Draw a text as a QR code: inline, because nothing of a seed may lie under a URL.

    Args:
        text (str): the text.

    Returns:
        SafeString: SVG without any style of its own.
    """
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        border=4, dark="black", light="white", svgclass="qr", lineclass=None, omitsize=True
    )
    # Made by the library from squares alone.
    return mark_safe(drawn)  # noqa: S308
