"""Every rule, refusal and element has its scenario, or a reason not to."""

import re
from pathlib import Path

from tests.generator.examining import AT, findings_of

from bascule.exchange.rules.book import BY_CODE
from bascule.findings import Effect
from bascule.formats.record import Record
from bascule.generator.academy import one_school
from bascule.generator.files import MadeFile, private_bytes, private_records
from bascule.generator.population import populate
from bascule.generator.school import teaching_year
from bascule.kit.elements import NOT_ASKED, elements_of
from bascule.kit.run import catalogue
from bascule.kit.sandbox import YEAR, SandboxSchool
from bascule.kit.situation import situation_of
from bascule.kit.stage import WRITES, Ability, Software

#: How the codes begin of what a call, or the import that it causes, may be refused for.
OF_THE_INTERFACE = (
    "file", "import", "sheet", "table", "request", "run", "token", "export", "pupils", "not-found",
)  # fmt: skip
CODES = {one.code for one in catalogue(Software(abilities=frozenset(Ability)))}

#: Refusals that a software meets without a scenario of their own.
PROVOKED_ON_THE_WAY = {
    "token.wrong": "exchange.wrong-token",
    "token.out-of-scope": "exchange.out-of-scope",
    "token.too-many-calls": "exchange.too-many",
    "request.moved-on": "exchange.confirm-moved",
    "request.state-needed": "exchange.confirm-stateless",
    "unavailable": "exchange.unavailable",
}
#: Refusals without any scenario, and why.
WITHOUT = {
    "another file than that of the pupils": {
        "file.conformity-altered", "file.conformity-cut", "file.conformity-version", "file.not-conformity",
        "file.heading-missing", "file.other-school", "file.other-year", "import.gep-stopped",
        "import.incomplete-set", "import.old-export", "import.several-files", "import.unlike-files",
        "import.wrong-kind", "file.other-way", "table.several",
    },
    "only a file beyond any school": {
        "sheet.too-large", "file.too-large", "file.too-many-records", "request.too-large",
    },
    "told to a person on the pages, never to a token": {
        "import.forgotten-file", "import.nothing-left", "import.plan-outdated", "run.held", "run.unknown",
        "token.already-renewed", "token.no-scope", "token.unknown", "token.wrong-end", "export.missing-private-id",
        "export.nothing", "export.same-name", "table.columns", "table.not-columns", "table.told-twice",
        "token.name-unusable",
    },
    "giving an import up or undoing it by a machine, which the kit does not try": {
        "import.not-waiting", "run.cannot-undo",
    },
    "the state of a year, not a fault of the software": {"import.year-not-ready"},
    "a demand that is written wrong: the description of the interface says it": {
        "not-found", "pupils.unknown-cursor", "request.key-reused", "request.method",
        "request.unreadable", "request.wrong", "export.changed-since",
        "export.unknown-kind",
    },
    "a fault of the site": {"fault"},
}  # fmt: skip


def test_every_rule_has_a_scenario_but_those_of_other_kinds_of_files() -> None:
    assert {code for code in BY_CODE if f"rule.{code}" not in CODES} == {
        # Only tables and packages meet these: no software that has a file of its own.
        "INF_FICHI_C_01",
        "INF_FICHI_D_01",
    }


def test_every_refusal_has_a_scenario_or_a_reason() -> None:
    page = Path("docs/messages.md").read_text("utf-8")
    codes = rf"^\| `((?:{'|'.join(OF_THE_INTERFACE)})[a-z.-]*)` \|"
    problems = Path("src/bascule/api/problem.py").read_text("utf-8")
    told = {*re.findall(codes, page, re.MULTILINE), *re.findall(r'code="([a-z.-]+)"', problems)}
    played = {code.removeprefix("refusal.") for code in CODES if code.startswith("refusal.")}
    reasons = [code for codes in WITHOUT.values() for code in codes]

    assert set(PROVOKED_ON_THE_WAY.values()) <= CODES
    assert told - played - set(PROVOKED_ON_THE_WAY) == set(reasons)
    assert len(reasons) == len(set(reasons))


def test_every_element_is_in_the_situation_which_meets_no_rule() -> None:
    teaching = teaching_year(one_school(24, seed=2), YEAR)
    school = SandboxSchool(teaching.school.uai, populate(teaching), "")
    for version in WRITES:
        situation = situation_of(school, version)
        text = str(situation)
        for path in elements_of(version):
            if path not in NOT_ASKED and not path.startswith("PARAMETRES/"):
                assert f"'{path.rpartition('/')[2]}'" in text, path
            assert (f"element.{path}" in CODES) or path in NOT_ASKED or version != "4.0"
        header = next(private_records(school.population, version=version, at=AT))
        records = [header]
        records += [Record("PERSONNE", 0, 1, one) for one in situation["persons"]]
        records += [Record("ELEVE", 0, 1, one) for one in situation["pupils"]]
        file = MadeFile("0990001NPRIVE2026261105100000.xml", private_bytes(records, version))
        # Who has only what each must have lacks what the rules would like.
        assert {one.rule.effect for one in findings_of(file, teaching)} <= {Effect.NOTE}
