"""A guardian who is typed a second time, for another pupil."""

from datetime import UTC, datetime

from tests.exchange.ready_school import YEAR

from bascule.exchange.amend.edits import Edit
from bascule.exchange.amend.verbs import amend, read_texts

AT = datetime(2026, 11, 5, 19, 30, tzinfo=UTC)
#: What somebody to call has not.
_OF_LEGAL = ("pays_fees", "lodges_pupil", "receives_aid", "is_first_to_call")


def guardians_of(uai: str, pupil_id: int) -> dict[int, str]:
    """Give the guardians of a pupil, by id."""
    texts = read_texts(uai=uai, year=YEAR, pupil_id=pupil_id)
    return {
        int(key.split(".")[1]): text for key, text in texts.items() if key.endswith(".family_name")
    }


def twin(uai: str, *, of: int, beside: int) -> int:
    """Type the first guardian of a pupil once more, as somebody to call for another; give the new record."""
    there = read_texts(uai=uai, year=YEAR, pupil_id=of)
    (first, *_) = guardians_of(uai, of)
    before = guardians_of(uai, beside)
    prefix = f"guardian.{first}."
    typed = {
        f"guardian.new.{key.removeprefix(prefix)}": text
        for key, text in there.items()
        if key.startswith(prefix) and text and key.removeprefix(prefix) not in _OF_LEGAL
    }
    typed["guardian.new.level"] = "3"
    amend(uai=uai, year=YEAR, edits=[Edit(typed, pupil_id=beside)], actor="secretary", at=AT)
    (new,) = guardians_of(uai, beside).keys() - before.keys()
    return new
