"""What is sent is measured before it is read: a file too large is refused at once, whatever stands before the site."""

from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from bascule.exchange.gate import LARGEST_FILE

#: Two files of the largest size, and the form around them.
MOST_BYTES: Final = 2 * LARGEST_FILE + 1024 * 1024
#: Where the framework gives the length announced.
_LENGTH: Final = 2


class MeasuringHandler(FileUploadHandler):
    """Refuse what is announced too large, then what is more than it announced."""

    def handle_raw_input(self, *args: Any, **_how: Any) -> None:
        """Look at what is announced."""
        self._received = 0
        _refuse_more_than(args[_LENGTH])

    def receive_data_chunk(self, raw_data: bytes, *_where: Any, **_how: Any) -> bytes:
        """Count what comes, and let the next handler keep it."""
        self._received += len(raw_data)
        _refuse_more_than(self._received)
        return raw_data

    def file_complete(self, *_how: Any, **_more: Any) -> None:
        """Keep nothing: the next handler does."""


def _refuse_more_than(size: int) -> None:
    if size > MOST_BYTES:
        raise RequestDataTooBig
