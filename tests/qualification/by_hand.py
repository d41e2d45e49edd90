"""A software qualified by hand, for tests that need one."""

from datetime import UTC, date, datetime
from typing import Any

from bascule.qualification.models import Qualification
from bascule.qualification.register import qualify

AT = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)


def qualified(*, software: str = "SCOLIA", version: str = "", **more: Any) -> Qualification:
    known: dict[str, Any] = {
        "editor": "Ailleurs",
        "starts_on": date(2026, 9, 1),
        "ends_on": None,
        "reason": "Connu depuis la préparation.",
        "actor": "deep",
        "at": AT,
    }
    return qualify(software=software, version=version, **known | more)
