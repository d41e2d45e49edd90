"""What is true of any import, whatever the school, the day and the file."""

import io
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings, strategies as st
from tests.bases import Base
from tests.exchange.schools_for_tests import (
    BY,
    LATER,
    YEAR,
    Finding,
    Held,
    ReadySchool,
    differences,
    edited,
    make_ready,
    only,
    present,
    tried,
    without_pupils,
)

from bascule.exchange import runs
from bascule.exchange.check import check_files
from bascule.exchange.export import export
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun, Recognition
from bascule.exchange.receive import receive_import
from bascule.exchange.rules.book import BY_CODE
from bascule.exchange.rules.families import GROUP_FAMILIES
from bascule.findings import Effect, Subject
from bascule.formats.description import Block, Leaf
from bascule.formats.import_eleves.description import ANY_VERSION, VERSIONS
from bascule.formats.record import Fields, Record
from bascule.formats.xml_writer import write
from bascule.generator.academy import Academy, Kind
from bascule.generator.changes import next_day
from bascule.generator.faults import FAULTS
from bascule.generator.files import MadeFile, private_records
from bascule.generator.population import Population, populate
from bascule.generator.school import teaching_year
from bascule.journal.act import act
from bascule.students.models import Enrolment, Guardianship, Schooling, Student

#: A law is tried on schools of every kind; none of them needs its anomalies to be many.
SCHOOLS = Academy(
    "Essais", 5, (30, 24, 26, 28), (Kind.COLLEGE, Kind.LYCEE, Kind.LYCEE_PRO, Kind.POLYVALENT)
)
#: The examples are seeds: there is nothing to shrink.
TRIED = (Phase.explicit, Phase.reuse, Phase.generate)
SOME = settings(max_examples=8, deadline=None, phases=TRIED)
DAY = date(YEAR, 11, 6)


@dataclass(frozen=True, slots=True)
class Stored:
    """A school and the file of which it is full."""

    school: ReadySchool
    file: MadeFile


@pytest.fixture(scope="module")
def stored(module_base: Base) -> tuple[Stored, ...]:
    """Give a school of each kind, its pupils stored; laws take back what they do."""
    full = []
    for one in SCHOOLS:
        school = make_ready(populate(teaching_year(one, YEAR)))
        file = school.file()
        school.bring(file)
        full.append(Stored(school, file))
    return tuple(full)


@pytest.fixture
def full(stored: tuple[Stored, ...]) -> ReadySchool:
    """Give the first of them, for a test that takes back what it does."""
    return stored[0].school


kinds = st.integers(0, len(SCHOOLS) - 1)
seeds = st.integers(0, 10_000)
shares = st.sampled_from((0.03, 0.2, 1.0))
#: A fault, or none, which comes first.
faults = st.sampled_from(("", *sorted(FAULTS)))


def changed(school: ReadySchool, share: float, seed: int) -> Population:
    return next_day(school.population, share, seed, on=DAY).population


def bring_past_guards(school: ReadySchool, file: MadeFile, **options: Any) -> ImportRun:
    run = school.send(file, **options).run
    if run.state == ImportRun.State.HELD:
        run = runs.approve(run_id=run.pk, uai=school.uai, as_authority=True, **BY)
    assert run.state == ImportRun.State.APPLIED
    return run


def lines_add_up(counts: dict[str, int]) -> bool:
    return all(
        counts[f"{kind}_read"]
        == sum(counts[f"{kind}_{end}"] for end in ("created", "changed", "unchanged", "rejected"))
        for kind in ("persons", "pupils")
    )


# The same again


def test_what_was_just_imported_has_nothing_to_change(stored: tuple[Stored, ...]) -> None:
    @given(kinds, shares, seeds)
    @SOME
    def law(kind: int, share: float, seed: int) -> None:
        school = stored[kind].school
        population = changed(school, share, seed)
        with tried():
            bring_past_guards(school, school.file(population, at=LATER))
            before = school.digest()

            run = school.bring(school.file(population, at=LATER, send_number=2))

            assert school.lines(run) == []
            assert run.counts["pupils_unchanged"] == len(population.pupils)
            assert run.counts["persons_unchanged"] == len(population.persons)
            assert school.digest() == before

    law()


