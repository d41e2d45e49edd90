"""Who gets an answer from a page of a school: its right person, another profile, next door, nobody."""

from tests.cast import Cast, browser

from bascule.accounts.models import Person


def statuses(cast: Cast, path: str, *, refused: Person) -> dict[str, int]:
    """Give what a page answers to each, the head of the school first; 200, 403, 404, 404, 302 are right."""
    return {
        "head": browser(cast.head).get(path).status_code,
        "other profile": browser(refused).get(path).status_code,
        "next door": browser(cast.head_next_door).get(path).status_code,
        "outsider": browser(cast.outsider).get(path).status_code,
        "anonymous": browser().get(path).status_code,
    }


RIGHT = {"head": 200, "other profile": 403, "next door": 404, "outsider": 404, "anonymous": 302}
