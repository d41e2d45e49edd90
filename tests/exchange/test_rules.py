"""Each rule of the catalogue, met by a file that has this one fault: what is found, and what is stored."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.schools_for_tests import (
    AT,
    YEAR,
    Edit,
    Finding,
    Held,
    ReadySchool,
    differences,
    edited,
    line_of,
    make_ready,
    only,
    present,
    rows_of,
    tried,
)

from bascule.exchange.check import check_files
from bascule.exchange.models import ImportRun
from bascule.exchange.rules.book import BY_CODE as EVERY_RULE
from bascule.exchange.rules.families import GROUP_FAMILIES
from bascule.findings import Effect, Subject
from bascule.formats.import_eleves.description import VERSIONS
from bascule.formats.import_eleves.reader import read
from bascule.generator.academy import one_school
from bascule.generator.faults import FAULTS, Spoilt
from bascule.generator.files import authority_files
from bascule.generator.population import populate
from bascule.generator.school import teaching_year
from bascule.values.ine import make_ine_rnie

After = Mapping[str, Any]

#: The rules that a file of pupils may meet; those of the other doors have their cases beside their doors.
BY_CODE = {
    code: rule
    for code, rule in EVERY_RULE.items()
    if rule.family not in GROUP_FAMILIES and code not in {"INF_FICHI_C_01", "INF_FICHI_D_01"}
}

NO_SCHOOLING: After = dict.fromkeys(
    f"schooling.0.{name}" for name in ("mef", "division", "status", "starts_on", "options")
)


def _without_postcode(address: str) -> bool:
    return not re.search(r"\b[0-9]{5}\b", address)


def _as_before(value: Any) -> bool:
    return bool(value)


def _twelve(options: list[str]) -> bool:
    return len(options) == 12


def _completed(name: str) -> bool:
    return name.endswith(" D'ARVIEU")


#: What each fault leads to, in the record at fault: the columns that may differ from what the same file
#: without the fault leads to, and what they hold. All else is stored as without it.
AFTER: Mapping[str, After] = {
    # The file
    "INF_FICHI_A_01": {},
    "INF_FICHI_A_02": {},
    "INF_FICHI_B_01": {},
    # Persons
    "CIVIL_A_01": {"civility": None},
    "INF_COMAD_A_01": {"shares_address": False},
    "COMAD_B_01": {"shares_address": False},
    "PEPCS_A_01": {"profession": "99"},
    "PEPCS_B_01": {"profession": "99"},
    "NBENF_F_03": {"dependent_children": 1},
    "NBENF_A_01": {"dependent_children": None},
    "TELEP_A_01": {"mobile_phone": None},
    "TELEP_B_01": {"email": None},
    "TELEP_C_01": {"accepts_sms": None},
    "ADRES_A_01": {"address": None},
    "ADRES_B_01": {"address": None},
    "ADRES_C_01": {"address": None},
    "INF_ADRES_D_01": {"address": _without_postcode},
    "FORMA_A_01": {"usual_name": None},
    # Pupils: who they are
    "INF_DNAIS_B_01": {"birth_date": "1985-05-17"},
    "CSEXE_A_01": {"sex": None},
    "ELNAT_A_01": {"nationality": None},
    "ELNAT_B_01": {"nationality": None},
    "INF_ELNOM_A_01": {"family_name": _completed},
    "IDNAT_A_01": {"ine": None},
    "IDNAT_B_01": {"ine": None},
    "INF_IDNAT_C_01": {"ine": "999999000ZZ"},
    "IDNAT_D_01": {"ine": _as_before},
    "IDNAT_F_01": {"ine": None},
    "LNAIS_A_01": {"birth_commune": None},
    "LNAIS_B_01": {"birth_commune": None},
    "LNAIS_C_01": {"birth_country": None},
    "LNAIS_D_01": {"birth_country": "134", "birth_commune": None},
    # Pupils: their year
    "INF_REGIM_A_01": {"year.regime": "0"},
    "REGIM_B_01": {"year.regime": "0"},
    "TRANS_A_01": {"year.takes_transport": False},
    "SCOPR_A_01": {"year.is_repeating": False},
    "BOURS_A_01": {"year.grants": []},
    "BOURS_B_01": {"year.grants": []},
    "BOURS_C_01": {"year.grants": ["8 1"]},
    "HETAB_C_01": {"year.lodging_uai": None},
    # Guardians
    "PAREN_B_01": {},
    "PAREN_C_01": {"guardian.kinship": "90"},
    "PAREN_C_02": {"guardian.kinship": "90"},
    "PAREN_E_01": {},
    "PAREN_F_01": {"guardian.lodges_pupil": None},
    # Schooling
    "ACMEF_A_01": NO_SCHOOLING,
    "ACMEF_B_01": NO_SCHOOLING,
    "ACDIV_A_01": {"schooling.0.division": None},
    "ACDIV_B_01": NO_SCHOOLING,
    "STATU_A_01": {"schooling.0.status": "ST"},
    "STATU_C_01": {"schooling.0.status": None},
    "SCOAC_A_01": {"schooling.0.starts_on": f"{YEAR}-09-01"},
    "SCOAC_B_01": {"schooling.0.ends_on": None},
    "SCOAC_C_01": {"year.entered_on": None},
    "SCOAC_D_01": NO_SCHOOLING,
    "SCOAC_E_02": NO_SCHOOLING,
    "SCOAC_E_03": {"schooling.0.ends_on": None},
    # Exit: the schooling ends as the file says, the pupil does not leave
    "SORTI_C_01": {
        "year.left_on": None, "year.exit_reason": None, "schooling.0.ends_on": f"{YEAR}-11-02",
    },
    "SORTI_D_01": {
        "year.left_on": None, "year.exit_reason": None, "schooling.0.ends_on": f"{YEAR}-11-02",
        "year.entered_on": f"{YEAR}-12-01",
    },
    # Options
    "INOPT_A_01": {},
    "INOPT_B_01": {"schooling.0.options": _twelve},
    "INOPT_C_01": {},
    "MODCH_A_01": {},
    "OPOBL_A_01": {},
    "OPFAC_A_01": {},
    "INF_OPOBL_B_01": {"schooling.0.options": []},
    # Last year
    "HETAB_A_01": {"year.previous_uai": None},
    "HETAB_B_01": {"year.previous_uai": None},
    "PROVE_A_01": {"year.previous_origin": None},
    "PROVE_B_01": {"year.previous_origin": None},
    "MEFAD_C_02": {"year.previous_mef": None},
    "STATU_D_01": {"year.previous_status": None},
    "SCOPR_B_01": {"year.previous_starts_on": None, "year.previous_ends_on": None},
}  # fmt: skip

#: Faults in a record that joins others or makes them move: a test of its own tells what is stored.
TOLD_APART = {
    "IDNAT_E_01", "INF_CREAT_D_01", "INF_CREAT_D_02", "INF_SCOAC_F_01", "PAREN_D_01", "REJRE_CREAT_C_01",
}  # fmt: skip

REJECTING = sorted(
    code
    for code, rule in BY_CODE.items()
    if rule.effect is Effect.RECORD and code not in TOLD_APART
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file at fault, and what it is compared with.

    Attributes:
        spoilt: the file.
        run: its run.
        found: what rules said.
        reference: what the base holds without the fault.
        after: what it holds.
        guilty: the records at fault, as `Held` names them.
    """

    spoilt: Spoilt
    run: ImportRun
    found: list[Finding]
    reference: Held
    after: Held
    guilty: tuple[tuple[str, object], ...]


