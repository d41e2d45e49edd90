"""An authority that publishes nomenclatures for fictional schools, and what their files say."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from tests.exchange.ready_school import AT, YEAR

from bascule.generator.school import national_programmes
from bascule.nomenclatures import load, package, release
from bascule.nomenclatures.models import Release
from bascule.nomenclatures.profile import Choice, Entries, read_choices, read_entries
from bascule.store.policies import open_schools

#: After the pupils' first import.
LATER = AT + timedelta(days=1)
BY: dict[str, Any] = {"actor": "deep", "at": AT}
SCHOOL: dict[str, Any] = {"actor": "secretary", "at": LATER}

THIRD, BILINGUAL, FIRST = "10310019110", "10010027110", "20110019110"


def load_programmes() -> None:
    """Load the programmes of all that the fictional schools teach."""
    load.load_table(
        name="programme", file_name="programmes.csv", content=national_programmes(), **BY
    )


def publish(year: int = YEAR, *, at: datetime = AT, **decided: Any) -> Release:
    """Publish what is diffused for a year, after some decisions."""
    if decided:
        release.decide(year=year, actor="deep", at=at, **decided)
    return release.publish(year=year, actor="deep", at=at)


def close_mef(code: str, *, since: str = "2026-08-31") -> None:
    """Load national MEF of which one ends."""
    rows = [dict(row) for row in package.rows("mef")]
    for row in rows:
        if row["code"] == code:
            row["date_fermeture"] = since
    written = io.StringIO()
    table = csv.DictWriter(written, rows[0], delimiter=";")
    table.writeheader()
    table.writerows(rows)
    load.load_table(name="mef", file_name="n_mef.csv", content=written.getvalue().encode(), **BY)


def held(uai: str, year: int = YEAR) -> tuple[Entries, frozenset[Choice]]:
    """Read a profile, whole, with the choices."""
    with transaction.atomic():
        open_schools(uai)
        return read_entries(uai=uai, year=year), read_choices(uai=uai, year=year)
