"""The catalogue of rules: complete, well formed, and the same as its page."""

import re
from pathlib import Path

import pytest

from bascule.exchange.rules.book import BY_CODE, RULES
from bascule.exchange.rules.catalogue_page import catalogue_page, module_of
from bascule.exchange.rules.families import (
    GROUP_FAMILIES,
    OFFICIAL_FAMILIES,
    OWN_FAMILIES,
    WHY,
    WITHOUT_RULE,
    family_of,
)
from bascule.findings import Effect, Rule, Subject

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"

#: Codes and effects that official reports show.
OFFICIAL = {
    "NBENF_F_03": Effect.DEFAULT,
    "INF_COMAD_A_01": Effect.NOTE,
    "ACDIV_B_01": Effect.PART,
    "STATU_C_01": Effect.PART,
    "SCOAC_E_02": Effect.PART,
    "MEFAD_C_02": Effect.PART,
    "INF_REGIM_A_01": Effect.NOTE,
    "REJEL_SORTI_F_01": Effect.RECORD,
}

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def test_the_page_is_the_one_that_the_rules_write() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalogue_page(), (
        "run: python -m bascule.exchange.rules.catalogue_page docs/findings.md"
    )


def test_each_rule_has_its_entry_and_each_link_leads_to_one() -> None:
    page = catalogue_page()

    entries = set(re.findall(r"^### (\S+)$", page, re.MULTILINE))
    links = set(re.findall(r"\]\(#(\S+?)\)", page))

    assert entries == set(BY_CODE)
    assert links == {code.lower() for code in BY_CODE}


@every_rule
def test_a_code_is_made_of_a_prefix_a_family_a_letter_and_a_number(rule: Rule) -> None:
    assert re.fullmatch(
        r"(INF_|REJEL_|REJRE_)?[A-Z]{5,6}_[A-Z]_[0-9]{2}|REJELEGROUPE_[0-9]{2}", rule.code
    )


@every_rule
def test_a_family_is_official_or_said_to_be_ours(rule: Rule) -> None:
    known = (OFFICIAL_FAMILIES, GROUP_FAMILIES, OWN_FAMILIES)
    assert sum(family_of(rule.code) in families for families in known) == 1


@every_rule
def test_the_prefix_says_the_effect(rule: Rule) -> None:
    prefix = rule.code.partition("_")[0]

    expected = {"INF": {Effect.NOTE}, "REJEL": {Effect.RECORD}, "REJRE": {Effect.RECORD}}
    expected["REJELEGROUPE"] = {Effect.RECORD}
    assert rule.effect in expected.get(prefix, {Effect.DEFAULT, Effect.PART})


@every_rule
def test_a_note_never_blocks_and_a_rejection_of_a_whole_record_always_does(rule: Rule) -> None:
    if rule.effect is Effect.NOTE:
        assert not rule.blocks
    if rule.effect is Effect.RECORD and family_of(rule.code) not in GROUP_FAMILIES:
        assert rule.blocks


@every_rule
def test_a_rejection_says_whose_record_it_rejects(rule: Rule) -> None:
    if rule.effect is Effect.RECORD:
        prefix = {Subject.PERSON: "REJRE_", Subject.PUPIL: "REJEL"}[rule.subject]
        assert rule.code.startswith(prefix)


@every_rule
def test_a_title_is_a_phrase_and_a_remedy_a_sentence(rule: Rule) -> None:
    assert rule.title[0].isupper()
    assert rule.title[-1] not in ".:;, "
    assert rule.remedy[0].isupper()
    assert rule.remedy.endswith(".")


@every_rule
def test_titles_and_remedies_hold_no_technical_word(rule: Rule) -> None:
    words = f"{rule.title} {rule.remedy}".lower()

    assert not re.search(r"\b(null|parser?|xml|schéma|booléen|regex|none|true|false)\b", words)


@every_rule
def test_a_rule_stands_in_one_module_and_has_a_source(rule: Rule) -> None:
    assert module_of(rule).startswith("bascule.exchange.rules.")
    assert rule.source


@pytest.mark.parametrize(("code", "effect"), OFFICIAL.items())
def test_codes_of_official_reports_have_their_official_effect(code: str, effect: Effect) -> None:
    assert BY_CODE[code].effect is effect
    assert BY_CODE[code].source.startswith("compte rendu")


def test_each_official_family_has_a_rule_or_a_reason() -> None:
    with_rule = {family_of(code) for code in BY_CODE}

    assert len(OFFICIAL_FAMILIES) == 32
    assert set(WHY) == with_rule
    assert set(OFFICIAL_FAMILIES) - with_rule == set(WITHOUT_RULE) == {"PESIT", "ACOMPL"}
    assert all(f"**{family}**" in catalogue_page() for family in WITHOUT_RULE)