def test_lines_in_are_lines_created_changed_unchanged_and_set_aside(
    stored: tuple[Stored, ...],
) -> None:
    @given(kinds, shares, seeds, st.sampled_from(sorted(FAULTS)))
    @SOME
    def law(kind: int, share: float, seed: int, code: str) -> None:
        school = stored[kind].school
        population = changed(school, share, seed)
        file = FAULTS[code].plant(population, at=LATER).file
        with tried():
            run = bring_past_guards(school, file)

            assert lines_add_up(run.counts)
            assert run.counts["pupils_read"] == file.content.count(b"<ELEVE>")
            assert run.counts["persons_read"] == file.content.count(b"<PERSONNE>")
            actions = [line.action for line in school.lines(run) if line.entity == "pupil"]
            for action, count in (
                ("create", "created"),
                ("update", "changed"),
                ("absent", "absent"),
            ):
                assert actions.count(action) == run.counts[f"pupils_{count}"]

    law()


def test_undoing_gives_back_the_state_before_and_the_file_imports_again(
    stored: tuple[Stored, ...],
) -> None:
    @given(kinds, shares, seeds)
    @SOME
    def law(kind: int, share: float, seed: int) -> None:
        school = stored[kind].school
        with tried():
            before = school.digest()
            run = bring_past_guards(school, school.file(changed(school, share, seed), at=LATER))

            undone = runs.undo(run_id=run.pk, uai=school.uai, **BY)

            assert school.digest() == before
            assert undone.kept == ()
            again = bring_past_guards(
                school, school.file(changed(school, share, seed), at=LATER, send_number=2)
            )
            # What was undone is done again, whatever the last import remembers.
            assert {k: v for k, v in again.counts.items() if not k.startswith("values")} == {
                k: v for k, v in run.counts.items() if not k.startswith("values")
            }

    law()


# Out and in again


def test_the_official_exports_come_back_without_a_change(stored: tuple[Stored, ...]) -> None:
    @given(kinds, shares, seeds)
    @SOME
    def law(kind: int, share: float, seed: int) -> None:
        school = stored[kind].school
        with tried():
            bring_past_guards(school, school.file(changed(school, share, seed), at=LATER))
            before = school.digest()
            sent = {
                file.kind: (file.name, file.content)
                for file in export(uai=school.uai, year=YEAR, kinds=["tout"], **BY)
            }
            for ending in ("", "-sans-adresses"):
                run = receive_import(
                    files=[sent[f"responsables{ending}"], sent[f"eleves{ending}"]],
                    uai=school.uai,
                    year=YEAR,
                    apply=True,
                    **BY,
                ).run

                assert school.lines(run) == []
                assert run.state == ImportRun.State.APPLIED
                assert lines_add_up(run.counts)
                assert school.digest() == before

    law()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_school_comes_back_whole_in_each_version(
    stored: tuple[Stored, ...], version: str
) -> None:
    @given(kinds, seeds)
    @settings(max_examples=3, deadline=None, phases=TRIED)
    def comes_back(kind: int, seed: int) -> None:
        school = stored[kind].school
        file = school.file(changed(school, 0.2, seed), at=LATER, version=version)
        [checked] = check_files([file])
        assert (checked.refusal, checked.version, checked.findings) == (None, version, ())
        with tried():
            bring_past_guards(school, file)
            before = school.digest()
            [sent] = export(
                uai=school.uai, year=YEAR, kinds=[f"prive-{version}"], actor="chef", at=LATER
            )

            run = school.bring(MadeFile(sent.name, sent.content))

            assert school.lines(run) == []
            assert school.codes(run) == []
            assert school.digest() == before

    comes_back()


# The same, written otherwise


