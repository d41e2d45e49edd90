"""Say that two persons are one, or are not: asked by an agent, confirmed by another, taken back in any order.

Merges are edges; the lowest id of those that edges join stands for all of them. So what is there follows from
the edges alone, whatever the order in which they came and went.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection

from bascule.errors import NotThereError, RefusedError
from bascule.ine.directory import hold_directory
from bascule.ine.models import Apart, Decision, Merge, Person
from bascule.journal.act import AUTHORITY, OpenAct, act

#: What the acts of these verbs are called.
ASK_ACT = "ine.merge-ask"
APART_ACT, TOGETHER_ACT = "ine.apart", "ine.apart-withdraw"


class UnknownPersonError(NotThereError):
    """The directory has no such person."""

    code = "ine.unknown-person"

    def __init__(self) -> None:
        super().__init__("Cette identité n’existe pas dans le répertoire.")


class UnknownMergeError(NotThereError):
    """There is no such merge."""

    code = "ine.unknown-merge"

    def __init__(self) -> None:
        super().__init__("Cette fusion n’existe pas.")


class CannotMergeError(RefusedError):
    """The two are one already, or a merge of them waits."""

    code = "ine.cannot-merge"


class KeptApartError(RefusedError):
    """An agent said that they are different."""

    code = "ine.kept-apart"

    def __init__(self) -> None:
        super().__init__(
            "Un agent a déclaré que ce sont deux élèves différents : retirez d’abord cette déclaration, "
            "puis demandez la fusion."
        )


class SaidAlreadyError(RefusedError):
    """An agent said so before."""

    code = "ine.said-already"

    def __init__(self) -> None:
        super().__init__(
            "Ces deux identités sont déjà déclarées différentes : il n’y a rien à faire."
        )


class SecondAgentError(RefusedError):
    """Whoever asked for a merge does not answer it."""

    code = "ine.second-agent"

    def __init__(self) -> None:
        super().__init__(
            "Vous avez demandé cette fusion : un autre agent y répond, vous ne pouvez pas le faire."
        )


class NotWaitingError(RefusedError):
    """The merge is not in the state that the answer needs."""

    code = "ine.merge-not-waiting"

    def __init__(self, state: str) -> None:
        super().__init__(
            f"Cette fusion est déjà « {Merge.State(state).label} » : il n’y a rien à faire."
        )
        self.state = state


@contextmanager
def authority_act(
    *, kind: str, actor: str, at: datetime, is_patient: bool = False
) -> Iterator[OpenAct]:
    """Open an act of the authority that holds the directory.

    Args:
        kind (str): what is done.
        actor (str): who does it.
        at (datetime): when.
        is_patient (bool): wait for the directory as long as it takes: nobody looks on.

    Yields:
        OpenAct: the act.
    """
    with act(uai=AUTHORITY, kind=kind, actor=actor, at=at) as opened:
        hold_directory(is_patient=is_patient)
        yield opened


def ask_merge(*, one_id: int, other_id: int, why: str, actor: str, at: datetime) -> int:
    """Ask that two persons be one; another agent answers.

    Args:
        one_id (int): a person.
        other_id (int): another one.
        why (str): French, what shows it.
        actor (str): who asks.
        at (datetime): when.

    Returns:
        int: the merge, to be confirmed.
    """
    with authority_act(kind=ASK_ACT, actor=actor, at=at) as opened:
        merge = put_merge(opened, one_id=one_id, other_id=other_id, why=why)
        opened.facts |= {"merge": merge.pk, "persons": [merge.one_id, merge.other_id]}
        return merge.pk


def put_merge(
    opened: OpenAct,
    *,
    one_id: int,
    other_id: int,
    why: str,
    request: tuple[str, int] | None = None,
) -> Merge:
    """Put a merge down, to be confirmed, within an act that holds the directory.

    Args:
        opened (OpenAct): the act.
        one_id (int): a person.
        other_id (int): another one.
        why (str): what shows it.
        request (tuple[str, int] | None): the school and the request whose answer it is.

    Returns:
        Merge: the merge.

    Raises:
        CannotMergeError: if they are one already, or a merge of them waits.
    """
    one, other = sorted((one_id, other_id))
    roots = roots_of((one, other))
    if roots[one] == roots[other]:
        raise CannotMergeError(
            "Ces deux identités n’en font déjà qu’une : il n’y a rien à fusionner."
        )
    _refuse_apart(roots[one], roots[other])
    if Merge.objects.filter(one_id=one, other_id=other, state=Merge.State.ASKED).exists():
        raise CannotMergeError(
            "La fusion de ces deux identités est déjà demandée : un autre agent y répond."
        )
    merge = Merge.objects.create(
        one_id=one,
        other_id=other,
        state=Merge.State.ASKED,
        why=why,
        asked_by=opened.actor,
        asked_at=opened.at,
        request_uai=request[0] if request else None,
        request_id=request[1] if request else None,
    )
    note_decision(
        opened, Decision.Kind.MERGE_ASKED, persons=(one, other), merge_id=merge.pk, why=why
    )
    return merge


def join(opened: OpenAct, merge_id: int) -> Merge:
    """Make two persons one, within an act that holds the directory.

    Args:
        opened (OpenAct): the act, of another agent than who asked.
        merge_id (int): the merge.

    Returns:
        Merge: done.
    """
    merge = _answered(opened, merge_id, Merge.State.DONE)
    roots = roots_of((merge.one_id, merge.other_id))
    _refuse_apart(roots[merge.one_id], roots[merge.other_id])
    merge.save(update_fields=["state", "answered_by", "answered_at"])
    find_roots(roots.values())
    note_decision(
        opened, Decision.Kind.MERGED, persons=(merge.one_id, merge.other_id), merge_id=merge.pk
    )
    opened.facts |= {"merge": merge.pk, "persons": [merge.one_id, merge.other_id]}
    return merge


def turn_down(opened: OpenAct, merge_id: int, why: str) -> Merge:
    """Refuse a merge, within an act that holds the directory.

    Args:
        opened (OpenAct): the act, of another agent than who asked.
        merge_id (int): the merge.
        why (str): what shows it.

    Returns:
        Merge: refused; the persons stay as they are.
    """
    merge = _answered(opened, merge_id, Merge.State.REFUSED)
    merge.save(update_fields=["state", "answered_by", "answered_at"])
    pair = (merge.one_id, merge.other_id)
    note_decision(opened, Decision.Kind.MERGE_REFUSED, persons=pair, merge_id=merge.pk, why=why)
    opened.facts |= {"merge": merge.pk, "persons": list(pair)}
    return merge


def sever(opened: OpenAct, merge_id: int, why: str) -> Merge:
    """Take back a merge, done or only asked, within an act that holds the directory.

    What was merged or taken back since stays so.

    Args:
        opened (OpenAct): the act.
        merge_id (int): the merge.
        why (str): what shows it.

    Returns:
        Merge: undone.

    Raises:
        NotWaitingError: if it was undone or refused already.
    """
    merge = merge_of(merge_id)
    if merge.state not in (Merge.State.ASKED, Merge.State.DONE):
        raise NotWaitingError(merge.state)
    merge.state, merge.undone_by, merge.undone_at = Merge.State.UNDONE, opened.actor, opened.at
    merge.save(update_fields=["state", "undone_by", "undone_at"])
    pair = (merge.one_id, merge.other_id)
    find_roots(roots_of(pair).values())
    note_decision(opened, Decision.Kind.UNMERGED, persons=pair, merge_id=merge.pk, why=why)
    opened.facts |= {"merge": merge.pk, "persons": list(pair)}
    return merge


def keep_apart(*, one_id: int, other_id: int, why: str, actor: str, at: datetime) -> None:
    """Say that two persons are different: nobody is asked about them again.

    Args:
        one_id (int): a person.
        other_id (int): another one.
        why (str): French, what shows it.
        actor (str): who says so.
        at (datetime): when.

    Raises:
        SaidAlreadyError: if it was said before.
    """
    with authority_act(kind=APART_ACT, actor=actor, at=at) as opened:
        root = roots_of((one_id,))[one_id]
        members = list(Person.objects.filter(root_id=root).values_list("pk", flat=True))
        said = [one for member in members for one in put_apart(opened, member, (other_id,))]
        if not said:
            raise SaidAlreadyError
        pair = sorted((one_id, other_id))
        note_decision(opened, Decision.Kind.APART, persons=pair, why=why, evidence={"aparts": said})
        opened.facts |= {"persons": pair}


def put_apart(opened: OpenAct, person_id: int, others: Collection[int]) -> list[int]:
    """Put down that a person is none of some others, within an act that holds the directory.

    It is said of each of those whom merges make one: it holds whatever is merged or taken back later.

    Args:
        opened (OpenAct): the act.
        person_id (int): the person.
        others (Collection[int]): the others.

    Returns:
        list[int]: what was not said before.

    Raises:
        CannotMergeError: if a merge makes them one.
    """
    roots = roots_of((person_id, *others))
    if any(roots[other] == roots[person_id] for other in others):
        raise CannotMergeError(
            "Une fusion réunit ces deux identités : annulez-la d’abord, puis déclarez-les différentes."
        )
    said = []
    members = Person.objects.filter(root_id__in=[roots[other] for other in others])
    for other in members.values_list("pk", flat=True).order_by("pk"):
        one, two = sorted((person_id, other))
        if not Apart.objects.filter(one_id=one, other_id=two, withdrawn_at=None).exists():
            apart = Apart.objects.create(
                one_id=one, other_id=two, said_by=opened.actor, said_at=opened.at
            )
            said.append(apart.pk)
    return said


def withdraw_apart(*, one_id: int, other_id: int, why: str, actor: str, at: datetime) -> None:
    """Take back that two persons are different.

    Args:
        one_id (int): a person.
        other_id (int): another one.
        why (str): French, what shows it.
        actor (str): who takes it back.
        at (datetime): when.
    """
    with authority_act(kind=TOGETHER_ACT, actor=actor, at=at) as opened:
        pair = sorted((one_id, other_id))
        roots = roots_of(pair)
        lift_apart(opened, aparts_between(roots[one_id], roots[other_id]))
        note_decision(opened, Decision.Kind.NOT_APART, persons=pair, why=why)
        opened.facts |= {"persons": pair}


def lift_apart(opened: OpenAct, said: Collection[int]) -> None:
    """Take back that persons are different, within an act that holds the directory.

    Args:
        opened (OpenAct): the act.
        said (Collection[int]): what `put_apart` wrote; what was taken back since stays so.
    """
    Apart.objects.filter(pk__in=said, withdrawn_at=None).update(
        withdrawn_by=opened.actor, withdrawn_at=opened.at
    )


def aparts_between(one_root: int, other_root: int) -> list[int]:
    """List what says that two persons, with those whom merges make one with them, are different.

    Args:
        one_root (int): who stands for the first.
        other_root (int): who stands for the second.

    Returns:
        list[int]: the declarations that hold.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id FROM ine_apart a JOIN ine_person o ON o.id = a.one_id"
            " JOIN ine_person t ON t.id = a.other_id WHERE a.withdrawn_at IS NULL"
            " AND ((o.root_id = %s AND t.root_id = %s) OR (o.root_id = %s AND t.root_id = %s))",
            [one_root, other_root, other_root, one_root],
        )
        return [row[0] for row in cursor.fetchall()]


