"""What the logs hold of a fault: its types and places, never its messages, which may name pupils."""

import json
import logging
from datetime import UTC, datetime
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


class JsonFormatter(PlacesFormatter):
    """Write each line of a log as one JSON object, for a tool that reads logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a line.

        Args:
            record (logging.LogRecord): what is logged.

        Returns:
            str: an object: `at`, `level`, `logger`, `message`, and `places` where a fault was handled.
        """
        said = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["places"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)
