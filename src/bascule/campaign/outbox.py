"""Where messages wait when no mail server is told: one file for each, that any mail program opens."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

_FOLDER: Final = "outbox"
_UNSAFE: Final = re.compile(r"[^0-9A-Za-z.-]+")


def forget(*, before: date, removes: bool = True) -> int:
    """Remove the messages that have waited there since before a day.

    Args:
        before (date): the day, in UTC.
        removes (bool): False to count them alone.

    Returns:
        int: how many.
    """
    start = datetime.combine(before, datetime.min.time(), tzinfo=UTC).timestamp()
    folder: Path = settings.BASCULE_HOME / _FOLDER
    old = []
    for path in folder.glob("*.eml"):
        # Somebody may empty the folder meanwhile.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < start:
                old.append(path)
    if removes:
        for path in old:
            path.unlink(missing_ok=True)
    return len(old)


class Outbox(BaseEmailBackend):
    """Writes each message into the folder `outbox` of the home; one sent twice is one file."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write messages.

        Args:
            email_messages (Sequence[EmailMessage]): the messages.

        Returns:
            int: how many.
        """
        folder: Path = settings.BASCULE_HOME / _FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for one in email_messages:
            message = one.message()
            name = _UNSAFE.sub("-", message["Message-ID"].strip("<>"))
            made = folder / f".{name}.{os.getpid()}"
            made.write_bytes(message.as_bytes())
            made.chmod(0o600)
            # Whole or not there: somebody may empty the folder meanwhile.
            made.replace(folder / f"{name}.eml")
        return len(email_messages)
