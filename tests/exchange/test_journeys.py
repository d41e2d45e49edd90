"""What schools live: a division to add, a guardian who goes, a new software, a plan that is held."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.schools_for_tests import (
    AT,
    BY,
    LATER,
    YEAR,
    ReadySchool,
    differences,
    dump,
    edited,
    only,
    open_ready_year,
    present,
    ready_school,
    rows_of,
    tried,
    with_person,
    with_pupil,
    without_pupils,
)

from bascule.exchange import runs
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.journey import NotWaitingError, PlanOutdatedError
from bascule.exchange.models import ImportRun
from bascule.exchange.runs import HeldError
from bascule.generator.files import MadeFile
from bascule.generator.population import LEGAL, Population, Pupil
from bascule.generator.school import teaching_year
from bascule.journal.act import act
from bascule.schools.load import add_division
from bascule.schools.open_year import State
from bascule.students.models import Enrolment, Student

State_ = ImportRun.State
SUMMER = datetime(YEAR + 1, 7, 5, 18, 30, tzinfo=UTC)


@pytest.fixture
def filled(school: ReadySchool) -> ReadySchool:
    """Give a school whose pupils are stored."""
    school.bring(school.file())
    return school


def edit_by_hand(school: ReadySchool, pupil: Pupil, **values: Any) -> None:
    """Change a pupil as a person does, in an act of its own."""
    number = school.ids()[f"{pupil.family} {pupil.first}"]
    with act(uai=school.uai, kind="edit", actor="chef", at=LATER) as opened:
        rows = Student.objects.filter(uai=school.uai, pk=number)
        assert rows.update(**values, act_id=opened.id) == 1


def guardians_of(school: ReadySchool, pupil: Pupil) -> set[int]:
    stored = school.held()["pupil", pupil.id]
    return {int(name.split(".")[1]) for name in stored if name.startswith("guardian.")}


def with_two_guardians(school: ReadySchool) -> Pupil:
    return next(
        pupil for pupil in present(school) if len(pupil.links) > 1 and pupil.links[0].level == LEGAL
    )


# The commonest correction


def test_the_same_file_clears_the_anomaly_once_the_division_is_there(school: ReadySchool) -> None:
    pupil = present(school)[0]
    file = school.file(with_pupil(school.population, pupil.id, division="6 ZZ"))
    run = school.bring(file)
    assert school.codes(run) == ["ACDIV_B_01"]
    before = school.held()["pupil", pupil.id]
    assert not any(name.startswith("schooling.") for name in before)
    assert before["year.is_blocked"] is True

    add_division(uai=school.uai, year=YEAR, code="6 ZZ", label="Sixième ZZ", mefs=[pupil.mef], **BY)
    again = school.bring(file)

    after = school.held()["pupil", pupil.id]
    assert school.codes(again) == []
    assert (after["schooling.0.division"], after["schooling.0.mef"]) == ("6 ZZ", pupil.mef)
    assert after["year.is_blocked"] is False
    assert again.counts["pupils_changed"] == 1
    assert [line.target_id for line in school.lines(again)] == [
        school.ids()[f"{pupil.family} {pupil.first}"]
    ]


def test_a_division_attached_to_one_more_mef_takes_its_pupils(school: ReadySchool) -> None:
    pupil, other = present(school)[0], next(p for p in present(school) if p.division)
    other = next(p for p in present(school) if p.mef != pupil.mef)
    file = school.file(with_pupil(school.population, pupil.id, division=other.division))
    assert school.codes(school.bring(file)) == ["ACDIV_B_01"]

    add_division(uai=school.uai, year=YEAR, code=other.division, label="", mefs=[pupil.mef], **BY)

    assert school.codes(school.bring(file)) == []
    assert school.held()["pupil", pupil.id]["schooling.0.division"] == other.division


# Guardians


def test_a_guardian_removed_at_the_source_leaves_the_pupil_and_heads_the_plan(
    filled: ReadySchool,
) -> None:
    pupil = with_two_guardians(filled)
    gone = pupil.links[-1].person
    before = guardians_of(filled, pupil)

    run = filled.bring(
        filled.file(with_pupil(filled.population, pupil.id, links=pupil.links[:-1]), at=LATER)
    )

    assert guardians_of(filled, pupil) == before - {gone}
    assert ("person", gone) in filled.held()
    first = filled.lines(run)[0]
    assert (first.entity, first.action, first.private_id) == ("link", "remove", pupil.id)
    assert run.counts["links_removed"] == 1


def test_a_guardian_who_changes_is_changed_for_all_the_children(filled: ReadySchool) -> None:
    counted = Counter(link.person for pupil in present(filled) for link in pupil.links)
    [(shared, count)] = counted.most_common(1)
    assert count > 1

    run = filled.bring(
        filled.file(with_person(filled.population, shared, mobile="0639980000"), at=LATER)
    )

    assert filled.held()["person", shared]["mobile_phone"] == "0639980000"
    assert run.counts["persons_changed"] == 1
    assert run.counts["pupils_changed"] == 0


def test_a_private_id_of_another_guardian_never_changes_one_into_the_other(
    filled: ReadySchool,
) -> None:
    pupil = with_two_guardians(filled)
    old = pupil.links[-1].person
    before = filled.held()["person", old]

    run = filled.bring(
        filled.file(
            with_person(filled.population, old, family="NOUVEAUVENU", first="Gildas"), at=LATER
        )
    )

    assert filled.codes(run) == ["INF_CREAT_D_02"]
    assert run.counts["persons_created"] == 1
    held = filled.held()
    assert held["person", old]["family_name"] == "NOUVEAUVENU"
    del before["private_id"]
    assert before in [record for (kind, _), record in held.items() if kind == "person"]
    # The note is not remembered: the next file of the same person says nothing more.
    again = filled.file(
        with_person(filled.population, old, family="NOUVEAUVENU", first="Gildas"),
        at=LATER + timedelta(days=1),
        send_number=2,
    )
    assert filled.codes(filled.bring(again)) == []


def test_a_family_that_moves_in_with_another_shows_both_addresses(filled: ReadySchool) -> None:
    here, there = next(
        (one, other)
        for one in filled.population.persons
        for other in filled.population.persons
        if one.address and other.address and one.address != other.address
    )
    stored = filled.held()

    run = filled.plan(
        filled.file(with_person(filled.population, here.id, address=there.address), at=LATER)
    )

    [line] = filled.lines(run)
    assert line.changes == {
        "address_id": [stored["person", here.id]["address"], stored["person", there.id]["address"]]
    }


# Another software


def renumbered(population: Population) -> Population:
    """Give every record the private id of another: the worst that a new software can do."""
    persons = [person.id for person in population.persons]
    pupils = [pupil.id for pupil in population.pupils]
    new_person = dict(zip(persons, persons[1:] + persons[:1], strict=True))
    new_pupil = dict(zip(pupils, pupils[1:] + pupils[:1], strict=True))
    return Population(
        population.teaching,
        [replace(person, id=new_person[person.id]) for person in population.persons],
        [
            replace(
                pupil,
                id=new_pupil[pupil.id],
                links=tuple(link._replace(person=new_person[link.person]) for link in pupil.links),
            )
            for pupil in population.pupils
        ],
    )


def test_a_change_of_software_is_declared_then_every_private_id_is_replaced(
    filled: ReadySchool,
) -> None:
    ids, before = filled.ids(), filled.held()
    moved = renumbered(filled.population)
    file = filled.file(moved, software="AUTRELOG", at=LATER)

    run = filled.plan(file, changes_software=True)
    # Every record changes: the head looks at it.
    assert [guard["code"] for guard in run.guards] == ["changed"]
    runs.approve(run_id=run.pk, uai=filled.uai, leavers=0, **BY)

    assert filled.ids() == ids
    after = filled.held()
    assert len(after) == len(before)
    for one, other in zip(filled.population.pupils, moved.pupils, strict=True):
        was, now = dict(before["pupil", one.id]), dict(after["pupil", other.id])
        assert now.pop("year.private_id") == other.id
        assert was.pop("year.private_id") == one.id
        assert _without_guardians(was) == _without_guardians(now)
        assert {link.person for link in other.links} == guardians_of(filled, other)
    assert run.counts["pupils_created"] == run.counts["persons_created"] == 0
    assert run.counts["pupils_absent"] == run.counts["links_removed"] == 0


def _without_guardians(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if not name.startswith("guardian.")}


def test_the_new_software_is_then_the_schools_own(filled: ReadySchool) -> None:
    old = filled.teaching.school.software
    first = filled.file(software="AUTRELOG", at=LATER)
    filled.bring(first, changes_software=True)

    later = LATER + timedelta(days=1)
    assert filled.bring(filled.file(software="AUTRELOG", at=later, send_number=2)).counts[
        "pupils_unchanged"
    ] == len(filled.population.pupils)
    with pytest.raises(Exception, match=f"« {old} »"):
        filled.send(filled.file(at=later))


def test_pupils_without_national_number_are_found_by_their_identity(school: ReadySchool) -> None:
    nameless = Population(
        school.teaching,
        school.population.persons,
        [replace(p, ine="", ine_bea="", ine_rnie="") for p in school.population.pupils],
    )
    school.bring(school.file(nameless))
    ids = school.ids()

    run = school.plan(
        school.file(renumbered(nameless), software="AUTRELOG", at=LATER), changes_software=True
    )

    assert run.counts["pupils_created"] == 0
    runs.approve(run_id=run.pk, uai=school.uai, leavers=0, **BY)
    assert school.ids() == ids


# Private ids


def test_a_private_id_of_another_child_never_changes_one_into_the_other(
    filled: ReadySchool,
) -> None:
    old = present(filled)[0]
    ids = filled.ids()
    changes: dict[str, Any] = {
        "family": "NOUVEAUVENU", "first": "Gildas", "birth": date(2014, 5, 17), "ine": "",
        "ine_bea": "", "ine_rnie": "",
    }  # fmt: skip

    run = filled.bring(filled.file(with_pupil(filled.population, old.id, **changes), at=LATER))

    assert filled.codes(run) == ["INF_CREAT_D_01"]
    assert filled.ids().items() > ids.items()
    [absent] = [line for line in filled.lines(run) if line.action == "absent"]
    assert absent.target_id == ids[f"{old.family} {old.first}"]
    assert (run.counts["pupils_created"], run.counts["pupils_absent"]) == (1, 1)
    assert filled.held()["pupil", old.id]["family_name"] == "NOUVEAUVENU"


def test_two_pupils_who_exchange_their_private_ids_stay_who_they_are(filled: ReadySchool) -> None:
    one, *others = [pupil for pupil in present(filled) if pupil.ine]
    other = next(p for p in others if p.birth != one.birth and p.family != one.family)
    ids = filled.ids()
    swapped = {one.id: other.id, other.id: one.id}
    population = Population(
        filled.teaching,
        filled.population.persons,
        [replace(p, id=swapped.get(p.id, p.id)) for p in filled.population.pupils],
    )

    run = filled.bring(filled.file(population, at=LATER))

    # Told by their numbers: the ids are another child's by name and birth.
    assert filled.codes(run) == []
    assert run.counts["pupils_created"] == run.counts["pupils_absent"] == 0
    assert filled.ids() == ids
    stored = filled.held()
    assert stored["pupil", other.id]["first_name"] == one.first
    assert stored["pupil", one.id]["first_name"] == other.first


# Schooling


def test_a_later_mef_opens_a_period_and_its_cancellation_closes_it(filled: ReadySchool) -> None:
    pupil = present(filled)[0]
    other = next(p for p in present(filled) if p.mef != pupil.mef)
    before = filled.held()["pupil", pupil.id]
    moved = with_pupil(
        filled.population, pupil.id,
        mef=other.mef, division=other.division, options=other.options, starts_on=date(YEAR, 11, 2),
    )  # fmt: skip

    run = filled.bring(filled.file(moved, at=LATER))

    after = filled.held()["pupil", pupil.id]
    assert "INF_SCOAC_F_01" in filled.codes(run)
    assert after["schooling.0.ends_on"] == f"{YEAR}-11-01"
    assert after["schooling.1.mef"] == other.mef
    assert after["schooling.1.starts_on"] == f"{YEAR}-11-02"
    filled.bring(filled.file(at=LATER + timedelta(days=1), send_number=3))
    assert filled.held()["pupil", pupil.id] == before


def test_a_pupil_who_leaves_and_comes_back_is_in_school_again(filled: ReadySchool) -> None:
    pupil = present(filled)[0]
    before = filled.held()["pupil", pupil.id]
    gone = date(YEAR, 11, 3)
    left = with_pupil(filled.population, pupil.id, left_on=gone, exit_reason="10", ends_on=gone)

    run = filled.bring(filled.file(left, at=LATER))

    assert run.counts["pupils_left"] == 1
    assert filled.held()["pupil", pupil.id]["year.left_on"] == f"{YEAR}-11-03"
    back = filled.bring(filled.file(at=LATER + timedelta(days=1), send_number=3))
    assert back.counts["pupils_left"] == 0
    assert filled.held()["pupil", pupil.id] == before


def test_a_pupil_who_comes_back_from_a_later_day_has_two_periods(filled: ReadySchool) -> None:
    pupil = present(filled)[0]
    gone = date(YEAR, 11, 3)
    left = with_pupil(filled.population, pupil.id, left_on=gone, exit_reason="10", ends_on=gone)
    filled.bring(filled.file(left, at=LATER))
    january = datetime(YEAR + 1, 1, 6, 18, 30, tzinfo=UTC)

    back = with_pupil(filled.population, pupil.id, starts_on=date(YEAR + 1, 1, 4))
    filled.bring(filled.file(back, at=january), at=january)

    stored = filled.held()["pupil", pupil.id]
    assert "year.left_on" not in stored
    assert stored["schooling.0.ends_on"] == f"{YEAR}-11-03"
    assert stored["schooling.1.starts_on"] == f"{YEAR + 1}-01-04"
    assert "schooling.1.ends_on" not in stored


# Two years open at once


def next_year_of(school: ReadySchool) -> Population:
    """Take the present pupils into the next year, their private ids given to others among them."""
    teaching = teaching_year(school.teaching.school, YEAR + 1)
    known = {division.code for division in teaching.divisions}
    start = date(YEAR + 1, 9, 1)
    pupils = [
        replace(pupil, starts_on=start, ends_on=None)
        for pupil in present(school)
        if pupil.division in known
    ]
    population = Population(teaching, school.population.persons, pupils)
    ids = [pupil.id for pupil in pupils]
    turned = dict(zip(ids, ids[1:] + ids[:1], strict=True))
    return replace(population, pupils=[replace(p, id=turned[p.id]) for p in pupils])


def test_each_open_year_imports_its_own_file(filled: ReadySchool) -> None:
    following = next_year_of(filled)
    open_ready_year(following.teaching, State.PREPARATION)
    ids, before = filled.ids(), filled.held()
    on = datetime(YEAR + 1, 6, 10, 18, 30, tzinfo=UTC)

    run = filled.bring(filled.file(following, at=on), year=YEAR + 1, at=on)

    assert filled.codes(run) == []
    assert filled.ids() == ids
    assert run.counts["pupils_created"] == 0
    assert run.counts["pupils_changed"] == len(following.pupils)
    assert differences(before, filled.held(YEAR)) == {}
    stored = filled.held(YEAR + 1)
    for pupil in following.pupils:
        assert stored["pupil", pupil.id]["first_name"] == pupil.first
        assert stored["pupil", pupil.id]["schooling.0.starts_on"] == f"{YEAR + 1}-09-01"
    again = filled.bring(filled.file(at=on, send_number=2), at=on)
    assert again.counts["pupils_unchanged"] == len(filled.population.pupils)
    assert filled.codes(again) == []


def test_pupils_without_number_are_known_again_the_next_year(school: ReadySchool) -> None:
    school = ReadySchool(
        replace(
            school.population,
            pupils=[replace(p, ine="", ine_bea="", ine_rnie="") for p in school.population.pupils],
        )
    )
    school.bring(school.file())
    following = next_year_of(school)
    open_ready_year(following.teaching, State.PREPARATION)
    ids = school.ids()
    on = datetime(YEAR + 1, 6, 10, 18, 30, tzinfo=UTC)

    run = school.bring(school.file(following, at=on), year=YEAR + 1, at=on)
    again = school.send(
        school.file(following, at=on, software="AUTRELOG"),
        year=YEAR + 1, at=on, changes_software=True,
    )  # fmt: skip

    assert school.codes(run) == school.codes(again.run) == []
    assert school.ids() == ids


# Guards


def fewer(count: int) -> Callable[[ReadySchool], MadeFile]:
    def file(school: ReadySchool) -> MadeFile:
        gone = [pupil.id for pupil in present(school)[:count]]
        return school.file(without_pupils(school.population, *gone), at=LATER)

    return file


def _everybody_changes(school: ReadySchool) -> MadeFile:
    pupils = [
        replace(pupil, regime="2" if pupil.regime == "0" else "0")
        for pupil in school.population.pupils
    ]
    return school.file(replace(school.population, pupils=pupils), at=LATER)


def _many_rejected(school: ReadySchool) -> MadeFile:
    ranks = iter(range(1000))
    return edited(
        school.population,
        pupil=lambda fields: next(ranks) < 13 and fields.pop("PRENOM"),
        at=LATER,
    )


def _division_emptied(school: ReadySchool) -> MadeFile:
    division, size = Counter(pupil.division for pupil in present(school)).most_common(1)[0]
    moving = [pupil for pupil in present(school) if pupil.division == division][: size // 2]
    add_division(
        uai=school.uai,
        year=YEAR,
        code="NOUVELLE",
        label="",
        mefs=sorted({p.mef for p in moving}),
        **BY,
    )
    pupils = [
        replace(pupil, division="NOUVELLE") if pupil in moving else pupil
        for pupil in school.population.pupils
    ]
    return school.file(replace(school.population, pupils=pupils), at=LATER)


def _guardians_removed(school: ReadySchool) -> MadeFile:
    pupils = [
        replace(pupil, links=pupil.links[:1]) if pupil.links[:1] else pupil
        for pupil in school.population.pupils
    ]
    return school.file(replace(school.population, pupils=pupils), at=LATER)


def _values_missing(school: ReadySchool) -> MadeFile:
    return edited(
        school.population, person=lambda fields: fields.pop("TEL_PORTABLE", None), at=LATER
    )


def _older(school: ReadySchool) -> MadeFile:
    return school.file(at=AT - timedelta(days=3), send_number=7)


HELD: dict[str, tuple[Callable[[ReadySchool], MadeFile], dict[str, Any]]] = {
    "departures": (fewer(7), {}),
    "changed": (_everybody_changes, {}),
    "rejected": (_many_rejected, {}),
    "divisions": (_division_emptied, {}),
    "removals": (_guardians_removed, {}),
    "erasures": (_values_missing, {"erase": True}),
    "older": (_older, {}),
}


@pytest.fixture(scope="module")
def large(module_base: Base) -> ReadySchool:
    """Give a stored school of divisions large enough to be guarded; tests take back what they do."""
    school = ready_school(60, seed=11)
    school.bring(school.file())
    return school


@pytest.mark.parametrize("code", HELD)
def test_a_guard_holds_the_plan_until_the_head_types_the_number(
    large: ReadySchool, code: str
) -> None:
    make, options = HELD[code]
    with tried():
        file = make(large)
        before = large.digest()

        run = large.send(file, **options).run

        assert run.state == State_.HELD
        assert code in [guard["code"] for guard in run.guards]
        assert large.digest() == before
        leavers = run.counts["pupils_left"] + run.counts["pupils_absent"]
        for number in (None, leavers + 1):
            with pytest.raises(HeldError) as refusal:
                runs.approve(run_id=run.pk, uai=large.uai, leavers=number, **BY)
            assert f"absents du fichier : {leavers}" in refusal.value.sentence
            assert large.digest() == before

        done = runs.approve(run_id=run.pk, uai=large.uai, leavers=leavers, **BY)

        assert done.state == State_.APPLIED
        assert (large.digest() == before) == (
            not done.counts["pupils_changed"] and code != "erasures"
        )


def test_every_guard_of_the_product_is_tried() -> None:
    assert set(HELD) == {
        "departures", "changed", "rejected", "divisions", "removals", "erasures", "older",
    }  # fmt: skip


def test_beyond_thirty_percent_the_authority_releases(large: ReadySchool) -> None:
    with tried():
        before = large.digest()
        run = large.send(fewer(20)(large)).run

        with pytest.raises(HeldError, match="rectorat"):
            runs.approve(run_id=run.pk, uai=large.uai, leavers=20, **BY)
        assert large.digest() == before
        done = runs.approve(run_id=run.pk, uai=large.uai, as_authority=True, **BY)

        assert done.state == State_.APPLIED
        # Nobody is removed, whoever releases: absent pupils are shown.
        assert large.digest() == before


@pytest.mark.parametrize(
    ("make", "code"),
    [(fewer(7), "departures"), (_everybody_changes, "changed"), (_division_emptied, "divisions")],
)
def test_in_summer_pupils_move_and_guards_let_them(
    large: ReadySchool, make: Callable[[ReadySchool], MadeFile], code: str
) -> None:
    with tried():
        winter = large.plan(make(large))
        summer = large.plan(make(large), at=SUMMER)

    assert code in [guard["code"] for guard in winter.guards]
    assert code not in [guard["code"] for guard in summer.guards]


def test_half_the_school_missing_is_held_in_summer_too(large: ReadySchool) -> None:
    with tried():
        run = large.plan(fewer(40)(large), at=SUMMER)

    [guard] = run.guards
    assert (guard["code"], guard["needs_authority"]) == ("departures", True)


def test_a_file_without_any_pupil_is_held(large: ReadySchool) -> None:
    with tried():
        run = large.send(fewer(1000)(large)).run

    assert run.state == State_.HELD
    assert run.counts["pupils_absent"] == len(present(large))


def test_what_is_just_under_a_threshold_passes(large: ReadySchool) -> None:
    with tried():
        run = large.send(fewer(len(present(large)) // 10)(large)).run

    assert run.state == State_.APPLIED


# Confirming a plan


def test_a_plan_waits_and_writes_nothing_until_it_is_confirmed(filled: ReadySchool) -> None:
    pupil = present(filled)[0]
    before = filled.digest()

    run = filled.plan(filled.file(with_pupil(filled.population, pupil.id, regime="2"), at=LATER))

    assert run.state == State_.PLANNED
    assert filled.digest() == before
    assert runs.approve(run_id=run.pk, uai=filled.uai, **BY).state == State_.APPLIED
    assert filled.held()["pupil", pupil.id]["year.regime"] == "2"


def _phone_planned(school: ReadySchool, pupil: Pupil) -> ImportRun:
    return school.plan(
        school.file(with_pupil(school.population, pupil.id, mobile="0639981111"), at=LATER)
    )


def test_a_plan_is_refused_when_the_base_moved_and_confirmed_once_read_again(
    filled: ReadySchool,
) -> None:
    pupil = present(filled)[0]
    run = _phone_planned(filled, pupil)
    edit_by_hand(filled, pupil, mobile_phone="0639982222")
    before = filled.digest()

    with pytest.raises(PlanOutdatedError):
        runs.approve(run_id=run.pk, uai=filled.uai, **BY)

    assert filled.digest() == before
    [line] = filled.lines(run)
    assert line.changes == {"mobile_phone": ["0639982222", "0639981111"]}
    runs.approve(run_id=run.pk, uai=filled.uai, **BY)
    assert filled.held()["pupil", pupil.id]["mobile_phone"] == "0639981111"


def test_a_plan_stands_when_what_moved_is_not_in_it(filled: ReadySchool) -> None:
    pupil, other = present(filled)[:2]
    run = _phone_planned(filled, pupil)
    edit_by_hand(filled, other, personal_phone="0639983333")

    runs.approve(run_id=run.pk, uai=filled.uai, **BY)

    stored = filled.held()
    assert stored["pupil", pupil.id]["mobile_phone"] == "0639981111"
    assert stored["pupil", other.id]["personal_phone"] == "0639983333"


def test_a_plan_is_refused_when_the_structures_changed_what_it_does(school: ReadySchool) -> None:
    pupil = present(school)[0]
    run = school.plan(school.file(with_pupil(school.population, pupil.id, division="6 ZZ")))
    assert school.codes(run) == ["ACDIV_B_01"]
    add_division(uai=school.uai, year=YEAR, code="6 ZZ", label="", mefs=[pupil.mef], **BY)

    with pytest.raises(PlanOutdatedError):
        runs.approve(run_id=run.pk, uai=school.uai, **BY)

    assert school.held() == {}
    assert school.codes(run) == []
    runs.approve(run_id=run.pk, uai=school.uai, **BY)
    assert school.held()["pupil", pupil.id]["schooling.0.division"] == "6 ZZ"


def test_a_plan_that_a_guard_would_hold_by_now_is_not_confirmed_unseen(
    large: ReadySchool,
) -> None:
    with tried():
        run = large.plan(fewer(7)(large), at=SUMMER)
        assert run.state == State_.PLANNED

        with pytest.raises((PlanOutdatedError, HeldError)):
            runs.approve(run_id=run.pk, uai=large.uai, actor="chef", at=LATER)


def test_a_plan_confirmed_twice_is_applied_once(filled: ReadySchool) -> None:
    run = _phone_planned(filled, present(filled)[0])
    runs.approve(run_id=run.pk, uai=filled.uai, **BY)
    before = filled.digest()

    with pytest.raises(NotWaitingError, match="intégré"):
        runs.approve(run_id=run.pk, uai=filled.uai, **BY)

    assert filled.digest() == before


def test_a_newer_deposit_takes_the_place_of_one_that_waits(filled: ReadySchool) -> None:
    run = _phone_planned(filled, present(filled)[0])

    filled.plan(filled.file(at=LATER, send_number=9))

    assert runs.get_run(run_id=run.pk, uai=filled.uai).state == State_.DECLINED
    with pytest.raises(NotWaitingError, match="abandonné"):
        runs.approve(run_id=run.pk, uai=filled.uai, **BY)


# The same bytes


def test_the_same_bytes_again_write_nothing_at_all(base: Base, filled: ReadySchool) -> None:
    before = dump(base)

    received = filled.send(filled.file(), at=LATER)

    assert received.is_repeat
    assert received.run.state == State_.APPLIED
    assert dump(base) == before


def test_the_same_bytes_are_read_again_once_somebody_touched_the_school(
    filled: ReadySchool,
) -> None:
    pupil = present(filled)[0]
    mobile = filled.held()["pupil", pupil.id].get("mobile_phone")
    filled.bring(
        filled.file(with_pupil(filled.population, pupil.id, mobile="0639981111"), at=LATER)
    )
    edit_by_hand(filled, pupil, mobile_phone="0639982222")

    received = filled.send(
        filled.file(with_pupil(filled.population, pupil.id, mobile="0639981111"), at=LATER)
    )

    assert not received.is_repeat
    assert filled.held()["pupil", pupil.id]["mobile_phone"] == "0639981111" != mobile


# Absent, expected


def test_an_absent_pupil_is_shown_and_stays(filled: ReadySchool) -> None:
    pupil = present(filled)[0]
    before = filled.digest()

    run = filled.bring(filled.file(without_pupils(filled.population, pupil.id), at=LATER))

    assert filled.digest() == before
    assert run.counts["pupils_absent"] == 1
    [line] = filled.lines(run)
    assert (line.action, line.private_id, line.label) == (
        "absent", pupil.id, f"{pupil.family} {pupil.first}",
    )  # fmt: skip
    back = filled.bring(filled.file(at=LATER, send_number=5))
    assert back.counts["pupils_unchanged"] == len(filled.population.pupils)


def test_expected_pupils_count_once_a_file_holds_them(filled: ReadySchool) -> None:
    expected = {pupil.id for pupil in present(filled)[:12]}
    with act(uai=filled.uai, kind="year.carry", actor="bascule", at=LATER) as opened:
        rows = Enrolment.objects.filter(uai=filled.uai, private_id__in=expected)
        rows.update(is_expected=True, act_id=opened.id)
    some = {pupil.id for pupil in present(filled)[:2]}

    # Ten of them are in no file yet: a third of the school, and no guard minds.
    run = filled.bring(filled.file(without_pupils(filled.population, *(expected - some)), at=LATER))

    assert run.counts["pupils_absent"] == 0
    assert run.counts["pupils_changed"] == len(some)
    stored = filled.held()
    waiting = {key for _, key in stored if stored[_, key].get("year.is_expected")}
    assert waiting == expected - some
    run = filled.bring(filled.file(at=LATER, send_number=4))
    assert not any(record.get("year.is_expected") for record in filled.held().values())
    assert run.counts["pupils_changed"] == len(expected - some)


def test_our_national_number_is_kept_and_the_difference_said_each_time(
    filled: ReadySchool,
) -> None:
    pupil = next(pupil for pupil in present(filled) if pupil.ine_rnie)
    stranger = "250000017HK"
    file = edited(
        filled.population,
        pupil=only(pupil.id, lambda fields: fields.update(ID_NATIONAL=stranger)),
        at=LATER,
    )

    run = filled.bring(file)

    assert "IDNAT_D_01" in filled.codes(run)
    assert filled.held()["pupil", pupil.id]["ine"] == pupil.ine
    assert filled.held()["pupil", pupil.id]["year.is_blocked"] is True
    again = filled.bring(filled.file(at=LATER + timedelta(days=1), send_number=8))
    assert filled.codes(again) == []
    assert filled.held()["pupil", pupil.id]["year.is_blocked"] is False


# Where a value comes from


def test_a_row_says_where_it_comes_from_and_history_holds_the_state_before(
    filled: ReadySchool,
) -> None:
    pupil = present(filled)[0]
    [first] = runs.list_runs(uai=filled.uai)
    population = with_pupil(filled.population, pupil.id, mobile="0639981111")
    file = filled.file(population, at=LATER)
    rank = [one.id for one in population.pupils].index(pupil.id) + 1
    before = filled.held()["pupil", pupil.id].get("mobile_phone")

    run = filled.bring(file)

    number = filled.ids()[f"{pupil.family} {pupil.first}"]
    with reading(filled.uai):
        row = Student.objects.get(uai=filled.uai, pk=number)
        assert (row.created_act_id, row.act_id) == (first.applied_act_id, run.applied_act_id)
        assert row.rank == rank
        assert file.content.splitlines()[(row.line or 0) - 1].strip() == b"<ELEVE>"
        [(act_id, operation, phone, was_by)] = rows_of(
            "SELECT act_id, operation, before->>'mobile_phone', (before->>'act_id')::bigint"
            " FROM journal_history WHERE uai = %s AND table_name = 'students_student' AND row_id = %s",
            filled.uai,
            number,
        )
        [(kind, run_id, actor)] = rows_of(
            "SELECT kind, run_id, actor FROM journal_act WHERE uai = %s AND id = %s",
            filled.uai,
            run.applied_act_id,
        )
    assert (act_id, operation, phone, was_by) == (
        run.applied_act_id, "U", before, first.applied_act_id,
    )  # fmt: skip
    assert (kind, run_id, actor) == ("import.apply", run.pk, BY["actor"])


def test_a_row_that_did_not_change_still_names_the_import_that_wrote_it(
    filled: ReadySchool,
) -> None:
    [first] = runs.list_runs(uai=filled.uai)

    filled.bring(filled.file(at=LATER, send_number=2))

    with reading(filled.uai):
        assert set(Student.objects.filter(uai=filled.uai).values_list("act_id", flat=True)) == {
            first.applied_act_id
        }