def note_decision(
    opened: OpenAct, kind: Decision.Kind, *, persons: Collection[int], **more: Any
) -> Decision:
    """Write a decision down, within an act that holds the directory.

    Args:
        opened (OpenAct): the act.
        kind (Decision.Kind): what is decided.
        persons (Collection[int]): the persons it is about.
        **more (Any): other columns of the decision.

    Returns:
        Decision: the line.
    """
    return Decision.objects.create(
        at=opened.at, actor=opened.actor, kind=kind, person_ids=list(persons), **more
    )


def roots_of(person_ids: Collection[int]) -> dict[int, int]:
    """Give who stands for each of some persons; the directory is open.

    Args:
        person_ids (Collection[int]): the persons.

    Returns:
        dict[int, int]: by person.

    Raises:
        UnknownPersonError: if one of them does not exist.
    """
    found = dict(Person.objects.filter(pk__in=person_ids).values_list("id", "root_id"))
    if set(person_ids) - found.keys():
        raise UnknownPersonError
    return found


def find_roots(roots: Collection[int]) -> None:
    """Find again who stands for whom, among those that these persons stood for; the directory is held.

    Args:
        roots (Collection[int]): the persons that stood for others.
    """
    members = dict(Person.objects.filter(root_id__in=roots).values_list("id", "root_id"))
    found = {person: person for person in members}

    def root(person: int) -> int:
        while found[person] != person:
            person = found[person]
        return person

    edges = Merge.objects.filter(state=Merge.State.DONE, one_id__in=members, other_id__in=members)
    for one, other in edges.values_list("one_id", "other_id"):
        low, high = sorted((root(one), root(other)))
        found[high] = low
    moved: dict[int, list[int]] = {}
    for person, before in members.items():
        if root(person) != before:
            moved.setdefault(root(person), []).append(person)
    for after, persons in moved.items():
        Person.objects.filter(pk__in=persons).update(root_id=after)


def merge_of(merge_id: int) -> Merge:
    """Read a merge; the directory is open.

    Args:
        merge_id (int): the merge.

    Returns:
        Merge: the merge.

    Raises:
        UnknownMergeError: if there is none.
    """
    merge = Merge.objects.filter(pk=merge_id).first()
    if merge is None:
        raise UnknownMergeError
    return merge


def _answered(opened: OpenAct, merge_id: int, state: Merge.State) -> Merge:
    merge = merge_of(merge_id)
    if merge.state != Merge.State.ASKED:
        raise NotWaitingError(merge.state)
    if merge.asked_by == opened.actor:
        raise SecondAgentError
    merge.state, merge.answered_by, merge.answered_at = state, opened.actor, opened.at
    return merge


def _refuse_apart(one_root: int, other_root: int) -> None:
    if aparts_between(one_root, other_root):
        raise KeptApartError