def _blocks(content: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    head, persons, pupils, tail = re.split(rb"(?=<PERSONNES>)|(?=<ELEVES>)|(?<=</ELEVES>)", content)
    return head, persons, pupils, tail


def _pupils_first(content: bytes) -> bytes:
    head, persons, pupils, tail = _blocks(content)
    return head + pupils + persons + tail


def _shuffled(content: bytes) -> bytes:
    head, persons, pupils, tail = _blocks(content)
    random = Random(7)  # noqa: S311
    parts = []
    for block, tag in ((persons, b"PERSONNE"), (pupils, b"ELEVE")):
        records = re.findall(rb"<%s>.*?</%s>" % (tag, tag), block, re.DOTALL)
        random.shuffle(records)
        parts.append(b"<%sS>" % tag + b"".join(records) + b"</%sS>" % tag)
    return head + b"".join(parts) + tail


def _elements_turned(content: bytes) -> bytes:
    """Write the leaves of each address and contact the other way round."""
    return re.sub(
        rb"(<TEL_PORTABLE>[^<]*</TEL_PORTABLE>)(\s*)(<ACCEPTE_SMS>[^<]*</ACCEPTE_SMS>)",
        rb"\3\2\1",
        content,
    )


REWRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "on one line": lambda content: re.sub(rb">\s+<", b"><", content),
    "indented by tabs": lambda content: re.sub(rb"\n +", b"\n\t\t", content),
    "with the ends of line of Windows": lambda content: content.replace(b"\n", b"\r\n"),
    "in UTF-8": lambda content: (
        content.replace(b"ISO-8859-15", b"UTF-8", 1).decode("iso-8859-15").encode()
    ),
    "in UTF-8 with its mark": lambda content: (
        b"\xef\xbb\xbf"
        + content.replace(b"ISO-8859-15", b"UTF-8", 1).decode("iso-8859-15").encode()
    ),
    "with character references": lambda content: "".join(
        character if ord(character) < 128 else f"&#{ord(character)};"
        for character in content.decode("iso-8859-15")
    ).encode(),
    "with comments": lambda content: content.replace(b"<ELEVE>", b"<!-- suite --><ELEVE>"),
    "pupils before persons": _pupils_first,
    "records in another order": _shuffled,
    "elements in another order": _elements_turned,
    "empty elements written": lambda content: content.replace(
        b"<CODE_SEXE>", b"<PRENOM3/><VILLE_NAISS></VILLE_NAISS><CODE_SEXE>"
    ),
}


@pytest.mark.parametrize("way", REWRITTEN)
@pytest.mark.parametrize("remembers", [True, False])
def test_a_file_written_otherwise_has_no_difference(
    full: ReadySchool,
    way: str,
    remembers: bool,  # noqa: FBT001
) -> None:
    file = full.file(at=LATER, send_number=2)
    rewritten = file._replace(content=REWRITTEN[way](file.content))
    if way == "empty elements written":
        kept = [pupil for pupil in full.population.pupils if not pupil.third]
        rewritten = file._replace(content=_where_empty(file.content, {p.id for p in kept}))
    assert rewritten.content != file.content
    with tried():
        before = full.digest()
        if not remembers:
            _forget(full)

        run = full.bring(rewritten)

        assert full.lines(run) == []
        assert full.codes(run) == []
        assert full.digest() == before


def _where_empty(content: bytes, ids: set[int]) -> bytes:
    def write_empty(found: re.Match[bytes]) -> bytes:
        number = int(re.search(rb"<ID_PRV_ELE>(\d+)<", found[0])[1])  # type: ignore[index]
        if number not in ids or b"<VILLE_NAISS>" in found[0] or b"<PRENOM3>" in found[0]:
            return found[0]
        return REWRITTEN["empty elements written"](found[0])

    return re.sub(rb"<ELEVE>.*?</ELEVE>", write_empty, content, flags=re.DOTALL)


# With the memory of the last import, and without


@dataclass(frozen=True, slots=True)
class End:
    """How an import ends."""

    state: str
    plan: str
    guards: list[Any]
    counts: dict[str, int]
    found: list[Finding]
    held: Held


def _forget(school: ReadySchool) -> None:
    with reading(school.uai):
        Recognition.objects.filter(uai=school.uai).delete()


