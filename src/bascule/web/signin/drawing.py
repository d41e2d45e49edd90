"""The QR code that an authentication application reads, and what is beside it."""

import segno
from django.utils.safestring import SafeString, mark_safe

from bascule.accounts.keys import one_time


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
        scale=5, border=4, dark="black", light="white", svgclass="qr", lineclass=None
    )
    # Made by the library from squares alone.
    return mark_safe(drawn)  # noqa: S308
