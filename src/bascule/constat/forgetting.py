"""Until when a signed constat can be disputed, and so counted again; what stays afterwards.

While it can be, purges keep the pupils whom it counts, with all their history. Afterwards they go like others:
the signature, its counts, its digest and its paper stay, and say that they can no longer be counted again.
"""

from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from bascule.constat.models import Signature
from bascule.journal.retention import PUPILS_ACT, Kind, durations


def disputed(*, uai: str) -> dict[int, date]:
    """Tell which constats of a school can still be disputed; the school is open.

    Args:
        uai (str): the school.

    Returns:
        dict[int, date]: by year, the last day on which one can be; withdrawn ones count too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT constat_disputed_years(%s)", [uai])
        years = cursor.fetchone()[0]
    if not years:
        return {}
    kept = timedelta(days=durations()[Kind.CONSTAT])
    signed = Signature.objects.filter(uai=uai, year__in=years).order_by("signed_at")
    return {one.year: timezone.localdate(one.signed_at) + kept for one in signed}


def forgotten_at(signature: Signature) -> datetime | None:
    """Tell since when a constat cannot be counted again; its school is open.

    The journal says it: a purge tells the years of the pupils whom it removed.

    Args:
        signature (Signature): what was signed.

    Returns:
        datetime | None: when pupils of its year were first purged; None when none was.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(at) FROM journal_act WHERE uai = %s AND kind = %s AND id > %s"
            " AND coalesce(payload::jsonb->'facts'->'years' @> to_jsonb(%s::integer), true)",
            [signature.uai, PUPILS_ACT, signature.act_id, signature.year],
        )
        found: datetime | None = cursor.fetchone()[0]
    return found