def _end(school: ReadySchool, file: MadeFile) -> End:
    run = school.send(file).run
    found, plan = school.findings(run), run.plan_hash
    if run.state == ImportRun.State.HELD:
        runs.approve(run_id=run.pk, uai=school.uai, as_authority=True, **BY)
    return End(run.state, plan, run.guards, run.counts, found, school.held())


def ends_the_same(school: ReadySchool, file: MadeFile) -> End:
    """Import a file without and with the memory; the second one stays."""
    with tried():
        _forget(school)
        without = _end(school, file)
    with_memory = _end(school, file)
    assert with_memory.found == without.found
    assert with_memory.plan == without.plan
    assert with_memory.state == without.state
    assert with_memory.guards == without.guards
    assert with_memory.counts == without.counts
    # Who bears no private id any more is named by our own id, which another try gives anew.
    assert list(with_memory.held.values()) == list(without.held.values())
    return with_memory


def test_an_import_ends_the_same_with_the_memory_and_without(stored: tuple[Stored, ...]) -> None:
    @given(kinds, st.lists(st.tuples(shares, seeds, faults), min_size=1, max_size=2))
    @SOME
    def law(kind: int, days: list[tuple[float, int, str]]) -> None:
        school = stored[kind].school
        population = school.population
        with tried():
            for number, (share, seed, code) in enumerate(days, 2):
                on = DAY + timedelta(days=number)
                population = next_day(population, share, seed, on=on).population
                file = (
                    FAULTS[code].plant(population, at=LATER).file
                    if code
                    else school.file(population, at=LATER, send_number=number)
                )
                ends_the_same(school, file)

    law()


def _added(content: bytes, record: bytes, tag: bytes = b"ELEVE") -> bytes:
    return content.replace(b"</%sS>" % tag, record + b"</%sS>" % tag)


def _record(content: bytes, number: int, tag: bytes = b"ELEVE") -> bytes:
    records: list[bytes] = re.findall(rb"<%s>.*?</%s>" % (tag, tag), content, re.DOTALL)
    key = b"ID_PRV_ELE" if tag == b"ELEVE" else b"ID_PRV_PER"
    return next(record for record in records if b"<%s>%d<" % (key, number) in record)


Misleading = Callable[[ReadySchool, bytes], bytes]


def _id_again_with_zeros(school: ReadySchool, content: bytes) -> bytes:
    number = present(school)[0].id
    again = _record(content, number).replace(b">%d<" % number, b">0%d<" % number, 1)
    again = re.sub(rb"<(ID_NATIONAL|INE_BEA|INE_RNIE)>[^<]*</\1>", b"", again)
    return _added(content, again.replace(b"<PRENOM>", b"<PRENOM>Autre ", 1))


def _person_again_with_zeros(school: ReadySchool, content: bytes) -> bytes:
    number = present(school)[0].links[0].person
    again = _record(content, number, b"PERSONNE").replace(b">%d<" % number, b">0%d<" % number, 1)
    return _added(content, again, b"PERSONNE")


def _number_in_small_letters(school: ReadySchool, content: bytes) -> bytes:
    one, other = [pupil for pupil in present(school) if pupil.ine_rnie][:2]
    record = _record(content, other.id)
    ine = one.ine_rnie.lower().encode()
    changed_one = re.sub(rb"(<ID_NATIONAL>)[^<]*", rb"\g<1>" + ine, record)
    return content.replace(record, changed_one)


def _number_of_another_element(school: ReadySchool, content: bytes) -> bytes:
    one, other = [pupil for pupil in present(school) if pupil.ine_rnie][:2]
    record = _record(content, other.id)
    changed_one = re.sub(rb"(<INE_RNIE>)[^<]*", rb"\g<1>" + one.ine.encode(), record)
    return content.replace(record, changed_one)


def _same_identity_again(school: ReadySchool, content: bytes) -> bytes:
    number = present(school)[0].id
    again = _record(content, number).replace(b">%d<" % number, b">99998<", 1)
    return _added(content, re.sub(rb"<(ID_NATIONAL|INE_BEA|INE_RNIE)>[^<]*</\1>", b"", again))


def _person_gone(school: ReadySchool, content: bytes) -> bytes:
    number = present(school)[0].links[-1].person
    return content.replace(_record(content, number, b"PERSONNE"), b"")


