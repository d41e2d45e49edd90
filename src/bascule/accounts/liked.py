"""How a person likes her pages: kept with her account, not in the browser that colleagues share."""

from collections.abc import Sequence

from bascule.accounts.models import Person

_BETWEEN = "."


def list_columns(*, person_id: int) -> list[str]:
    """Give the columns that somebody chose for lists of pupils.

    Args:
        person_id (int): who.

    Returns:
        list[str]: keys; none for who has chosen nothing.
    """
    kept = Person.objects.filter(pk=person_id).values_list("list_columns", flat=True).first()
    return (kept or "").split(_BETWEEN)


def keep_list_columns(*, person_id: int, columns: Sequence[str]) -> None:
    """Keep the columns that somebody chose for lists of pupils.

    Args:
        person_id (int): who.
        columns (Sequence[str]): keys; none for the usual ones.
    """
    Person.objects.filter(pk=person_id).update(list_columns=_BETWEEN.join(columns))
