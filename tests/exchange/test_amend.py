"""Corrections by hand: the rules of the import, one act, and the way back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.exchange.schools_for_tests import (
    AT,
    ReadySchool,
    differences,
    edited,
    only,
    tried,
    with_pupil,
)

from bascule.exchange.amend.edits import Edit, FileRecord
from bascule.exchange.amend.held import load
from bascule.exchange.amend.local import local_edits
from bascule.exchange.amend.telling import AlreadyHereError, Preview
from bascule.exchange.amend.verbs import (
    Amended,
    AmendRefusedError,
    CannotUndoAmendmentError,
    Unamended,
    amend,
    preview,
    read_texts,
    undo,
)
from bascule.exchange.facts import read_context
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.import_pipeline.validate import check_pupil
from bascule.exchange.rules.persons import check_person
from bascule.formats.record import Fields, Record
from bascule.journal.act import act
from bascule.students.models import Enrolment
from bascule.students.rows import EnrolmentRow
from bascule.values.civil_identity import family_name, first_name

LATER = AT + timedelta(hours=1)


@pytest.fixture
def school(school: ReadySchool) -> ReadySchool:
    school.bring(school.file())
    return school


def pupil_of(school: ReadySchool, rank: int = 0) -> int:
    return sorted(school.ids().values())[rank]


def corrected(school: ReadySchool, *edits: Edit) -> Amended:
    return amend(uai=school.uai, year=school.year, edits=edits, actor="secretary", at=LATER)


def looked_at(school: ReadySchool, *edits: Edit) -> Preview:
    return preview(uai=school.uai, year=school.year, edits=edits, today=LATER.date())


def undone_of(school: ReadySchool, done: Amended) -> Unamended:
    return undo(uai=school.uai, act_id=done.act_id or 0, actor="secretary", at=LATER)


def texts(school: ReadySchool, pupil_id: int) -> dict[str, str]:
    return read_texts(uai=school.uai, year=school.year, pupil_id=pupil_id)


PLACE = {
    "address.line1": "3 rue Neuve",
    "address.postcode": "51100",
    "address.town": "REIMS",
    "address.country": "100",
}


def test_a_record_written_from_the_base_reads_as_the_base(school: ReadySchool) -> None:
    ids = sorted(school.ids().values())
    with reading(school.uai):
        held = load(uai=school.uai, year=school.year, pupil_ids=ids, guardian_ids=())
        facts = read_context(uai=school.uai, year=school.year).facts()
    for pupil_id in ids:
        stored = held.pupils[pupil_id]
        refs = {int(held.named(i)): i for i in stored.links}
        read = check_pupil(Record("ELEVE", 0, 1, held.pupil_record(pupil_id)), facts, refs)
        assert read.schooling == stored.schoolings[-1][1]
        assert {refs[int(link.ref)]: link.row for link in read.links or ()} == {
            guardian_id: row for guardian_id, (_, row) in stored.links.items()
        }
        assert stored.enrolment is not None
        read.student.address_id = stored.student.address_id
        read.enrolment.private_id = stored.enrolment.private_id
        read.enrolment.is_blocked = stored.enrolment.is_blocked
        assert read.student == stored.student
        # No list and an empty one are one when a person types.
        for name in EnrolmentRow.columns:
            assert (getattr(read.enrolment, name) or None) == (
                getattr(stored.enrolment, name) or None
            )
    for guardian_id, row in held.guardians.items():
        person = check_person(Record("PERSONNE", 0, 1, held.guardian_record(guardian_id)), facts)
        place = row.address_id
        assert person.address == (held.addresses[place] if isinstance(place, int) else None)
        assert person.row == replace(row, address_id=None)


def test_typing_again_what_is_held_writes_nothing(school: ReadySchool) -> None:
    before = school.digest()
    for pupil_id in sorted(school.ids().values())[:5]:
        assert corrected(school, Edit(texts(school, pupil_id), pupil_id=pupil_id)).act_id is None
    assert school.digest() == before


def test_a_correction_is_one_act_that_undoing_takes_back(school: ReadySchool) -> None:
    before = school.digest()
    pupil_id = pupil_of(school)
    held = texts(school, pupil_id)
    email = next(key for key in held if key.startswith("guardian.") and key.endswith(".email"))
    fees = email.replace("email", "pays_fees")
    typed = {"mobile_phone": "0611223344", "second_name": "", "regime": "2", **PLACE}
    typed |= {email: "parent@exemple.fr", fees: "", "is_repeating": "oui"}
    done = corrected(school, Edit(typed, pupil_id=pupil_id))
    now = texts(school, pupil_id)
    assert {key: now[key] for key in typed} == typed
    assert {key for key in now if now[key] != held[key]} <= typed.keys()
    told = local_edits(uai=school.uai, year=school.year, pupil_id=pupil_id)
    assert {(edit.key, edit.actor) for edit in told} >= {
        ("mobile_phone", "secretary"), (email, "secretary"), (fees, "secretary"), ("address_id", "secretary"),
    }  # fmt: skip
    undone = undone_of(school, done)
    assert undone.kept == ()
    assert school.digest() == before
    assert local_edits(uai=school.uai, year=school.year) == []
    with pytest.raises(CannotUndoAmendmentError):
        undone_of(school, done)
    undo(uai=school.uai, act_id=undone.act_id, actor="secretary", at=LATER)
    assert texts(school, pupil_id) == now


def test_a_record_corrected_again_since_is_kept_by_the_undoing_and_named(
    school: ReadySchool,
) -> None:
    one, other = pupil_of(school, 0), pupil_of(school, 1)
    both = corrected(school, *(Edit({"regime": "2"}, pupil_id=i) for i in (one, other)))
    again = corrected(school, Edit({"email": "eleve@exemple.fr"}, pupil_id=one))
    undone = undone_of(school, both)
    assert undone.kept == (both.preview.changes[0].name,)
    assert (texts(school, one)["regime"], texts(school, other)["regime"]) == ("2", "0")
    undo(uai=school.uai, act_id=undone.act_id, actor="secretary", at=LATER)
    undone_of(school, again)
    # What is undone leaves nothing of its own: the first correction can be undone whole.
    assert undone_of(school, both).kept == ()


def test_a_wrong_value_is_refused_in_the_words_of_the_rule_of_the_import(
    school: ReadySchool,
) -> None:
    before, pupil_id = school.digest(), pupil_of(school)
    wrong = {"birth_date": "31/02/2014"}, {"mef": "99999999999"}, {"email": "eleve"}, {"sex": ""}
    codes = [
        [(p.key, p.code) for p in looked_at(school, Edit(typed, pupil_id=pupil_id)).problems]
        for typed in wrong
    ]
    assert codes == [
        [("birth_date", "REJEL_DNAIS_A_01")], [("mef", "ACMEF_B_01")], [("email", "TELEP_B_01")],
        [("sex", "amend.needed"), ("sex", "CSEXE_A_01")],
    ]  # fmt: skip
    with pytest.raises(AmendRefusedError, match="courriel"):
        corrected(school, Edit({"email": "eleve", "regime": "2"}, pupil_id=pupil_id))
    assert school.digest() == before


def test_a_field_that_moved_since_it_was_seen_is_refused_with_the_three_values(
    school: ReadySchool,
) -> None:
    pupil_id = pupil_of(school)
    seen = texts(school, pupil_id)
    corrected(school, Edit({"regime": "2"}, pupil_id=pupil_id))
    late = Edit({**seen, "regime": "1"}, pupil_id=pupil_id, seen=seen)
    with pytest.raises(AmendRefusedError) as refused:
        corrected(school, late)
    (conflict,) = refused.value.preview.conflicts
    assert (conflict.seen, conflict.now, conflict.typed) == (seen["regime"], "2", "1")
    # What she left as she saw it is not hers to say: another field goes through.
    corrected(school, Edit({**seen, "email": "a@exemple.fr"}, pupil_id=pupil_id, seen=seen))
    assert texts(school, pupil_id)["regime"] == "2"


def test_a_shared_guardian_is_corrected_for_brothers_and_sisters_and_it_is_said(
    school: ReadySchool,
) -> None:
    with reading(school.uai):
        ids = sorted(school.ids().values())
        held = load(uai=school.uai, year=school.year, pupil_ids=ids, guardian_ids=())
    guardian_id, children = next((i, c) for i, c in held.children.items() if len(c) > 1)
    edit = Edit({f"guardian.{guardian_id}.email": "p@exemple.fr"}, pupil_id=children[0])
    (said,) = looked_at(school, edit).others
    assert "correction vaut" in said
    corrected(school, edit)
    assert texts(school, children[1])[f"guardian.{guardian_id}.email"] == "p@exemple.fr"


def test_a_pupil_is_created_with_a_guardian_and_the_next_file_knows_the_pupil(
    school: ReadySchool,
) -> None:
    model = texts(school, pupil_of(school))
    own = {key: text for key, text in model.items() if "." not in key and text}
    own |= {
        "family_name": "NOUVELLE",
        "first_name": "Zoé",
        "ine": "",
        "ine_bea": "",
        "ine_rnie": "",
    }
    own = {key: text for key, text in own.items() if text}
    own |= {
        "guardian.new.family_name": "NOUVELLE",
        "guardian.new.first_name": "Anne",
        "guardian.new.civility": "2",
        "guardian.new.profession": "52",
        "guardian.new.shares_address": "oui",
        "guardian.new.level": "1",
        "guardian.new.kinship": "10",
    }
    without = {key: text for key, text in own.items() if not key.startswith("guardian")}
    assert "REJEL_PAREN_A_01" in {p.code for p in looked_at(school, Edit(without)).problems}
    before = school.digest()
    done = corrected(school, Edit(own))
    assert texts(school, done.pupil_ids[1])["family_name"] == "NOUVELLE"
    with pytest.raises(AlreadyHereError):
        looked_at(school, Edit(own))
    undone_of(school, done)
    assert school.digest() == before


def test_records_refused_or_set_aside_by_an_import_are_brought_in_from_its_kept_file(
    school: ReadySchool,
) -> None:
    """Of two files of one truth, one wrong and corrected by hand, one right, the base says the same."""
    population = school.population
    movers = population.present[:3]
    right = {pupil.id: pupil.mef for pupil in movers}

    def spoil(fields: Fields) -> None:
        block = fields.get("SCOLARITE_ACTIVE")
        if int(str(fields["ID_PRV_ELE"])) in right and isinstance(block, dict):
            block["CODE_MEF"] = "99999999999"
            block["CODE_STATUT"] = "AP"

    with tried():
        mine = population
        for pupil in movers:
            mine = with_pupil(mine, pupil.id, status="AP")
        school.bring(edited(mine, at=LATER))
        wanted = school.held()
    run = school.bring(edited(population, pupil=spoil, at=LATER))
    ranks = [f.rank for f in school.findings(run) if f.code == "ACMEF_B_01"]
    assert len(ranks) == len(movers)
    by_rank = dict(enumerate(population.pupils, 1))
    edits = [Edit({"mef": by_rank[rank].mef}, record=FileRecord(run.pk, rank)) for rank in ranks]
    done = corrected(school, *edits)
    assert len(done.pupil_ids) == len(movers)
    assert differences(wanted, school.held()) == {}


def test_a_value_typed_and_the_same_value_in_a_file_are_found_wrong_by_the_same_rules(
    school: ReadySchool,
) -> None:
    pupil = school.population.present[0]
    pupil_id = school.ids()[f"{family_name(pupil.family)} {first_name(pupil.first)}"]
    for key, element, wrong in (
        ("birth_date", "DATE_NAISS", "demain"), ("nationality", "CODE_PAYS_NAT", "999"),
        ("ine", "ID_NATIONAL", "12"), ("regime", "CODE_REGIME", "Z"), ("email", "EMAIL", "nulle part"),
        ("mobile_phone", "TEL_PORTABLE", "06"), ("is_repeating", "DOUBLEMENT", "peut-être"),
        ("entered_on", "DATE_ENTREE", "2026-13-40"), ("birth_country", "CODE_PAYS", "999"),
        ("lodging_uai", "UAI_ETAB_HEBERGEMENT", "0990001A"), ("third_name", "PRENOM3", "é" * 101),
    ):  # fmt: skip
        typed = looked_at(school, Edit({key: wrong}, pupil_id=pupil_id))

        def put(fields: Fields, element: str = element, wrong: str = wrong) -> None:
            fields[element] = wrong

        with tried():
            file = edited(school.population, pupil=only(pupil.id, put), version="4.0")
            run = school.plan(file)
            found = {one.code for one in school.findings(run)}
        told = {problem.code for problem in typed.problems if problem.refuses}
        assert told, key
        assert told <= found, key


def test_exits_addresses_and_guardians_come_and_go_by_hand(school: ReadySchool) -> None:
    pupil_id, other = pupil_of(school, 0), pupil_of(school, 1)
    held = texts(school, pupil_id)
    mine = {key.split(".")[1] for key in held if key.startswith("guardian.")}
    theirs = {key.split(".")[1] for key in texts(school, other) if key.startswith("guardian.")}
    with reading(school.uai):
        reason = min(read_context(uai=school.uai, year=school.year).facts().exit_reasons)
    there = {"left_on": "10/11/2026", "exit_reason": reason}
    corrected(school, Edit({**there, **PLACE}, pupil_id=pupil_id))
    assert there.items() <= texts(school, pupil_id).items()
    lonely = Edit({"exit_reason": ""}, pupil_id=pupil_id)
    assert "REJEL_SORTI_A_01" in {problem.code for problem in looked_at(school, lonely).problems}
    corrected(school, Edit(dict.fromkeys([*there, *PLACE], ""), pupil_id=pupil_id))
    now = texts(school, pupil_id)
    assert {now[key] for key in (*there, *PLACE)} == {""}

    stranger = next(iter(theirs - mine))
    link = f"guardian.{stranger}"
    corrected(school, Edit({f"{link}.level": "3", f"{link}.kinship": "90"}, pupil_id=pupil_id))
    assert texts(school, pupil_id)[f"{link}.kinship"] == "90"
    corrected(school, Edit({f"{link}.level": ""}, pupil_id=pupil_id))
    after = texts(school, pupil_id)
    assert {key: after[key] for key in held} == held | dict.fromkeys(PLACE, "")
    nobody = Edit({f"guardian.{one}.level": "" for one in mine}, pupil_id=pupil_id)
    assert looked_at(school, nobody).is_refused


def test_a_pupil_who_is_only_expected_is_corrected_and_still_expected(school: ReadySchool) -> None:
    pupil_id = pupil_of(school)
    with act(uai=school.uai, kind="test", actor="tests", at=AT) as opened:
        Enrolment.objects.filter(uai=school.uai, student_id=pupil_id).update(
            is_expected=True, act_id=opened.id
        )
    done = corrected(school, Edit({"regime": "2"}, pupil_id=pupil_id))
    assert [change.label for change in done.preview.changes] == ["Régime"]
    with reading(school.uai):
        assert Enrolment.objects.get(uai=school.uai, student_id=pupil_id).is_expected