def _person_nameless(school: ReadySchool, content: bytes) -> bytes:
    record = _record(content, present(school)[0].links[0].person, b"PERSONNE")
    return content.replace(record, re.sub(rb"<PRENOM>[^<]*</PRENOM>", b"", record))


def _person_of_another_number(school: ReadySchool, content: bytes) -> bytes:
    number = present(school)[0].links[0].person
    return content.replace(b"<ID_PRV_PER>%d<" % number, b"<ID_PRV_PER>99998<")


def _persons_exchanged(school: ReadySchool, content: bytes) -> bytes:
    one, other = (b"<ID_PRV_PER>%d<" % person.id for person in school.population.persons[:2])
    return content.replace(one, b"#1#").replace(other, one).replace(b"#1#", other)


def _pupils_exchanged(school: ReadySchool, content: bytes) -> bytes:
    one, other = (b"<ID_PRV_ELE>%d<" % pupil.id for pupil in present(school)[:2])
    return content.replace(one, b"#1#").replace(other, one).replace(b"#1#", other)


def _record_twice(school: ReadySchool, content: bytes) -> bytes:
    return _added(content, _record(content, present(school)[0].id))


MISLEADING: dict[str, Misleading] = {
    "a private id again, with a zero before it": _id_again_with_zeros,
    "a person's id again, with a zero before it": _person_again_with_zeros,
    "a national number in small letters": _number_in_small_letters,
    "a national number of another pupil, in another element": _number_of_another_element,
    "an identity again, under another id": _same_identity_again,
    "a record twice": _record_twice,
    "a person gone from the file": _person_gone,
    "a person rejected": _person_nameless,
    "a person of another number": _person_of_another_number,
    "two persons' numbers exchanged": _persons_exchanged,
    "two pupils' numbers exchanged": _pupils_exchanged,
}


@pytest.mark.parametrize("way", MISLEADING)
def test_what_could_mislead_the_memory_does_not(full: ReadySchool, way: str) -> None:
    file = full.file(at=LATER, send_number=2)
    misleading = file._replace(content=MISLEADING[way](full, file.content))
    assert misleading.content != file.content

    with tried():
        end = ends_the_same(full, misleading)
        assert lines_add_up(end.counts)
        ends_the_same(full, full.file(at=LATER, send_number=3))


@pytest.mark.parametrize(
    ("rows", "key", "values"),
    [
        (Student.objects, "pk", {"first_name": "Changé"}),
        (Enrolment.objects, "student_id", {"regime": "9"}),
        (Schooling.objects, "student_id", {"status": "AP"}),
        (Guardianship.objects, "student_id", {"kinship": "90"}),
    ],
    ids=["pupil", "year", "schooling", "link"],
)
def test_what_a_person_wrote_the_file_writes_over(
    full: ReadySchool, rows: Any, key: str, values: dict[str, str]
) -> None:
    pupil = present(full)[0]
    with tried():
        before = full.held()
        with act(uai=full.uai, kind="edit", actor="chef", at=LATER) as opened:
            number = full.ids()[f"{pupil.family} {pupil.first}"]
            rows.filter(uai=full.uai, **{key: number}).update(**values, act_id=opened.id)
        assert full.held() != before

        end = ends_the_same(full, full.file(at=LATER, send_number=2))

        assert differences(before, end.held) == {}


def test_values_that_the_file_does_not_give_are_counted_each_time(full: ReadySchool) -> None:
    def without_mobile(number: int) -> MadeFile:
        return edited(
            full.population,
            person=lambda fields: fields.pop("TEL_PORTABLE", None),
            at=LATER,
            send_number=number,
        )

    with tried():
        first = ends_the_same(full, without_mobile(2))
        second = ends_the_same(full, without_mobile(3))

    assert first.counts["values_kept"] == second.counts["values_kept"] > 0


