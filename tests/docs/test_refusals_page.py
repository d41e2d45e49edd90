"""Whatever a person is told says what happened, then what to do, in words of a school."""

import re
from pathlib import Path

import polib
import pytest
from tests.docs import messages
from tests.docs.refusals_page import (
    Refusal,
    guards,
    has_order,
    is_whole,
    page,
    refusals,
    statement_of,
)

from bascule.errors import RefusedError
from bascule.exchange.rules.book import RULES

PAGE = Path("docs/messages.md")
#: Fewer letters than this say nothing.
SHORTEST = 12
#: Words of those who made the program, not of those who use it.
TECHNICAL = re.compile(
    r"\b(?:parsers?|parser|null|SQL|UUID|JSON|exceptions?|requêtes?|serveurs?|bases? de données|tokens?|payloads?"
    r"|timeouts?|backend|frontend|bugs?|HTTP|URL|stack|hash|cache|thread|commit|rollback|back-office|endpoint"
    r"|erreur inattendue|soumettre)\b|--[a-z]",
    re.IGNORECASE,
)
#: Where such a word is the right one, and why.
OFFICIAL = {
    # The page of security, for whoever asks how; the certificate of a person, for the operators of keys.
    (
        "Un établissement ne voit pas les élèves d’un autre : le programme le vérifie, et la base de données le vérifie"
        " à son tour."
    ),
    "Un établissement ne voit que ses élèves. La base de données elle-même refuse le reste.",
    "Tel que le serveur frontal l’écrit. Exemple : CN=Claire Morel,OU=0990001N",
    "Le sujet du certificat est nécessaire, en … caractères au plus : copiez-le tel que le serveur frontal l’écrit.",
}


def school_facing() -> list[Refusal]:
    return [one for one in refusals() if not one.is_of_operators]


def test_the_page_is_what_the_program_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m tests.docs.refusals_page > docs/messages.md"
    )


def test_every_refusal_is_read_and_has_a_code_of_its_own() -> None:
    # By module too: two modules may have a class of the same name.
    read = {(one.module, one.name) for one in refusals()}

    def every(of: type[RefusedError]) -> set[type[RefusedError]]:
        return {*of.__subclasses__()}.union(*(every(one) for one in of.__subclasses__()))

    # Tests make refusals of their own, and whoever runs beside this one may have.
    loaded = {
        (one.__module__, one.__name__)
        for one in every(RefusedError)
        if one.__module__.startswith("bascule.")
        and one.__name__ != "NotThereError"
        and not one.__name__.startswith("_")
    }
    assert loaded <= read
    for one in refusals():
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)?", one.code), one


def test_every_refusal_says_what_happened_and_what_to_do() -> None:
    wrong = [
        f"{one.code}: {sentence}"
        for one in school_facing()
        if not one.is_not_there
        for sentence in filter(is_whole, one.sentences)
        if not has_order(sentence) or len(statement_of(sentence)) < SHORTEST
    ]
    assert wrong == []


def test_every_guard_says_what_holds_an_import() -> None:
    said = dict(guards())
    assert len(said) == len(guards()) > 0
    for code, sentence in said.items():
        assert len(sentence) >= SHORTEST, code
        assert not TECHNICAL.search(sentence), code


def test_every_rule_says_what_is_wrong_and_what_to_do() -> None:
    for rule in RULES:
        assert len(rule.title) >= SHORTEST, rule.code
        assert has_order(rule.remedy), f"{rule.code}: {rule.remedy}"


@pytest.mark.parametrize(
    "sentence",
    [
        "Ce compte est bloqué, car dix essais ont échoué. Attendez un quart d’heure.",
        "L’import est déjà intégré : il n’y a rien à faire.",
    ],
)
def test_a_good_sentence_is_known_for_one(sentence: str) -> None:
    assert has_order(sentence)
    assert len(statement_of(sentence)) >= SHORTEST


@pytest.mark.parametrize("sentence", ["Vous avez un fichier vide.", "Ce fichier est vide."])
def test_a_sentence_that_leaves_one_alone_is_known_too(sentence: str) -> None:
    assert not has_order(sentence)


def test_no_technical_word_is_said_to_a_school() -> None:
    said = {entry.msgid: entry.msgid_plural for entry in polib.pofile(str(messages.CATALOGUE))}
    every = [*said, *filter(None, said.values())]
    every += [text for one in school_facing() for text in one.sentences]
    every += [text for rule in RULES for text in (rule.title, rule.remedy)]
    found = [text for text in every if TECHNICAL.search(text) and text not in OFFICIAL]
    assert found == []
