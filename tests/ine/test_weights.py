"""The weights of matching: put in force by somebody, for every comparison from then on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.bases import Base
from tests.ine.matching.people import civil_of

from bascule.generator.directory import Directory
from bascule.generator.look_alikes import queries
from bascule.ine.matching.model import shipped_model
from bascule.ine.matching.train import train
from bascule.ine.models import Weights
from bascule.ine.weights import (
    TooFewRecordsError,
    UnreadableWeightsError,
    learn_weights,
    model_in_force,
    put_in_force,
)

AT = datetime(2026, 11, 2, 18, tzinfo=UTC)


def test_other_weights_are_in_force_until_those_of_the_program_are_again(base: Base) -> None:
    shipped = shipped_model()
    assert model_in_force() == shipped
    own = replace(shipped, training=shipped.training | {"source": "base", "at": "2026-11-01"})

    put_in_force(text=own.to_json(), actor="agent", at=AT)
    assert model_in_force() == own
    for text in ("", "[]", own.to_json().replace("crossed", "crossing")):
        with pytest.raises(UnreadableWeightsError):
            put_in_force(text=text, actor="agent", at=AT)

    put_in_force(text=None, actor="agent", at=AT + timedelta(hours=1))
    assert model_in_force() == shipped
    assert Weights.objects.count() == 2


def test_a_base_that_says_too_little_is_not_learned_from(base: Base) -> None:
    with pytest.raises(TooFewRecordsError):
        learn_weights(seed=1, at=AT)


@pytest.mark.slow
def test_what_is_learned_favours_what_is_alike() -> None:
    directory = Directory(3000, seed=11)
    seen = [civil_of(query.civil) for query in queries(directory, 2000, seed=12)]
    model = train(
        persons=lambda: (civil_of(person.civil) for person in directory.persons()),
        records=lambda: seen,
        source="test",
        seed=1,
        at=AT,
        pairs=200_000,
    )
    assert model.from_json(model.to_json()) == model
    assert (model.training["persons"], model.training["records"]) == (3000, 2000)
    assert "place.town" in model.training["unmet"]
    for field, levels in model.weights.items():
        assert levels["same"].m > levels["same"].u, field
        assert levels["different"].m < levels["different"].u, field
