"""The table of moves, written a second time: every state, every move, and nothing else is allowed."""

import pytest

from bascule.accounts.keys.moves import ENDED, HELD, STATES, UNHELD, Move, possible
from bascule.accounts.models import Key, KeyEvent

#: What may be done in each state.
ALLOWED = {
    "stock": {"reserved", "handed", "lost", "expired", "withdrawn"},
    "handed": {"code-renewed", "activated", "lost", "returned", "replaced", "expired", "withdrawn"},
    "active": {"suspended", "lost", "returned", "replaced", "expired", "withdrawn"},
    "suspended": {"resumed", "lost", "returned", "replaced", "expired", "withdrawn"},
    "lost": {"withdrawn"},
    "returned": {"restocked", "lost", "expired", "withdrawn"},
    "expired": {"withdrawn"},
    "withdrawn": set[str](),
}
#: Where each leads.
LEADS = {
    "received": "stock", "reserved": "stock", "handed": "handed", "code-renewed": "handed", "activated": "active",
    "added": "active", "suspended": "suspended", "resumed": "active", "lost": "lost", "returned": "returned",
    "restocked": "stock", "replaced": "withdrawn", "expired": "expired", "withdrawn": "withdrawn",
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", Move, ids=lambda move: move.code)
def test_a_move_is_possible_where_the_table_says_and_nowhere_else(state: str, move: Move) -> None:
    assert move.may_follow(state) is (move.code in ALLOWED[state])


@pytest.mark.parametrize("move", Move, ids=lambda move: move.code)
def test_each_move_leads_where_the_table_says(move: Move) -> None:
    assert move.after == LEADS[move.code]


@pytest.mark.parametrize("state", STATES)
def test_what_is_possible_is_what_may_follow(state: str) -> None:
    assert {move.code for move in possible(state)} == ALLOWED[state]


def test_the_states_are_those_of_the_table_of_keys() -> None:
    assert set(STATES) == set(Key.State.values)
    assert set(STATES) == HELD | UNHELD | ENDED


def test_a_key_that_is_lost_withdrawn_or_expired_never_comes_back() -> None:
    reached, before = set(ENDED), set[str]()
    while reached != before:
        before = set(reached)
        reached |= {move.after for state in before for move in possible(state)}

    assert reached == ENDED


def test_every_state_is_reached_and_the_register_has_room_for_each_word() -> None:
    assert {move.after for move in Move} == set(STATES)
    assert max(len(move.code) for move in Move) <= (
        KeyEvent._meta.get_field("kind").max_length or 0
    )
