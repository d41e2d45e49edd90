"""A foreign key is an import that the linter does not see: it points down, or sideways within its app."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def layers() -> list[set[str]]:
    """Give the layers of the house, highest first, as the import linter is told them."""
    contracts = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]
    house = next(c for c in contracts["contracts"] if c["name"].startswith("The house"))
    return [set(layer.replace(" ", "").replace(":", "|").split("|")) for layer in house["layers"]]


def height(label: str) -> int:
    return next(-rank for rank, layer in enumerate(layers()) if label in layer)


def relations() -> list[Any]:
    return [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created
    ]


@pytest.mark.parametrize("field", relations(), ids=str)
def test_a_foreign_key_points_down_the_layers(field: Any) -> None:
    own = field.model._meta.app_label
    pointed = field.related_model._meta.app_label

    assert own == pointed or height(pointed) < height(own)


def test_there_are_foreign_keys_to_look_at() -> None:
    assert "students.Enrolment.student" in map(str, relations())


@pytest.mark.parametrize(
    "config",
    [config for config in apps.get_app_configs() if config.name.startswith("bascule.")],
    ids=lambda config: config.label,
)
def test_each_app_has_its_place_in_the_house(config: Any) -> None:
    assert config.name == f"bascule.{config.label}"
    assert height(config.label) <= 0
