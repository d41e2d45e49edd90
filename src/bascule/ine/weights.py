"""The weights of matching in force: those that come with the program, or those learned on the authority's own base."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

from django.db import connection, transaction

from bascule.errors import RefusedError
from bascule.ine.directory import open_directory
from bascule.ine.matching.civil import Civil
from bascule.ine.matching.model import Model, shipped_model
from bascule.ine.matching.train import train
from bascule.ine.models import Weights
from bascule.ine.records import CivilColumns
from bascule.journal.act import AUTHORITY, act
from bascule.schools.directory import school_numbers
from bascule.store.policies import open_schools

WEIGHTS_ACT = "ine.weights"

#: Records of schools other than the last one: with fewer, what is rare is not learned.
_LEAST_RECORDS: Final = 2_000
_CHUNK: Final = 5_000
_COLUMNS: Final = ", ".join(f"c.{name}" for name in CivilColumns._fields)
_PERSONS: Final = f"SELECT {_COLUMNS} FROM ine_person c"  # noqa: S608 - our own words
#: A person bears what the last record said: another school's tells how else one writes.
_RECORDS: Final = (
    "SELECT "  # noqa: S608 - likewise
    + _COLUMNS.replace("c.birth_precision", "'D'")
    + " FROM students_student c LEFT JOIN ine_link l ON l.student_id = c.id AND l.uai = c.uai"
    " LEFT JOIN ine_person p ON p.id = l.person_id WHERE p.last_uai IS DISTINCT FROM c.uai"
)


class TooFewRecordsError(RefusedError):
    """Too few pupils were seen in two schools.

    Args:
        count (int): how many were.
    """

    code = "ine.too-few-to-learn"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"Trop peu d’élèves connus par deux établissements pour apprendre : {count}, il en faut"
            f" {_LEAST_RECORDS}. Gardez les poids en vigueur, et recommencez quand la base sera plus remplie."
        )


class UnreadableWeightsError(RefusedError):
    """The file holds no weights, or those of other comparisons."""

    code = "ine.weights-unreadable"

    def __init__(self) -> None:
        super().__init__(
            "Ce fichier ne contient pas les poids de cette version. Refaites-le par `bascule ine learn`."
        )


def learn_weights(*, seed: int, at: datetime) -> Model:
    """Learn weights on the directory and what other schools wrote of its persons. Nothing is put in force.

    Args:
        seed (int): of what is drawn at random.
        at (datetime): when.

    Returns:
        Model: to be looked at, kept in a file, and put in force by another verb.

    Raises:
        TooFewRecordsError: when the base says too little.
    """
    with transaction.atomic():
        open_schools(*school_numbers())
        open_directory()
        count = sum(1 for _ in _people(_RECORDS))
        if count < _LEAST_RECORDS:
            raise TooFewRecordsError(count)
        return train(
            persons=_reading(_PERSONS), records=_reading(_RECORDS), source="base", seed=seed, at=at
        )


def put_in_force(*, text: str | None, actor: str, at: datetime) -> Model:
    """Put weights in force, for every comparison from now on.

    Args:
        text (str | None): what `learn_weights` gave, as a file; None for those of the program.
        actor (str): who.
        at (datetime): when.

    Returns:
        Model: those in force.

    Raises:
        UnreadableWeightsError: when they are not for these comparisons.
    """
    model = shipped_model() if text is None else _read(text)
    with act(uai=AUTHORITY, kind=WEIGHTS_ACT, actor=actor, at=at) as opened:
        opened.facts |= {"trained": str(model.training.get("at", "")), "shipped": text is None}
        Weights.objects.create(at=at, actor=actor, model=text)
    return model


def model_in_force() -> Model:
    """Give the weights by which people are compared now.

    Returns:
        Model: read again only when others were put in force.
    """
    last = Weights.objects.order_by("-pk").values_list("pk", "at").first()
    return shipped_model() if last is None else _kept(*last)


@lru_cache(maxsize=2)
def _kept(number: int, _at: datetime) -> Model:
    text = Weights.objects.values_list("model", flat=True).get(pk=number)
    return shipped_model() if text is None else _read(text)


def _read(text: str) -> Model:
    try:
        model = Model.from_json(text)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise UnreadableWeightsError from fault
    known = shipped_model().weights
    if {name: set(each) for name, each in model.weights.items()} != {
        name: set(each) for name, each in known.items()
    }:
        raise UnreadableWeightsError
    return model


def _reading(query: str) -> Callable[[], Iterator[Civil]]:
    return lambda: _people(query)


def _people(query: str) -> Iterator[Civil]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_CHUNK):
            for row in rows:
                yield CivilColumns(*row).compared()