OutcomeOf = Callable[[str], Outcome]


@pytest.fixture(scope="module")
def school(module_base: Base) -> ReadySchool:
    return make_ready(populate(teaching_year(one_school(30, seed=3), YEAR)))


@pytest.fixture(scope="module")
def clean(school: ReadySchool) -> Callable[[str], Held]:
    """Give what a clean file leads to; each version is imported once."""
    known: dict[str, Held] = {}

    def held_of(version: str) -> Held:
        if version not in known:
            with tried():
                school.bring(school.file(version=version))
                known[version] = school.held()
        return known[version]

    return held_of


@pytest.fixture(scope="module")
def outcome_of(school: ReadySchool, clean: Callable[[str], Held]) -> OutcomeOf:
    """Import the file at fault, after the clean one that it asks for; each is played once."""
    known: dict[str, Outcome] = {}

    def play(code: str) -> Outcome:
        if code not in known:
            with tried():
                known[code] = _play(school, code, clean)
        return known[code]

    return play


def _play(school: ReadySchool, code: str, clean: Callable[[str], Held]) -> Outcome:
    spoilt = FAULTS[code].plant(school.population, at=AT)
    if spoilt.first is None:
        reference = clean(FAULTS[code].version)
    else:
        school.bring(spoilt.first)
        reference = school.held()
    if spoilt.base_person is not None:
        [(number,)] = rows_of(
            "SELECT id FROM students_guardian WHERE uai = %s AND private_id = %s",
            school.uai,
            spoilt.base_person,
        )
        spoilt = spoilt.with_base_id(number)
    run = school.bring(spoilt.file)
    found = school.findings(run)
    return Outcome(spoilt, run, found, reference, school.held(), _guilty(spoilt))


