"""Sessions in our own table: a person sees hers and ends them. Django's engine of sessions.

A session ends half an hour after the last request, or ten hours after sign-in. Its row stays a while
longer: what was typed when it ended waits there for the same person.
"""

from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from bascule.accounts.models import Session

#: After the last request.
IDLE = timedelta(minutes=30)
#: After sign-in, whatever happens.
LONGEST = timedelta(hours=10)
#: How long the row of a session stays after its end.
KEPT = timedelta(hours=24)
#: How long before its end a page says so.
WARNING = timedelta(minutes=2)


class SessionStore(DatabaseStore):
    """Keep sessions in `Session`; the columns besides Django's are written by `sessions`."""

    cache_key_prefix = "bascule.session"

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Give the table.

        Returns:
            type[Session]: the model.
        """
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Make the row of a session, its columns read from its data.

        Args:
            data (dict[str, Any]): the data.

        Returns:
            Session: the row, not saved.
        """
        row = cast(Session, super().create_model_instance(data))
        row.person_id, row.key_id = data.get("person"), data.get("key")
        row.address, row.agent = data.get("address"), data.get("agent", "")
        for name in ("started_at", "seen_at"):
            setattr(row, name, datetime.fromisoformat(data[name]) if name in data else None)
        return row
