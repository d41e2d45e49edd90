from importlib import import_module

from django.db import connections, transaction
from tests.bases import Base
from tests.exchange.ready_school import ready_school
from tests.preparation.releasing import held

FILL = import_module("bascule.nomenclatures.migrations.0006_choices_of_past_profiles")._FILL
_TABLE = "nomenclatures_profilechoice"


def test_a_profile_of_before_keeps_its_options_when_it_is_computed_again(base: Base) -> None:
    school = ready_school(20)
    _, chosen = held(school.uai)
    # As a base of before has it, by the hand of its owner.
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {_TABLE} DISABLE TRIGGER USER")
        cursor.execute(f"ALTER TABLE {_TABLE} NO FORCE ROW LEVEL SECURITY")
        cursor.execute(f"DELETE FROM {_TABLE}")  # noqa: S608 - our own name
        cursor.execute(f"ALTER TABLE {_TABLE} FORCE ROW LEVEL SECURITY")
        cursor.execute(f"ALTER TABLE {_TABLE} ENABLE TRIGGER USER")
    assert held(school.uai)[1] == frozenset()

    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(FILL)

    assert chosen
    assert held(school.uai)[1] == chosen