def _guilty(spoilt: Spoilt) -> tuple[tuple[str, object], ...]:
    if spoilt.tag == "PARAMETRES":
        return ()
    kind, tag = ("pupil", "ID_PRV_ELE") if spoilt.tag == "ELEVE" else ("person", "ID_PRV_PER")
    numbers = {
        record.rank: int(str(record.fields[tag]))
        for record in read([spoilt.file.content])
        if record.tag == spoilt.tag and tag in record.fields
    }
    return tuple((kind, numbers[rank]) for rank in spoilt.ranks)


def test_every_rule_has_its_case() -> None:
    assert set(BY_CODE) == {*AFTER, *TOLD_APART, *REJECTING}
    assert set(BY_CODE) == set(FAULTS)


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_fault_is_found_and_nothing_else(outcome_of: OutcomeOf, code: str) -> None:
    outcome = outcome_of(code)

    found = outcome.found
    rule, content = BY_CODE[code], outcome.spoilt.file.content
    assert {finding.code for finding in found} == {code}
    assert [finding.rank for finding in found] == list(outcome.spoilt.ranks)
    assert {(finding.effect, finding.blocks) for finding in found} == {(rule.effect, rule.blocks)}
    if rule.subject is Subject.FILE:
        unknown = content.find(b"<COULEUR_PREFEREE>")
        assert [finding.line for finding in found] == [content[: max(unknown, 0)].count(b"\n") + 1]
    else:
        tag = outcome.spoilt.tag
        lines = [line_of(content, tag, rank) for rank in outcome.spoilt.ranks]
        assert [finding.line for finding in found] == lines


@pytest.mark.parametrize("code", sorted(AFTER))
def test_a_fault_changes_its_own_part_of_the_record_and_nothing_else(
    outcome_of: OutcomeOf, code: str
) -> None:
    outcome = outcome_of(code)

    expected = dict(AFTER[code])
    changed = differences(outcome.reference, outcome.after)
    assert set(changed) <= set(outcome.guilty)
    if outcome.spoilt.tag == "ELEVE":
        expected["year.is_blocked"] = BY_CODE[code].blocks
    for key in outcome.guilty:
        assert {_anyone(name) for name in changed.get(key, {})} <= set(expected)
        stored = {
            _anyone(name): value
            for name, value in outcome.after[key].items()
            if not name.startswith("guardian.") or name in changed.get(key, {})
        }
        for name, value in expected.items():
            fits = value(stored[name]) if callable(value) else stored.get(name) == value
            assert fits, (key, name, stored.get(name))


@pytest.mark.parametrize("code", REJECTING)
def test_nothing_of_a_rejected_record_is_stored_and_the_others_go_in(
    outcome_of: OutcomeOf, code: str
) -> None:
    outcome = outcome_of(code)

    changed = differences(outcome.reference, outcome.after)
    if outcome.spoilt.first is None:
        assert not any(key in outcome.after for key in changed)
        assert len(changed) == (len(outcome.guilty) if outcome.spoilt.tag == "ELEVE" else 0)
    else:
        assert changed == {}
    kind = "pupils" if outcome.spoilt.tag == "ELEVE" else "persons"
    assert outcome.run.counts[f"{kind}_rejected"] == len(outcome.spoilt.ranks)
    assert outcome.run.counts["pupils_absent"] == (code == "REJEL_CREAT_C_01") * 0


def _anyone(column: str) -> str:
    """Leave out which guardian a column is about."""
    return re.sub(r"^guardian\.[0-9]+\.", "guardian.", column)


