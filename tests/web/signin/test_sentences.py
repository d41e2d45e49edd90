"""What is said to whoever is stuck: short sentences, and each with something to do next."""

import inspect
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from bascule.accounts import activation, first_key, passwords, pending, signin, tries
from bascule.accounts.guessable import Reason
from bascule.accounts.keys import certificates, held, one_time, passkeys
from bascule.errors import RefusedError

TEMPLATES = Path(str(resources.files("bascule.web"))) / "templates"
MODULES = (
    activation,
    certificates,
    first_key,
    held,
    one_time,
    passkeys,
    passwords,
    pending,
    signin,
    tries,
)
#: What a refusal is made with, by the name of what it takes.
GIVEN: dict[str, Any] = {
    "until": timezone.now(),
    "reason": Reason.PERSONAL,
    "key_id": 1,
    "person_id": 1,
}
MOST_WORDS = 20


def refusals() -> Iterator[RefusedError]:
    for module in MODULES:
        for found in vars(module).values():
            is_ours = inspect.isclass(found) and found.__module__ == module.__name__
            if (
                is_ours
                and issubclass(found, RefusedError)
                and found is not one_time.CodeRefusedError
            ):
                taken = list(inspect.signature(found.__init__).parameters)[1:]
                yield found(*(GIVEN[name] for name in taken))


def sentences_of(text: str) -> list[str]:
    return [one for one in re.split(r"(?<=[.!?])\s+", " ".join(text.split())) if one]


def translated_in(template: Path) -> list[str]:
    source = template.read_text(encoding="utf-8")
    blocks = re.findall(r"(?s){% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", source)
    plain = [re.sub(r"{%.*?%}", ". ", block) for block in blocks]
    return [*re.findall(r'(?:translate |_\()"([^"]+)"', source), *plain]


@pytest.mark.parametrize("refusal", list(refusals()), ids=lambda one: one.code)
def test_a_refusal_says_what_and_what_next_in_short_sentences(refusal: RefusedError) -> None:
    sentences = sentences_of(refusal.sentence)

    assert max(len(one.split()) for one in sentences) <= MOST_WORDS, refusal.sentence
    assert len(sentences) > 1 or " : " in refusal.sentence, refusal.sentence


@pytest.mark.parametrize(
    "template",
    [path for name in ("signin", "me") for path in sorted((TEMPLATES / name).glob("*.html"))],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_a_page_speaks_in_short_sentences(template: Path) -> None:
    said = [one for text in translated_in(template) for one in sentences_of(text)]

    assert [one for one in said if len(one.split()) > MOST_WORDS] == []
