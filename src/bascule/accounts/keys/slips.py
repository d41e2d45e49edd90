"""The papers of a key that was handed over: the slip to sign, at any time; its code, only while it is new."""

from django.conf import settings
from django.utils import timezone

from bascule.accounts import codes
from bascule.accounts.keys import inventory, register, vault
from bascule.accounts.keys.moves import HELD, Move
from bascule.accounts.models import Key, KeyEvent
from bascule.accounts.papers.slip import CodeSheet, Slip, render_code_sheet, render_slip
from bascule.accounts.profiles import AUTHORITY
from bascule.errors import RefusedError
from bascule.schools.directory import known_school
from bascule.values import civil_identity


class NotHandedError(RefusedError):
    """Nobody holds the key, so there is nothing to sign.

    Args:
        key_id (int): the key.
    """

    code = "slip.not-handed"

    def __init__(self, key_id: int) -> None:
        super().__init__(
            "Le bordereau n’existe que pour une clé remise à quelqu’un : remettez d’abord la clé."
        )
        self.key_id = key_id


class CodeGoneError(RefusedError):
    """The code is not the one of the key any more: it was used, or another was made.

    Args:
        key_id (int): the key.
    """

    code = "slip.code-gone"

    def __init__(self, key_id: int) -> None:
        super().__init__(
            "Ce code n’est plus celui de la clé : il a servi, ou un autre l’a remplacé. Faites un nouveau code si la"
            " clé n’est pas encore activée."
        )
        self.key_id = key_id


def slip(*, key_id: int) -> bytes:
    """Write the slip of a key to sign.

    Args:
        key_id (int): the key, in somebody's hands.

    Returns:
        bytes: PDF.
    """
    return render_slip(_slip_of(inventory.read(key_id=key_id)))


def code_sheet(*, key_id: int, code: str) -> bytes:
    """Write the sheet with the activation code of a key.

    Args:
        key_id (int): the key, handed over and not yet activated.
        code (str): its code, which the base does not know.

    Returns:
        bytes: PDF.

    Raises:
        CodeGoneError: if it is not its code.
    """
    key = inventory.read(key_id=key_id)
    if not codes.is_code(code, bytes(key.activation_digest)):
        raise CodeGoneError(key_id)
    return render_code_sheet(CodeSheet(_slip_of(key), code))


def seal_code(*, about: str, code: str) -> str:
    """Encrypt a code that is about to be shown, for the time of one redirection.

    Args:
        about (str): what it is the code of.
        code (str): the code.

    Returns:
        str: nothing that can be read without the key of the seeds.
    """
    return vault.encrypt(f"{about} {code}".encode()).decode("ascii")


def unseal_code(*, sealed: str, about: str) -> str:
    """Read back a code to show it, this once.

    Args:
        sealed (str): what `seal_code` gave; blank for nothing.
        about (str): what it should be the code of.

    Returns:
        str: the code; blank if it is not there any more, or is of something else.
    """
    if not sealed:
        return ""
    try:
        kept, _, code = vault.decrypt(sealed.encode("ascii")).decode().rpartition(" ")
    except vault.SeedUnreadableError:
        return ""
    return code if kept == about else ""


def _slip_of(key: Key) -> Slip:
    event = KeyEvent.objects.filter(key=key, kind=Move.HAND_OVER.code).order_by("id").last()
    if key.person is None or key.state not in HELD or event is None:
        raise NotHandedError(key.pk)
    return Slip(
        number=event.pk,
        authority=settings.BASCULE_AUTHORITY_NAME,
        key=register.name_of(key),
        serial=key.serial,
        expires_on=key.expires_on,
        name=civil_identity.display(key.person.family_name, None, key.person.first_name),
        login=key.person.login,
        place=_place(event.detail),
        handed_at=timezone.localtime(event.at),
        handed_by=event.actor,
    )


def _place(uai: str) -> str:
    if uai == AUTHORITY:
        return "le rectorat"
    school = known_school(uai)
    return f"{school.name} ({school.uai})"