def test_a_number_in_dispute_stays_with_its_owner_and_the_other_child_goes_in_without(
    outcome_of: OutcomeOf,
) -> None:
    outcome = outcome_of("IDNAT_E_01")

    [key] = outcome.guilty
    assert set(differences(outcome.reference, outcome.after)) == {key}
    newcomer = outcome.after[key]
    assert newcomer["family_name"] == "NOUVEAUVENU"
    assert "ine" not in newcomer
    assert newcomer["year.is_blocked"] is True


@pytest.mark.parametrize(
    ("one_tag", "other_tag"),
    [("ID_NATIONAL", "INE_RNIE"), ("INE_RNIE", "ID_NATIONAL"), ("ID_NATIONAL", "INE_BEA")],
)
def test_a_number_that_two_pupils_give_in_two_elements_is_taken_for_neither(
    school: ReadySchool, one_tag: str, other_tag: str
) -> None:
    one, other = present(school)[:2]
    number = make_ine_rnie(999_999_111)
    columns = {"ID_NATIONAL": "ine", "INE_BEA": "ine_bea", "INE_RNIE": "ine_rnie"}

    def give(fields: Any) -> None:
        if fields["ID_PRV_ELE"] == str(one.id):
            fields[one_tag] = number
        elif fields["ID_PRV_ELE"] == str(other.id):
            fields[other_tag] = number

    with tried():
        run = school.bring(edited(school.population, pupil=give))
        found = school.findings(run)
        after = school.held()

    ranks = {p.id: rank for rank, p in enumerate(school.population.pupils, 1)}
    assert [(f.code, f.rank) for f in found] == [
        ("IDNAT_F_01", rank) for rank in sorted((ranks[one.id], ranks[other.id]))
    ]
    assert columns[one_tag] not in after["pupil", one.id]
    assert columns[other_tag] not in after["pupil", other.id]
    assert number not in {
        value for record in after.values() for value in record.values() if isinstance(value, str)
    }


def test_a_number_that_a_pupil_gives_in_two_elements_is_not_shared(school: ReadySchool) -> None:
    pupil = present(school)[0]
    number = make_ine_rnie(999_999_111)

    def give(fields: Any) -> None:
        fields.update(ID_NATIONAL=number, INE_RNIE=number)

    with tried():
        run = school.bring(edited(school.population, pupil=only(pupil.id, give)))
        found = school.findings(run)
        after = school.held()["pupil", pupil.id]

    assert found == []
    assert (after["ine"], after["ine_rnie"]) == (number, number)


def test_a_private_id_given_again_makes_a_new_pupil_and_leaves_the_old_one_as_it_was(
    outcome_of: OutcomeOf,
) -> None:
    outcome = outcome_of("INF_CREAT_D_01")

    [key] = outcome.guilty
    assert outcome.after[key]["family_name"] == "NOUVEAUVENU"
    assert outcome.after[key]["year.is_blocked"] is False
    [old] = [key for key in outcome.after if key not in outcome.reference]
    before = {**outcome.reference[key]}
    del before["year.private_id"]
    assert outcome.after[old] == before
    assert set(differences(outcome.reference, outcome.after)) == {key, old}


def test_a_guardians_private_id_given_again_makes_a_new_one_and_leaves_the_old_one_as_it_was(
    outcome_of: OutcomeOf,
) -> None:
    outcome = outcome_of("INF_CREAT_D_02")

    [key] = outcome.guilty
    assert outcome.after[key]["family_name"] == "NOUVEAUVENU"
    [old] = [key for key in outcome.after if key not in outcome.reference]
    before = {**outcome.reference[key]}
    del before["private_id"]
    assert outcome.after[old] == before
    assert set(differences(outcome.reference, outcome.after)) == {key, old}


def test_a_later_mef_opens_a_period_and_closes_the_one_before(outcome_of: OutcomeOf) -> None:
    outcome = outcome_of("INF_SCOAC_F_01")

    [(key, changed)] = differences(outcome.reference, outcome.after).items()
    assert (key,) == outcome.guilty
    assert changed.pop("schooling.0.ends_on") == (None, f"{YEAR}-11-08")
    assert changed.pop("schooling.1.starts_on") == (None, f"{YEAR}-11-09")
    assert {name.rpartition(".")[0] for name in changed} == {"schooling.1"}
    after = outcome.after[key]
    assert after["schooling.0.mef"] != after["schooling.1.mef"]


