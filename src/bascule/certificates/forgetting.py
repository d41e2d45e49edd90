"""Forget the certificates of pupils who are past their time."""

from collections.abc import Sequence

from bascule.certificates.models import Certificate


def forget(*, uai: str, ids: Sequence[int]) -> int:
    """Remove the certificates of pupils, within an act.

    Args:
        uai (str): the school.
        ids (Sequence[int]): the pupils.

    Returns:
        int: certificates removed.
    """
    return Certificate.objects.filter(uai=uai, student_id__in=ids).delete()[0]