def test_ids_that_are_no_numbers_are_read_again_each_time(full: ReadySchool) -> None:
    pupil = next(p for p in present(full) if p.ine)
    number = full.ids()[f"{pupil.family} {pupil.first}"]

    def name_by_our_id(fields: Fields) -> None:
        fields["ID_PRV_ELE"], fields["ID_SIECLE_ELE"] = "A57", str(number)
        del fields["CODE_REGIME"]

    file = edited(full.population, pupil=only(pupil.id, name_by_our_id), version="4.0", at=LATER)
    again = file._replace(content=file.content.replace(b"NUM_ENVOI>1<", b"NUM_ENVOI>2<"))
    with tried():
        first = ends_the_same(full, file)
        second = ends_the_same(full, again)

    assert first.found == second.found


# A blank keeps, a tick erases


#: Elements of a record that may be missing, alone or together; what stays is then as it was.
PUPIL_LEAVES = (
    "ID_NATIONAL", "INE_RNIE", "INE_BEA", "NOM_USAGE", "PRENOM2", "PRENOM3", "CODE_PAYS_NAT", "CODE_SEXE",
    "CODE_PAYS", "CODE_COMMUNE_INSEE_NAISS", "VILLE_NAISS", "DATE_ENTREE", "ADRESSE", "TEL_PORTABLE",
    "ACCEPTE_SMS", "EMAIL", "ADHESION_TRANSPORT", "CODE_REGIME", "DOUBLEMENT", "BOURSES",
    "SCOLARITE_ACTIVE", "ETABLISSEMENT_AN_DERNIER", "SCOLARITE_ACTIVE/CODE_MEF",
    "SCOLARITE_ACTIVE/CODE_DIVISION", "SCOLARITE_ACTIVE/CODE_STATUT", "SCOLARITE_ACTIVE/DATE_DEB_SCO",
    "SCOLARITE_ACTIVE/DATE_FIN_SCO", "SCOLARITE_ACTIVE/OPTIONS", "ETABLISSEMENT_AN_DERNIER/CODE_RNE",
    "ETABLISSEMENT_AN_DERNIER/CODE_PROVENANCE", "ETABLISSEMENT_AN_DERNIER/CODE_MEF",
    "ETABLISSEMENT_AN_DERNIER/CODE_DIVISION", "ETABLISSEMENT_AN_DERNIER/OPTIONS_AN_DERNIER",
)  # fmt: skip
PERSON_LEAVES = (
    "CODE_CIVILITE", "NOM_USAGE", "ADRESSE", "COMMUNICATION_ADRESSE", "CODE_PROFESSION", "TEL_PERSONNEL",
    "TEL_PROFESSIONNEL", "TEL_PORTABLE", "ACCEPTE_SMS", "EMAIL", "ENFANT_A_CHARGE",
)  # fmt: skip


def _left_out(tags: set[str]) -> Callable[[Fields], None]:
    def leave_out(fields: Fields) -> None:
        for path in tags:
            *blocks, leaf = path.split("/")
            block: Any = fields
            for tag in blocks:
                block = block.get(tag, {})
            block.pop(leaf, None)

    return leave_out


def test_a_missing_element_keeps_the_value_that_is_stored(stored: tuple[Stored, ...]) -> None:
    @given(kinds, st.sets(st.sampled_from(PUPIL_LEAVES)), st.sets(st.sampled_from(PERSON_LEAVES)))
    @settings(max_examples=15, deadline=None, phases=TRIED)
    def law(kind: int, pupil_tags: set[str], person_tags: set[str]) -> None:
        school = stored[kind].school
        file = edited(
            school.population,
            pupil=_left_out(pupil_tags),
            person=_left_out(person_tags),
            at=LATER,
            send_number=2,
        )
        with tried():
            before = school.held()

            bring_past_guards(school, file)

            after = differences(before, school.held())
            assert {name for changes in after.values() for name in changes} <= {"year.is_blocked"}

    law()


