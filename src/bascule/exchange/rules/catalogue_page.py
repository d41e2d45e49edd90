"""Writes `docs/findings.md` from the rules themselves, so that the page cannot drift from the code.

Run as a program, with the path of the page: `python -m bascule.exchange.rules.catalogue_page FILE`.
"""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from bascule.exchange.rules import contact
from bascule.exchange.rules.book import MODULES, RULES
from bascule.exchange.rules.families import (
    GROUP_FAMILIES,
    OFFICIAL_FAMILIES,
    OWN_FAMILIES,
    WITHOUT_RULE,
    family_of,
)
from bascule.findings import Effect, Rule, Subject

_SUBJECTS: Final = {
    Subject.FILE: "the file itself",
    Subject.PERSON: "a guardian",
    Subject.PUPIL: "a pupil",
}
_EFFECTS: Final = {
    Effect.NOTE: "the record is taken whole; the school is told",
    Effect.DEFAULT: "a set value is taken instead",
    Effect.PART: "the datum, or the part of the record it governs, is not taken; the stored one stays",
    Effect.RECORD: "the record is set aside whole; nothing stored changes",
}
_INTRODUCTION: Final = """\
# What the import finds

<!-- Written by `python -m bascule.exchange.rules.catalogue_page docs/findings.md`. Do not edit: change the rule. -->

Wrong or surprising data never stops an import. It is a *finding*: one rule, met by one record, with its line, the
element at fault and the value read. The report of each import lists them in the official sections.

A code is made of a prefix, a family, a letter and a number: `INF_` is a note of attention, `REJEL_` rejects a pupil,
`REJRE_` rejects a guardian, and no prefix is an anomaly of a record that is imported all the same. Codes and effects
that official reports show are kept as they are; the others follow the same pattern. Those of the import of groups
have families of six letters, and `REJELEGROUPE_` rejects a pupil there. A code never changes its meaning.
"""


def catalogue_page() -> str:
    """Write the catalogue of the rules.

    Returns:
        str: the page, in Markdown; the same for the same rules.
    """
    return "\n".join((_INTRODUCTION, *_effects(), *_summary(), *_families(), *_without_rule()))


def _effects() -> Iterator[str]:
    yield "## Effects\n"
    yield "| effect | shown as | what the import does | rules |"
    yield "|---|---|---|---|"
    for effect, meaning in _EFFECTS.items():
        count = sum(rule.effect is effect for rule in RULES)
        yield f"| `{effect.value}` | {effect.label} | {meaning} | {count} |"
    yield ""
    yield "A rule also says whether it *blocks*: such a record is kept back from the academic base until a later file"
    yield "corrects it. A note never blocks.\n"


def _summary() -> Iterator[str]:
    yield f"## The {len(RULES)} rules\n"
    yield "| code | about | what is wrong | effect | blocks |"
    yield "|---|---|---|---|---|"
    for rule in _sorted():
        yield (
            f"| [`{rule.code}`](#{rule.code.lower()}) | {_about(rule)} | {rule.title} "
            f"| `{rule.effect.value}` | {_yes(rule)} |"
        )
    yield ""


def _families() -> Iterator[str]:
    titles = OFFICIAL_FAMILIES | GROUP_FAMILIES | OWN_FAMILIES
    for family, rules in groupby(_sorted(), lambda rule: family_of(rule.code)):
        own = " (family of ours)" if family in OWN_FAMILIES else ""
        yield f"## {family}: {titles[family]}{own}\n"
        for rule in rules:
            yield from _entry(rule)


def _entry(rule: Rule) -> Iterator[str]:
    yield f"### {rule.code}\n"
    yield f"{rule.title}.\n"
    elements = ", ".join(f"`{name}`" for name in rule.fields)
    yield f"- Looks at {_about(rule)}{': ' if elements else ''}{elements}."
    yield f"- Effect: {rule.effect.label} (`{rule.effect.value}`). Blocks: {_yes(rule)}."
    yield f"- To do: {rule.remedy}"
    yield f"- Source: {rule.source}."
    yield f"- Stands in `{module_of(rule)}`.\n"


def _without_rule() -> Iterator[str]:
    yield "## Official families without a rule\n"
    for family, reason in WITHOUT_RULE.items():
        yield f"- **{family}** ({OFFICIAL_FAMILIES[family]}): {reason}"
    yield ""


def module_of(rule: Rule) -> str:
    """Tell where a rule stands.

    Args:
        rule (Rule): a rule of the book.

    Returns:
        str: name of the module that declares it.

    Raises:
        LookupError: if no module of the book, or more than one, has it under its code.
    """
    names = [module.__name__ for module in MODULES if vars(module).get(rule.code) is rule]
    if len(names) != 1:
        raise LookupError(rule.code)
    return names[0]


def _sorted() -> list[Rule]:
    return sorted(RULES, key=lambda rule: (family_of(rule.code), rule.code))


def _about(rule: Rule) -> str:
    # Its rules look at both kinds of records, whatever they declare.
    if module_of(rule) == contact.__name__:
        return "a pupil or a guardian"
    return _SUBJECTS[rule.subject]


def _yes(rule: Rule) -> str:
    return "yes" if rule.blocks else "no"


def main(path: str) -> None:
    """Write the page.

    Args:
        path (str): where.
    """
    Path(path).write_text(catalogue_page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
