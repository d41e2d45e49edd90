"""Choose among hundreds of things, a page of them at a time: what was ticked follows, seen or not."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest, QueryDict

from bascule.values import civil_identity

#: Lines shown at once at most; a narrower search shows the others.
MOST = 250
#: A group with more lines than that shows, until it is asked for, those ticked and those that are new.
_LONG = 30

SEARCH, SAVE, GO_ON = "chercher", "enregistrer", "continuer"


class Offer(Protocol):
    """What may be chosen."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def label(self) -> str:
        """Its words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to tick.

    Attributes:
        offer: the thing.
        is_ticked: whether it is.
        is_pending: whether that is not saved yet.
    """

    offer: Offer
    is_ticked: bool
    is_pending: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Things that go together.

    Attributes:
        key: what its code is.
        title: its words.
        lines: what it shows.
    """

    key: str
    title: str
    lines: list[Line]

    @property
    def ticked_count(self) -> int:
        """Return how many are ticked."""
        return sum(line.is_ticked for line in self.lines)


class Picker:
    """What a page shows of a choice, and what whoever chooses wants.

    The form sends the codes ticked (`choix`), those that it showed (`vu`), and those that she ticked or
    unticked on another page of it (`ajout`, `retrait`).

    Args:
        request (HttpRequest): the form, or the first look at the page.
        offers (Iterable[Offer]): all that may be chosen.
        chosen (Collection[str]): codes chosen so far.
        titles (Mapping[str, str]): words of each group, by key.
        key_length (int): how many characters of a code say its group; 0 for one group.
    """

    def __init__(
        self,
        request: HttpRequest,
        offers: Iterable[Offer],
        *,
        chosen: Collection[str],
        titles: Mapping[str, str],
        key_length: int,
    ) -> None:
        self._offers = list(offers)
        self._chosen = set(chosen)
        self._titles, self._key_length = titles, key_length
        sent = request.POST if request.method == "POST" else request.GET
        self.query = sent.get("q", "").strip()[:100]
        self.group = sent.get("groupe", "")[:20]
        known = {offer.code for offer in self._offers}
        added, removed = _wanted(request.POST, self._chosen)
        self.added = [offer.code for offer in self._offers if offer.code in added]
        self.removed = [offer.code for offer in self._offers if offer.code in removed & known]
        self._ticked = (self._chosen | set(self.added)) - set(self.removed)
        self._shown = self._lines()
        seen = {line.offer.code for line in self._shown[:MOST]}
        #: Ticked, or unticked, on another page of the form.
        self.added_elsewhere = [code for code in self.added if code not in seen]
        self.removed_elsewhere = [code for code in self.removed if code not in seen]

    @property
    def groups(self) -> list[Group]:
        """Return what the page shows, group by group."""
        found: dict[str, list[Line]] = {}
        for line in self._shown[:MOST]:
            found.setdefault(self._key(line.offer), []).append(line)
        return [Group(key, self._title(key), lines) for key, lines in found.items()]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return the groups there are to look at."""
        keys = dict.fromkeys(self._key(offer) for offer in self._offers)
        return [(key, self._title(key)) for key in keys]

    @property
    def found_count(self) -> int:
        """Return how many things answer the search."""
        return len(self._shown)

    @property
    def is_cut(self) -> bool:
        """Tell whether some of them are not shown."""
        return len(self._shown) > MOST

    @property
    def ticked_count(self) -> int:
        """Return how many things are ticked, seen or not."""
        return len(self._ticked)

    @property
    def pending(self) -> tuple[list[str], list[str]]:
        """Return the words of what is ticked, and unticked, and not saved yet."""
        labels = {offer.code: f"{offer.label} ({offer.code})" for offer in self._offers}
        return [labels[code] for code in self.added], [labels[code] for code in self.removed]

    @property
    def is_pending(self) -> bool:
        """Tell whether anything is not saved yet."""
        return bool(self.added or self.removed)

    def _lines(self) -> list[Line]:
        words = civil_identity.key(self.query).split()
        sizes = Counter(self._key(offer) for offer in self._offers)
        used = {code[: self._key_length] for code in self._ticked | self._chosen}
        found = []
        for offer in self._offers:
            key = self._key(offer)
            if self.group and key != self.group:
                continue
            if words and not _answers(offer, words):
                continue
            # Without a search: the groups in which something is chosen.
            if not words and not self.group and self._key_length and key not in used:
                continue
            is_ticked = offer.code in self._ticked
            is_pending = is_ticked != (offer.code in self._chosen)
            is_asked = bool(words or self.group or not self._key_length)
            is_seen = is_asked or is_ticked or is_pending or getattr(offer, "is_new", False)
            if sizes[key] > _LONG and not is_seen:
                continue
            found.append(Line(offer, is_ticked, is_pending))
        return found

    def _key(self, offer: Offer) -> str:
        return offer.code[: self._key_length]

    def _title(self, key: str) -> str:
        return self._titles.get(key, key)


def asked(request: HttpRequest) -> str:
    """Tell which button of the form was pressed.

    Args:
        request (HttpRequest): the form.

    Returns:
        str: `SEARCH`, `SAVE` or `GO_ON`.
    """
    return next((name for name in (GO_ON, SAVE) if name in request.POST), SEARCH)


def _wanted(sent: QueryDict, chosen: Collection[str]) -> tuple[set[str], set[str]]:
    """Give what is to be chosen more, and less."""
    ticked, seen = set(sent.getlist("choix")), set(sent.getlist("vu"))
    added = (ticked | set(sent.getlist("ajout"))) - set(chosen)
    removed = ((seen - ticked) | set(sent.getlist("retrait"))) & set(chosen)
    return added - (seen - ticked), removed - ticked


def _answers(offer: Offer, words: Iterable[str]) -> bool:
    text = civil_identity.key(f"{offer.code} {offer.label} {getattr(offer, 'mnemonic', '')}")
    return all(word in text for word in words)