@pytest.mark.parametrize(
    ("tag", "column"),
    [
        ("TEL_PORTABLE", "mobile_phone"),
        ("TEL_PERSONNEL", "personal_phone"),
        ("EMAIL", "email"),
        ("NOM_USAGE", "usual_name"),
        ("ADRESSE", "address"),
        ("CODE_CIVILITE", "civility"),
    ],
)
def test_a_missing_element_is_erased_when_asked_and_nothing_else(
    full: ReadySchool, tag: str, column: str
) -> None:
    file = edited(
        full.population,
        person=lambda fields: fields.pop(tag, None),
        pupil=lambda fields: fields.pop(tag, None),
        at=LATER,
    )
    with tried():
        before = full.held()

        run = bring_past_guards(full, file, erase=True)

        after = full.held()
        assert any(column in record for record in before.values())
        assert not any(column in record for record in after.values())
        changes = differences(before, after)
        assert {name for change in changes.values() for name in change} == {column}
        assert run.counts["values_erased"] == len(changes)


@pytest.mark.parametrize(
    ("tag", "text", "column"),
    [
        ("TEL_PORTABLE", "voir Mme", "mobile_phone"),
        ("EMAIL", "sans", "email"),
        ("CODE_CIVILITE", "9", "civility"),
        ("NOM_USAGE", "LONG " * 21, "usual_name"),
        ("ADRESSE/CODE_POSTAL", "9912", "address"),
        ("ADRESSE/CODE_PAYS", "000", "address"),
        ("ADRESSE/LIGNE1_ADRESSE", "LONG " * 21, "address"),
        ("ADRESSE/LL_POSTAL", "V" * 35, "address"),
    ],
)
def test_a_value_set_aside_is_not_a_value_that_the_file_no_longer_gives(
    full: ReadySchool, tag: str, text: str, column: str
) -> None:
    def spoil(fields: Fields) -> None:
        *blocks, leaf = tag.split("/")
        block: Any = fields
        for name in blocks:
            block = block.get(name, {})
        if leaf in block:
            block[leaf] = text

    with tried():
        before = full.held()

        run = bring_past_guards(full, edited(full.population, person=spoil, at=LATER), erase=True)

        assert any(column in record for key, record in before.items() if key[0] == "person")
        assert full.held() == before
        assert run.counts["values_erased"] == 0


# A rejected line counts as present

REJECTED = sorted(
    code
    for code, rule in BY_CODE.items()
    if rule.effect is Effect.RECORD
    and rule.subject is Subject.PUPIL
    and rule.family not in GROUP_FAMILIES
)


@pytest.mark.parametrize("code", REJECTED)
def test_a_pupil_whose_line_is_rejected_is_not_absent(full: ReadySchool, code: str) -> None:
    spoilt = FAULTS[code].plant(full.population, at=LATER)
    with tried():
        if spoilt.first is not None:
            bring_past_guards(full, spoilt.first)
        before = full.held()

        run = bring_past_guards(full, spoilt.file)

        assert run.counts["pupils_rejected"] == len(spoilt.ranks)
        assert run.counts["pupils_absent"] == 0
        assert [line.label for line in full.lines(run) if line.action == "absent"] == []
        assert differences(before, full.held()) == {}


def test_pupils_whom_a_rejected_line_points_at_are_not_absent(full: ReadySchool) -> None:
    one, other = [pupil for pupil in present(full) if pupil.ine_rnie][:2]

    def point_at_both(fields: Fields) -> None:
        fields.update(ID_NATIONAL=one.ine_rnie, DATE_NAISS=one.birth.isoformat())
        fields.update(NOM_DE_FAMILLE=one.family, PRENOM="Autrement")
        fields.pop("INE_RNIE"), fields.pop("INE_BEA", None)

    file = edited(
        without_pupils(full.population, one.id),
        pupil=only(other.id, point_at_both),
        at=LATER,
    )
    with tried():
        born = Student.objects.filter(uai=full.uai, family_name=other.family)
        with act(uai=full.uai, kind="edit", actor="chef", at=LATER) as opened:
            born.filter(first_name=other.first).update(birth_date=one.birth, act_id=opened.id)

        run = full.bring(file)

        assert full.codes(run) == ["REJEL_CREAT_C_01"]
        assert run.counts["pupils_absent"] == 0


# Nothing that a school writes stops the others