def test_a_third_legal_guardian_is_known_and_not_linked(outcome_of: OutcomeOf) -> None:
    outcome = outcome_of("PAREN_D_01")

    changed = differences(outcome.reference, outcome.after)
    [key] = outcome.guilty
    assert changed.pop(key) == {"year.is_blocked": (False, True)}
    [(kind, number)] = changed
    assert kind == "person"
    assert not any(f"guardian.{number}.level" in record for record in outcome.after.values())


def test_a_person_named_by_two_keys_is_rejected_and_neither_owner_changes(
    outcome_of: OutcomeOf,
) -> None:
    outcome = outcome_of("REJRE_CREAT_C_01")

    persons = {key: record for key, record in outcome.after.items() if key[0] == "person"}
    assert persons == {k: r for k, r in outcome.reference.items() if k[0] == "person"}
    assert outcome.run.counts["persons_rejected"] == 1


# Rules that look at persons and pupils alike: the catalogue of faults spoils a person


@pytest.mark.parametrize(
    ("code", "edit", "after"),
    [
        ("TELEP_A_01", lambda fields: fields.update(TEL_PORTABLE="voir Mme"), "mobile_phone"),
        ("TELEP_B_01", lambda fields: fields.update(EMAIL="sans"), "email"),
        ("TELEP_C_01", lambda fields: fields.update(ACCEPTE_SMS="oui"), "accepts_sms"),
        ("FORMA_A_01", lambda fields: fields.update(NOM_USAGE="LONG " * 21), "usual_name"),
        ("FORMA_A_01", lambda fields: fields.update(PRENOM2="x\xady"), "second_name"),
        ("ADRES_A_01", lambda fields: fields.update(ADRESSE=_address(CODE_POSTAL="9912")), "address"),
        ("ADRES_B_01", lambda fields: fields.update(ADRESSE=_address(CODE_PAYS="000")), "address"),
        ("ADRES_C_01", lambda fields: fields.update(ADRESSE=_address(LL_POSTAL="V" * 33)), "address"),
    ],
)  # fmt: skip
def test_a_fault_in_the_contact_of_a_pupil_sets_this_part_aside(
    school: ReadySchool, code: str, edit: Edit, after: str
) -> None:
    pupil = present(school)[2]
    file = edited(school.population, pupil=only(pupil.id, edit))

    with tried():
        run = school.bring(file)
        found = school.findings(run)
        stored = school.held()["pupil", pupil.id]

    rank = next(n for n, one in enumerate(school.population.pupils, 1) if one.id == pupil.id)
    assert [(finding.code, finding.rank) for finding in found] == [(code, rank)]
    assert after not in stored
    assert stored["year.is_blocked"] is False


def _address(**changes: str) -> dict[str, str]:
    whole = {
        "LIGNE1_ADRESSE": "1 RUE NEUVE",
        "CODE_POSTAL": "99120",
        "LL_POSTAL": "VILLE",
        "CODE_PAYS": "100",
    }
    return {**whole, **changes}


# Files without fault


@pytest.mark.parametrize("version", VERSIONS)
def test_a_clean_file_meets_no_rule_and_goes_in_whole(school: ReadySchool, version: str) -> None:
    with tried():
        run = school.bring(school.file(version=version))
        found = school.findings(run)
        stored = school.held()

    assert found == []
    pupils = {key for kind, key in stored if kind == "pupil"}
    assert pupils == {pupil.id for pupil in school.population.pupils}
    assert run.counts["pupils_created"] == run.counts["pupils_read"] == len(pupils)
    assert not any(record.get("year.is_blocked") for record in stored.values())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_clean_file_checked_beside_the_schools_own_files_meets_no_rule(version: str) -> None:
    population = populate(teaching_year(one_school(30, seed=3), YEAR))
    ready = ReadySchool(population)

    pupils, *_ = check_files(
        [ready.file(version=version), *authority_files(population.teaching, AT)]
    )

    assert pupils.refusal is None
    assert pupils.version == version
    assert not pupils.kept_silent
    assert pupils.findings == ()
