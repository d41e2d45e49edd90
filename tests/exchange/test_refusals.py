"""What is refused whole: one clear sentence, and a base that is byte for byte as it was."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.bases import Base
from tests.exchange.schools_for_tests import (
    AT,
    BY,
    LATER,
    YEAR,
    ReadySchool,
    dump,
    open_ready_year,
    ready_school,
)

from bascule.config.main import REFUSED, main
from bascule.errors import RefusedError
from bascule.exchange import runs
from bascule.exchange.export import export
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import deposit, receive_import
from bascule.formats.official_names import zip_of
from bascule.generator.academy import one_school
from bascule.generator.broken_files import BROKEN_FILES
from bascule.generator.files import MadeFile, authority_files
from bascule.generator.population import populate
from bascule.generator.school import (
    nomenclature_records,
    structure_records,
    teaching_year,
)
from bascule.nomenclatures.profile import load_profile
from bascule.schools.directory import register_school
from bascule.schools.load import load_structures
from bascule.schools.open_year import State, change_state, open_year
from bascule.values.uai import make_uai

#: No technical word reaches a secretary.
JARGON = re.compile(
    r"parse|null|schema|exception|error|unicode|xsd|expat|entity|token", re.IGNORECASE
)

#: What the sentence must name, for each file that is refused.
NAMED: dict[str, tuple[str, ...]] = {
    "other school": ("établissement", make_uai("099", 4_999), make_uai("099", 1)),
    "other year": ("année", "2025-2026", "2026-2027"),
    "empty": ("vide",),
    "pdf": ("document PDF", "fichier XML"),
    "letter": ("n’est pas un fichier XML",),
    "truncated": ("incomplet", "ligne", "Reprenez l’export"),
    "malformed": ("ligne", "balise"),
    "doctype": ("DOCTYPE", "ligne 2"),
    "outer entity": ("DOCTYPE",),
    "billion laughs": ("DOCTYPE",),
    "utf-8 under latin": ("ISO-8859-15", "UTF-8", "ligne"),
    "windows under latin": ("ISO-8859-15", "Windows-1252", "ligne"),
    "strange encoding": ("EBCDIC-FR", "ISO-8859-15"),
    "null byte": ("caractère nul", "ligne"),
    "long text": ("PRENOM", "1000 caractères", "ligne"),
    "deep": ("imbriqués",),
    "no header": ("PARAMETRES", "établissement", "année"),
    "authority's file": ("Structures", "n’apporte pas d’élèves", "votre logiciel"),
    "timetable": ("emploi du temps", "STSWEB"),
    "web page": ("page internet", "reconnectez-vous"),
    "two files": ("2 fichiers", "copie de", "un seul"),
    "no file": ("aucun fichier",),
    "unsafe path": ("entrée interdite", "../../"),
    "zip in zip": ("autre archive",),
    "damaged zip": ("abîmé",),
    "encrypted zip": ("mot de passe",),
    "bomb": ("100 fois sa taille",),
}


@pytest.fixture(scope="module")
def stored(module_base: Base) -> ReadySchool:
    """Give a school whose pupils are stored; nothing here may change a byte of them."""
    school = ready_school()
    school.bring(school.file())
    return school


@contextmanager
def refused_and_untouched(base: Base, code: str, *words: str) -> Iterator[None]:
    before = dump(base)
    with pytest.raises(RefusedError) as refusal:
        yield
    assert refusal.value.code.endswith(code)
    sentence = refusal.value.sentence
    assert [word for word in words if word not in sentence] == []
    assert sentence.endswith(".")
    assert not JARGON.search(sentence)
    assert dump(base) == before


def test_every_broken_file_is_named() -> None:
    assert set(NAMED) == set(BROKEN_FILES)


@pytest.mark.parametrize("name", sorted(BROKEN_FILES))
def test_a_broken_file_is_refused_whole(stored: ReadySchool, module_base: Base, name: str) -> None:
    broken = BROKEN_FILES[name].make(stored.population, at=LATER)
    # Whoever notices first says so: the door, or the reader of the format.
    code = BROKEN_FILES[name].refusal.removeprefix("file.").removeprefix("import.")

    with refused_and_untouched(module_base, code, *NAMED[name]):
        stored.send(broken)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.99, 0.999])
def test_a_file_cut_anywhere_is_refused_whole(
    stored: ReadySchool, module_base: Base, share: float
) -> None:
    whole = stored.file(at=LATER, send_number=2)
    cut = whole._replace(content=whole.content[: int(len(whole.content) * share)])

    with refused_and_untouched(module_base, "", "Reprenez l’export"):
        stored.send(cut)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_what_the_authority_sends_down_does_not_go_back_up(
    stored: ReadySchool, module_base: Base, index: int
) -> None:
    file = authority_files(stored.teaching, AT)[index]
    title = file.name.removesuffix(".xml")

    with refused_and_untouched(module_base, "wrong-kind", title, "n’apporte pas d’élèves"):
        stored.send(file)


def test_two_files_where_one_holds_everything_are_refused(
    stored: ReadySchool, module_base: Base
) -> None:
    file = stored.file(at=LATER)

    with refused_and_untouched(module_base, "several-files", "2 fichiers", "un seul"):
        receive_import(files=[file, file], uai=stored.uai, year=YEAR, apply=True, **BY)


def test_pupils_without_their_guardians_are_refused(stored: ReadySchool, base: Base) -> None:
    school = ready_school()
    school.bring(school.file())
    pupils = next(
        file
        for file in export(uai=school.uai, year=YEAR, kinds=["eleves"], **BY)
        if file.kind == "eleves"
    )

    with refused_and_untouched(base, "", "esponsables"):
        school.send(MadeFile(pupils.name, pupils.content))


# The door: school, year, software


def test_an_unknown_school_is_refused(stored: ReadySchool, module_base: Base) -> None:
    other = BROKEN_FILES["other school"].make(stored.population, at=LATER)
    stranger = make_uai("099", 4_999)

    with refused_and_untouched(module_base, "school.unknown", stranger):
        stored.send(other, uai=stranger)


def test_a_year_that_is_not_open_is_refused(stored: ReadySchool, module_base: Base) -> None:
    next_year = populate(teaching_year(stored.teaching.school, YEAR + 1))

    with refused_and_untouched(module_base, "year.not-open", "2027-2028", "pas ouverte"):
        stored.send(stored.file(next_year), year=YEAR + 1)


def test_a_closed_year_is_refused(base: Base) -> None:
    school = ready_school()
    change_state(uai=school.uai, year=YEAR, state=State.CLOSED, **BY)

    with refused_and_untouched(base, "year.closed", "2026-2027", "close"):
        school.send(school.file())


def test_another_software_is_refused(stored: ReadySchool, module_base: Base) -> None:
    ours = stored.teaching.school.software

    with refused_and_untouched(module_base, "other-software", "AUTRELOG", ours, "déclarez-le"):
        stored.send(stored.file(software="AUTRELOG", at=LATER))


def test_a_school_without_profile_is_refused(base: Base) -> None:
    population = populate(teaching_year(one_school(20), YEAR))
    school = ReadySchool(population)
    register_school(uai=school.uai, name="École fictive", **BY)
    open_year(uai=school.uai, year=YEAR, state=State.CURRENT, **BY)

    with refused_and_untouched(base, "step.missing", "Nomenclatures reçues"):
        school.send(school.file())


def test_a_school_without_division_is_refused(base: Base) -> None:
    teaching = teaching_year(one_school(20), YEAR)
    school = ReadySchool(populate(teaching))
    where = {"uai": school.uai, "year": YEAR, **BY}
    register_school(uai=school.uai, name="École fictive", **BY)
    open_year(state=State.CURRENT, **where)
    load_profile(records=nomenclature_records(teaching, AT), **where)

    with refused_and_untouched(base, "step.missing", "Divisions et groupes validés"):
        school.send(school.file())
    load_structures(records=structure_records(teaching, AT), **where)
    with refused_and_untouched(base, "step.missing", "Exports remis à votre logiciel"):
        school.send(school.file())
    export(kinds=("nomenclature", "structures"), **where)
    school.bring(school.file())


def test_the_profile_of_another_year_is_no_profile(base: Base) -> None:
    school = ready_school()
    population = populate(teaching_year(school.teaching.school, YEAR + 1))
    open_year(uai=school.uai, year=YEAR + 1, state=State.PREPARATION, **BY)

    with refused_and_untouched(base, "step.missing", "Nomenclatures reçues"):
        school.send(school.file(population), year=YEAR + 1)
    change_state(uai=school.uai, year=YEAR, state=State.CLOSED, **BY)


def test_a_file_of_this_year_for_the_next_one_is_refused(base: Base) -> None:
    school = ready_school()
    open_ready_year(teaching_year(school.teaching.school, YEAR + 1), State.PREPARATION)

    with refused_and_untouched(base, "wrong-year", "2026-2027", "2027-2028"):
        school.send(school.file(), year=YEAR + 1)


def test_too_many_pupils_are_refused(stored: ReadySchool, module_base: Base) -> None:
    head, _, tail = stored.file(at=LATER).content.partition(b"<ELEVES>")
    tail = tail[tail.index(b"</ELEVES>") :]
    crowd = head + b"<ELEVES>" + b"<ELEVE/>" * 20_001 + tail

    with refused_and_untouched(module_base, "", "20", "ELEVE"):
        stored.send(MadeFile(stored.file(at=LATER).name, crowd))


# A deposit read later


def test_a_deposit_that_cannot_be_read_to_its_end_says_so_and_stops_nothing(
    school: ReadySchool,
) -> None:
    whole = school.file()
    cut = whole._replace(content=whole.content[: len(whole.content) // 2])
    kept = deposit(files=[cut], uai=school.uai, year=YEAR, apply=True, **BY).run

    [run] = runs.resume(uai=school.uai, **BY)

    assert run.pk == kept.pk
    assert run.state == ImportRun.State.REFUSED
    assert run.heading["refused"] == "file.truncated"
    assert "incomplet" in run.heading["sentence"]
    assert school.held() == {}
    assert runs.resume(uai=school.uai, **BY) == []
    assert school.bring(school.file(at=LATER)).state == ImportRun.State.APPLIED


def test_the_next_good_file_passes_after_a_refusal(school: ReadySchool) -> None:
    for name in ("truncated", "bomb", "other school"):
        with pytest.raises(RefusedError):
            school.send(BROKEN_FILES[name].make(school.population, at=AT))

    assert school.bring(school.file()).counts["pupils_created"] == len(school.population.pupils)


def test_a_zip_is_as_good_as_the_file_it_holds(school: ReadySchool) -> None:
    file = school.file()
    packed = MadeFile(
        file.name.replace(".xml", ".zip"), zip_of(file.name, file.content, AT.replace(tzinfo=None))
    )

    run = school.bring(packed)

    assert run.counts["pupils_created"] == len(school.population.pupils)
    assert school.findings(run) == []


# By the command


@pytest.mark.parametrize("name", ["other school", "truncated", "billion laughs", "two files"])
def test_the_command_shows_the_sentence_and_ends_with_2(
    stored: ReadySchool,
    module_base: Base,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    broken = BROKEN_FILES[name].make(stored.population, at=LATER)
    path = tmp_path / broken.name
    path.write_bytes(broken.content)
    before = dump(module_base)

    code = main(["import", str(path), "--school", stored.uai, "--year", str(YEAR), "--apply"])

    shown = capsys.readouterr()
    assert code == REFUSED
    said = " ".join((shown.out + shown.err).split())
    assert [word for word in NAMED[name] if word not in said] == []
    assert "Traceback" not in said
    assert dump(module_base) == before


def test_the_command_gives_the_code_of_the_refusal_to_programs(
    stored: ReadySchool, module_base: Base, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "vide.xml"
    path.write_bytes(b"")

    code = main(["import", str(path), "--school", stored.uai, "--year", str(YEAR), "--json"])

    shown = capsys.readouterr()
    assert code == REFUSED
    told = json.loads(shown.out or shown.err)
    assert "file.empty" in json.dumps(told)


# What no file may bring about: a fault of ours


@pytest.mark.parametrize(
    "word", ["<img src=x onerror=alert(1)>", "{{7*7}}", "%s%n", "'; DROP TABLE"]
)
def test_a_hostile_name_is_stored_as_it_is(school: ReadySchool, word: str) -> None:
    escaped = word.replace("&", "&amp;").replace("<", "&lt;").encode()
    content = re.sub(rb"(<LIGNE1_ADRESSE>)[^<]*", rb"\g<1>" + escaped, school.file().content)

    school.bring(MadeFile(school.file().name, content))

    addresses = {record.get("address", word) for record in school.held().values()}
    assert all(address.startswith(word) for address in addresses)