HOSTILE = (
    "x" * 999, "0", "-1", "9" * 20, "ß" * 60, "œ" * 90, "2014-W01-1", "2014-13-45", "١٢٣", "²", "1_0",
    "a\xadb", "é" * 20, "TRUE", f"{YEAR}-11-05", "0001-01-01", "9999-12-31", ".", "'" * 40, "A" * 9,
    "A" * 12, "A" * 21, "A" * 33, "A" * 101, "1" * 6, "NULL", "\\x00", "|||", "00057", "ÿ" * 100,
    "\N{GREEK SMALL LETTER ALPHA}" * 12, "\N{DEVANAGARI LETTER QA}" * 100, "\N{PARTY POPPER}",
    "e\N{COMBINING ACUTE ACCENT}" * 50, "\N{RIGHT-TO-LEFT OVERRIDE}abc", "ŉ" * 100,
)  # fmt: skip


def _leaves(block: Block, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for child in block.children:
        if isinstance(child, Leaf):
            yield (*path, child.tag)
        else:
            yield from _leaves(child, (*path, child.tag))


RECORDS = ANY_VERSION.records()
PATHS = [(tag, path) for tag in ("PERSONNE", "ELEVE") for path in _leaves(RECORDS[tag])]


def _put(fields: Fields, description: Block, path: tuple[str, ...], text: str) -> None:
    by_tag = {child.tag: child for child in description.children}
    child = by_tag[path[0]]
    if isinstance(child, Leaf):
        fields[child.tag] = [text] if child.many else text
        return
    block: Any = fields.get(child.tag) or ([{}] if child.many else {})
    fields[child.tag] = block
    _put(block[0] if child.many else block, child, path[1:], text)


def _in_utf8(records: list[Record]) -> bytes:
    """Write records whose texts no single-byte encoding holds."""
    marks: dict[str, str] = {}

    def mark(value: Any) -> Any:
        if isinstance(value, dict):
            return {tag: mark(inner) for tag, inner in value.items()}
        if isinstance(value, list):
            return [mark(inner) for inner in value]
        if value.isascii():
            return value
        marks[f"@{len(marks)}@"] = value
        return f"@{len(marks) - 1}@"

    out = io.BytesIO()
    write(ANY_VERSION, [record._replace(fields=mark(record.fields)) for record in records], out)
    text = out.getvalue().decode("iso-8859-15").replace("ISO-8859-15", "UTF-8", 1)
    return re.sub("@[0-9]+@", lambda found: marks[found[0]], text).encode()


def test_whatever_an_element_holds_the_file_is_read_and_the_other_records_go_in(
    full: ReadySchool,
) -> None:
    @given(
        st.lists(
            st.tuples(st.sampled_from(PATHS), st.sampled_from(HOSTILE)), min_size=8, max_size=16
        )
    )
    @settings(max_examples=40, deadline=None)
    def law(edits: list[tuple[tuple[str, tuple[str, ...]], str]]) -> None:
        records = deepcopy(list(private_records(full.population, version="4.0", at=LATER)))
        by_tag = {tag: [r for r in records if r.tag == tag] for tag in RECORDS}
        for place, ((tag, path), text) in enumerate(edits):
            _put(by_tag[tag][place].fields, RECORDS[tag], path, text)
        with tried():
            run = bring_past_guards(full, MadeFile(full.file(at=LATER).name, _in_utf8(records)))

            assert lines_add_up(run.counts)
            # And what was stored of it goes out again.
            export(uai=full.uai, year=YEAR, kinds=["eleves", "responsables"], **BY)

    law()


@pytest.mark.parametrize("tag", ["DATE_IMPORT", "NUM_ENVOI", "LOGICIEL"])
def test_whatever_the_heading_holds_the_file_is_read(full: ReadySchool, tag: str) -> None:
    with tried():
        for number, text in enumerate(HOSTILE):
            if text.isascii():
                content = re.sub(
                    rb"(<%s>)[^<]*" % tag.encode(),
                    lambda found, text=text: found[1] + text.encode(),  # type: ignore[misc]
                    full.file(at=LATER, send_number=number).content,
                    count=1,
                )
                file = MadeFile(full.file(at=LATER).name, content)
                bring_past_guards(full, file, changes_software=tag == "LOGICIEL")
