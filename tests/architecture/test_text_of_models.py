"""What a row calls itself ends in logs and traces: it must not name a person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from bascule.accounts.models import Session, SignInTries, UnknownLoginTries

#: What a row may say of itself: where it is kept, and codes that are the same for everybody.
NEUTRAL = {
    "block", "campaign", "code", "id", "key", "kind", "name of NationalTable", "operation", "prefix", "row_id",
    "route", "run_id", "sequence", "status of Traffic", "table", "table_name", "uai", "year",
}  # fmt: skip

#: Those of libraries hold nothing of a person.
OURS = [model for model in apps.get_models() if model.__module__.startswith("bascule.")]


def canary(field: Any, rank: int) -> tuple[Any, tuple[str, ...]]:
    """Give a value of a field that nothing else holds, and the texts by which one would know it."""
    song, day = f"canary{rank}x", datetime(1901, 1, 1, 5, 7, tzinfo=UTC) + timedelta(days=rank)
    # The first that fits: an instant is a day too.
    values: tuple[tuple[type, Any], ...] = (
        (ArrayField, [song]),
        (models.GenericIPAddressField, f"2001:db8::{rank}"),
        (models.BinaryField, song.encode()),
        (models.JSONField, {"value": song}),
        (models.DateTimeField, day),
        (models.DateField, day.date()),
        (models.IntegerField, 770_000 + rank),
        (models.FloatField, 770_000.0 + rank),
        (models.CharField, song),
        (models.TextField, song),
    )
    value = next(value for kind, value in values if isinstance(field, kind))
    return value, (
        f"2001:db8::{rank}",
        song,
        str(770_000 + rank),
        f"{day:%Y-%m-%d}",
        f"{day:%d/%m/%Y}",
    )


def shown_by(model: type[models.Model]) -> set[str]:
    """Fill a row with canaries, and give the fields that its text lets out."""
    songs: dict[str, tuple[str, ...]] = {}
    values: dict[str, Any] = {}
    for rank, field in enumerate(model._meta.concrete_fields, 1):
        if isinstance(field, models.BooleanField | models.GeneratedField):
            continue
        target: Any = field.target_field if isinstance(field, models.ForeignKey) else field
        values[field.attname], songs[field.name] = canary(target, rank)
    text = f"{model(**values)!s} {model(**values)!r}"
    return {name for name, said in songs.items() if any(song in text for song in said)}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_the_text_of_a_row_names_nobody(model: type[models.Model]) -> None:
    shown = {
        f"{name} of {model.__name__}" if name in {"name", "status"} else name
        for name in shown_by(model)
    }

    assert shown <= NEUTRAL
    # The number of a session opens it, and an address is somebody's.
    assert shown or model in {Session, SignInTries, UnknownLoginTries}, (
        "a row that says nothing cannot be found"
    )


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_each_model_has_a_text_of_its_own(model: type[models.Model]) -> None:
    assert model.__str__ is not models.Model.__str__


def test_a_canary_that_sings_is_heard() -> None:
    class Indiscreet(models.Model):
        first_name = models.CharField(max_length=100)
        birth_date = models.DateField()
        secret = models.TextField()

        class Meta:
            app_label = "students"
            managed = False

        def __str__(self) -> str:
            return f"{self.first_name}, {self.birth_date:%d/%m/%Y}"

    try:
        assert shown_by(Indiscreet) == {"first_name", "birth_date"}
    finally:
        del apps.all_models["students"]["indiscreet"]
        apps.clear_cache()
