"""What the logs hold of a fault: its types and places, never its messages, which may name pupils."""

import logging
from types import TracebackType

from bascule.errors import places_of


class PlacesFormatter(logging.Formatter):
    """Write lines of a log; a trace has no message."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatException(  # noqa: N802 - the name of the standard library
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Write a fault.

        Args:
            ei (tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]):
                what was being handled.

        Returns:
            str: its types and places.
        """
        return places_of(ei[1]).rstrip()
