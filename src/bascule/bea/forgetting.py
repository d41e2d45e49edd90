"""Forget pupils in the academic base: every version of their lines, and the files that hold them."""

from collections.abc import Sequence

from bascule.bea.files import Files, SchoolYear
from bascule.bea.models import Line, Nationality, Record, Transfer


def forget(*, uai: str, ids: Sequence[int], writes: bool) -> int:
    """Remove pupils from the base of a school, within an act, and write its files without them.

    Should the act not end well after all, the files lack them until the next comparison writes them again.

    Args:
        uai (str): the school.
        ids (Sequence[int]): the pupils.
        writes (bool): whether files are written; a rehearsal writes none.

    Returns:
        int: lines removed.
    """
    found = Record.objects.filter(uai=uai, student_id__in=ids)
    touched = [SchoolYear(uai, year) for year in sorted(set(found.values_list("year", flat=True)))]
    gone, _ = found.delete()
    Nationality.objects.filter(uai=uai, student_id__in=ids).delete()
    Line.objects.filter(uai=uai, student_id__in=ids).delete()
    if writes and touched:
        with Files() as files:
            files.write(touched)
            read = files.digests(touched)
        for one in touched:
            transfers = Transfer.objects.filter(uai=uai, year=one.year, digest__isnull=False)
            last = transfers.order_by("-pk").first()
            # What they held can be compared with nothing any more.
            transfers.update(digest=None, divisions={})
            if last is not None:
                Transfer.objects.filter(uai=uai, pk=last.pk).update(digest=read[one])
    return gone
