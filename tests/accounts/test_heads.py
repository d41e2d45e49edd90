"""Heads: the authority gives their rights, by hand or by a table that is shown before it counts."""

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from hypothesis import given, settings, strategies as st
from pypdf import PdfReader
from tests.accounts.acting import actor, confined
from tests.cast import Cast

from bascule.accounts import activation, codes, heads, heads_table, letters, manage, people, rights
from bascule.accounts.heads_csv import HeadLine, UnreadableHeadsError, read_heads
from bascule.accounts.heads_table import Effect, HeadsPlan
from bascule.accounts.models import Person, Right
from bascule.accounts.papers.letter import Letter, render_letters
from bascule.accounts.people import Newcomer
from bascule.accounts.profiles import AUTHORITY, Permission, Profile
from bascule.errors import RefusedError
from bascule.journal.acts import facts_of, find_acts
from bascule.journal.verify import verify_chain
from bascule.schools.directory import register_school, school_numbers
from bascule.values.uai import make_uai

AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 26)
SUMMER = date(2027, 8, 31)
SINCE = date(2026, 9, 1)
HEADING = "UAI;nom;prénom;courriel;début;fin\n"


def table(*lines: str) -> bytes:
    return (HEADING + "\n".join(lines)).encode()


def plan(content: bytes, **others: Any) -> HeadsPlan:
    return heads_table.plan_heads(content=content, **({"uais": None, "today": TODAY} | others))


def apply(content: bytes, **others: Any) -> HeadsPlan:
    asked: dict[str, Any] = {
        "uais": None, "digest": None, "actor": "agent.deep", "at": AT, "today": TODAY,
    }  # fmt: skip
    return heads_table.apply_heads(content=content, **(asked | others))


def effects(plan: HeadsPlan) -> list[Effect]:
    return [planned.effect for planned in plan.lines]


def heads_in(uai: str, today: date = TODAY) -> list[tuple[str, date, date | None]]:
    return [
        (right.person.login, right.starts_on, right.ends_on)
        for right in rights.rights_in(uai=uai, today=today)
        if right.profile == "head"
    ]


# ---------------------------------------------------------------- reading


def read_one(row: str) -> HeadLine:
    (line,) = read_heads((HEADING + row).encode())
    return line


def test_a_line_is_read_as_it_will_be_stored() -> None:
    line = read_one("0770001h;de la tour;anne-laure;a.tour@x.fr;1/9/26;31/08/2027")

    assert (line.number, line.uai) == (2, "0770001H")
    assert (line.family_name, line.first_name) == ("DE LA TOUR", "Anne-Laure")
    assert (line.email, line.starts_on, line.ends_on) == ("a.tour@x.fr", SINCE, SUMMER)
    assert line.fault == ""


@pytest.mark.parametrize("typed", ["01/09/2026", "1/9/2026", "1/9/26", "2026-09-01", "01092026"])
def test_days_are_read_as_people_write_them(typed: str) -> None:
    assert read_one(f"0770001H;A;B;;{typed}").starts_on == SINCE


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (";Morel;Claire", "le numéro d’établissement (UAI) manque"),
        ("12;Morel;Claire", "« 12 » n’est pas un numéro d’établissement (UAI)"),
        (
            "0770001A;Morel;Claire",
            "la clé du numéro 0770001A est fausse : la lettre attendue est H",
        ),
        ("0770001H;;Claire", "le nom manque"),
        ("0770001H;Morel", "le prénom manque"),
        ("0770001H;Mo\u200brel;Claire", "le nom n’est pas utilisable"),
        ("0770001H;Morel;Claire;claire", "le courriel n’a pas la forme d’une adresse"),
        (
            "0770001H;Morel;Claire;;31/02/2027",
            "la date de début « 31/02/2027 » n’est pas lisible (jj/mm/aaaa est attendu)",
        ),
        ("0770001H;Morel;Claire;;01/09/2026;01/08/2026", "la fin vient avant le début"),
    ],
)
def test_each_wrong_line_says_what_is_wrong(row: str, fault: str) -> None:
    assert read_one(row).fault == fault


@pytest.mark.parametrize(
    "content",
    [
        "UAI;nom;prénom\n0770001H;Morel;Claire;c@x.fr",
        "0770001H;Morel;Claire;c@x.fr;01/09/2026;31/08/2027;oui",
    ],
)
def test_what_stands_in_no_column_is_not_lost_without_a_word(content: str) -> None:
    (line,) = read_heads(content.encode())

    assert line.fault == "la ligne a plus de colonnes que prévu"


def test_a_line_with_two_faults_says_both() -> None:
    assert read_one("12;;Claire").fault.count(" ; ") == 1


def test_columns_are_found_by_their_headings_in_any_order() -> None:
    content = "Prénom,Nom de famille,Mél,Code UAI,Remarque\nClaire,Morel,c@x.fr,0770001H,ok\n"

    (line,) = read_heads(content.encode())

    assert (line.uai, line.family_name, line.email) == ("0770001H", "MOREL", "c@x.fr")


def test_a_table_without_headings_is_read_in_order_and_blank_lines_are_passed() -> None:
    lines = read_heads(b"0770001H;Morel;Claire\n;;\n0770002J;Petit;Paul\n")

    assert [(line.number, line.family_name) for line in lines] == [(1, "MOREL"), (3, "PETIT")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_accents_survive_what_spreadsheets_write(encoding: str) -> None:
    (line,) = read_heads("UAI;nom;prénom\r\n0770001H;Hélène;Zoé".encode(encoding))

    assert (line.family_name, line.first_name) == ("HÉLÈNE", "Zoé")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04....", "Ce fichier n’est pas un CSV."),
        (b"a\0b", "Ce fichier n’est pas un CSV."),
        (b"", "Le fichier ne contient aucune ligne."),
        ("UAI;nom;prénom\n".encode(), "Le fichier ne contient aucune ligne."),
        (b"UAI;nom\n0770001H;Morel", "La colonne PRENOM manque."),
        (b"0770001H;A;B\n" * 5001, "Le fichier compte plus de 5000 lignes."),
        (b"x" * 1_100_000, "Le fichier est trop gros pour une liste de chefs."),
        (b'0770001H;"' + b"x" * 200_000, "Le fichier n’est pas un tableau lisible."),
    ],
)
def test_what_is_no_table_of_heads_is_refused_whole(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableHeadsError) as refused:
        read_heads(content)

    assert refused.value.reason == reason


@settings(deadline=None)
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    try:
        lines = read_heads(content)
    except UnreadableHeadsError:
        return
    assert lines


# ---------------------------------------------------------------- planning


def test_a_new_head_is_a_new_account(cast: Cast) -> None:
    (planned,) = plan(table(f"{cast.school};Morel;Claire;c@x.fr")).lines

    assert (planned.effect, planned.school_name) == (Effect.NEW, "Collège Sainte-Odile")
    assert (planned.name, planned.person_id, planned.warnings) == ("MOREL Claire", None, ())
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{unknown};Morel;Claire", "l’établissement {unknown} n’est pas dans l’annuaire"),
        ("{other};Morel;Claire", "l’établissement {other} n’est pas dans votre périmètre"),
        ("{school};Morel;Claire;;;01/11/2026", "la date de fin est déjà passée"),
    ],
)
def test_a_line_that_cannot_be_done_says_why(cast: Cast, row: str, reason: str) -> None:
    names = {
        "unknown": make_uai("093", 9), "school": cast.school, "other": cast.other_school,
    }  # fmt: skip

    (planned,) = plan(table(row.format(**names)), uais=[cast.school]).lines

    assert (planned.effect, planned.reason) == (Effect.REFUSED, reason.format(**names))


def test_nothing_is_covered_by_an_agent_without_schools(cast: Cast) -> None:
    assert effects(plan(table(f"{cast.school};Morel;Claire"), uais=[])) == [Effect.REFUSED]


def test_whoever_is_head_there_already_is_left(cast: Cast) -> None:
    cast.give("claire.morel", Profile.HEAD, starts_on=SINCE)

    (planned,) = plan(table(f"{cast.school};MOREL;claire;other@x.fr;01/09/2026")).lines

    assert (planned.effect, planned.login) == (Effect.UNCHANGED, "claire.morel")


def test_another_last_day_moves_the_end_of_her_right(cast: Cast) -> None:
    cast.give("claire.morel", Profile.HEAD, starts_on=SINCE)
    content = table(f"{cast.school};Morel;Claire;;;31/08/2027")

    done = apply(content)

    assert effects(done) == [Effect.MOVES]
    assert heads_in(cast.school) == [("claire.morel", SINCE, SUMMER)]
    assert effects(plan(content)) == [Effect.UNCHANGED]
    written = find_acts(uais=[cast.school])[0]
    assert (written.kind, facts_of(written)["to"]) == ("right.end", "2027-08-31")


def test_a_blank_last_day_keeps_the_one_there_is(cast: Cast) -> None:
    cast.give("claire.morel", Profile.HEAD, starts_on=SINCE, ends_on=SUMMER)

    assert effects(plan(table(f"{cast.school};Morel;Claire"))) == [Effect.UNCHANGED]


def test_a_head_who_stays_after_her_last_day_gets_another_right(cast: Cast) -> None:
    cast.give("claire.morel", Profile.HEAD, starts_on=SINCE, ends_on=SUMMER)
    content = table(f"{cast.school};Morel;Claire;claire.morel@example.fr;01/09/2027")

    apply(content)

    assert heads_in(cast.school) == [
        ("claire.morel", SINCE, SUMMER),
        ("claire.morel", date(2027, 9, 1), None),
    ]
    assert effects(apply(content)) == [Effect.UNCHANGED]


def test_an_end_before_the_start_of_her_right_is_refused(cast: Cast) -> None:
    cast.give("claire.morel", Profile.HEAD, starts_on=SUMMER)

    (planned,) = plan(table(f"{cast.school};Morel;Claire;;;01/01/2027")).lines

    assert planned.effect is Effect.REFUSED
    assert "31/08/2027" in planned.reason


def test_a_known_account_gains_the_school_if_the_address_agrees(cast: Cast) -> None:
    assert cast.head_next_door

    (planned,) = plan(table(f"{cast.school};Voisin;Anne;ANNE.voisin@example.fr")).lines

    assert (planned.effect, planned.login) == (Effect.GAINS, "anne.voisin")


@pytest.mark.parametrize("email", ["", "other@x.fr"])
def test_a_homonym_is_never_taken_for_the_holder_of_an_account(cast: Cast, email: str) -> None:
    assert cast.head_next_door

    (planned,) = plan(table(f"{cast.school};Voisin;Anne;{email}")).lines

    assert planned.effect is Effect.REFUSED
    assert "anne.voisin" in planned.reason
    assert "a…@example.fr" in planned.reason


def test_a_disabled_account_gains_nothing(cast: Cast) -> None:
    cast.person("claire.morel", state=Person.State.DISABLED)

    (planned,) = plan(table(f"{cast.school};Morel;Claire;claire.morel@example.fr")).lines

    assert planned.effect is Effect.REFUSED
    assert "désactivé" in planned.reason


def test_two_heads_of_one_school_at_once_are_worth_a_look(cast: Cast) -> None:
    cast.give("claire.morel", Profile.HEAD, starts_on=SINCE)
    cast.give("luc.ancien", Profile.HEAD, starts_on=SINCE, ends_on=date(2026, 12, 31))

    first, second = plan(
        table(f"{cast.school};Petit;Paul;;01/01/2027", f"{cast.school};Grand;Rose;;01/01/2027")
    ).lines

    assert first.warnings == ("claire.morel est aussi chef de cet établissement, sans date de fin",)
    assert second.warnings[-1] == "la ligne 2 donne aussi un chef à cet établissement"
    assert (first.effect, second.effect) == (Effect.NEW, Effect.NEW)


def test_one_head_of_two_schools_gets_one_account(cast: Cast) -> None:
    content = table(
        f"{cast.school};Morel;Claire;c@x.fr",
        f"{cast.other_school};MOREL;Claire;C@x.fr",
        f"{cast.school};morel;claire;c@x.fr",
    )

    done = apply(content)

    assert effects(done) == [Effect.NEW, Effect.GAINS, Effect.UNCHANGED]
    assert done.lines[2].reason == "déjà dans le fichier, ligne 2"
    assert Person.objects.count() == 1
    assert [heads_in(uai)[0][0] for uai in (cast.school, cast.other_school)] == ["claire.morel"] * 2
    assert effects(apply(content)) == [Effect.UNCHANGED] * 3


def test_the_same_names_twice_without_the_same_address_are_left_to_a_person(cast: Cast) -> None:
    done = plan(table(f"{cast.school};Morel;Claire", f"{cast.other_school};Morel;Claire"))

    assert effects(done) == [Effect.NEW, Effect.REFUSED]
    assert "ligne 2" in done.lines[1].reason


# ---------------------------------------------------------------- doing


def test_each_line_is_one_act_in_the_chain_of_its_school(cast: Cast) -> None:
    apply(
        table(
            f"{cast.school};Morel;Claire;c@x.fr;01/09/2026;31/08/2027",
            f"{cast.other_school};Petit;Paul",
            "12;Grand;Rose",
        )
    )

    (mine,), (other,) = (find_acts(uais=[uai]) for uai in (cast.school, cast.other_school))
    assert (mine.kind, mine.actor, other.kind) == ("right.give", "agent.deep", "right.give")
    assert facts_of(mine) == {
        "person": "claire.morel", "created": True, "profile": "head", "permission": "",
        "department": "", "from": "2026-09-01", "to": "2027-08-31",
    }  # fmt: skip
    assert heads_in(cast.school) == [("claire.morel", SINCE, SUMMER)]
    assert heads_in(cast.other_school) == [("paul.petit", TODAY, None)]
    assert not Person.objects.filter(family_name="GRAND").exists()
    assert not verify_chain(uai=cast.school).faults


def test_the_same_table_twice_changes_nothing(cast: Cast) -> None:
    cast.give("anne.voisin", Profile.SECRETARY, cast.other_school)
    content = table(
        f"{cast.school};Morel;Claire;c@x.fr;01/09/2026;31/08/2027",
        f"{cast.other_school};Voisin;Anne;anne.voisin@example.fr",
        f"{cast.other_school};Petit;Paul",
    )
    first = apply(content)

    def state() -> list[Any]:
        rows = [rights.rights_in(uai=uai, today=TODAY) for uai in (cast.school, cast.other_school)]
        acts = len(find_acts(uais=[cast.school, cast.other_school, AUTHORITY]))
        people_now = list(Person.objects.order_by("id").values_list())
        return [[(right.pk, right.ends_on) for row in rows for right in row], acts, people_now]

    before = state()
    again = apply(content)

    assert first.writes == 3
    assert (again.writes, effects(again)) == (0, [Effect.UNCHANGED] * 3)
    assert state() == before


def test_what_was_shown_is_what_is_done_or_nothing_is(cast: Cast) -> None:
    content = table(f"{cast.school};Morel;Claire;c@x.fr")
    shown = plan(content)
    cast.give("luc.second", Profile.HEAD, starts_on=SINCE)

    with pytest.raises(heads_table.TableMovedError) as refused:
        apply(content, digest=shown.digest)

    assert not Person.objects.filter(family_name="MOREL").exists()
    assert apply(content, digest=refused.value.plan.digest).writes == 1


def test_a_letter_that_another_school_holds_is_void_for_whoever_becomes_a_head(cast: Cast) -> None:
    person = cast.person("anne.voisin", state=Person.State.INVITED)
    cast.give("anne.voisin", Profile.SECRETARY, cast.other_school)
    activation.issue_activation_code(person=person, at=AT)

    apply(table(f"{cast.school};Voisin;Anne;anne.voisin@example.fr"))

    person.refresh_from_db()
    assert bytes(person.activation_digest) == b""


def test_an_agent_of_a_department_does_it_under_the_second_wall(cast: Cast) -> None:
    far = make_uai("093", 1)
    register_school(uai=far, name="Lycée lointain", actor="tests", at=AT)
    cast.give("agent.deep", Profile.DEEP, department="077")
    content = table(f"{cast.school};Morel;Claire", f"{far};Petit;Paul")

    with confined(cast.person("agent.deep"), Permission.HEADS) as agent:
        uais = agent.reach(school_numbers(), Permission.HEADS)
        done = apply(content, uais=uais, granted_by_id=agent.person_id)

    assert effects(done) == [Effect.NEW, Effect.REFUSED]
    assert heads_in(cast.school)[0][0] == "claire.morel"
    assert heads_in(far) == []


def test_a_hundred_lines_cost_no_more_questions_to_plan_than_one(
    cast: Cast, django_assert_num_queries: Callable[..., Any]
) -> None:
    few = table(f"{cast.school};Morel;Claire;c@x.fr")
    many = table(*(f"{cast.school};Nom{n:03};Claire;c{n}@x.fr" for n in range(100)))

    with django_assert_num_queries(6):
        plan(few)
    with django_assert_num_queries(6):
        plan(many)


# ---------------------------------------------------------------- by hand


def by_hand(cast: Cast, newcomer: Newcomer, **others: Any) -> Person:
    agent = actor(cast.of_authority(Profile.DEEP))
    asked: dict[str, Any] = {
        "uai": cast.school, "starts_on": TODAY, "ends_on": None, "at": AT, "today": TODAY,
    }  # fmt: skip
    return heads.add_head(agent=agent, newcomer=newcomer, **(asked | others))


def test_a_head_is_added_by_hand(cast: Cast) -> None:
    agent = cast.of_authority(Profile.DEEP)
    with confined(agent, Permission.HEADS) as who:
        person = heads.add_head(
            agent=who, uai=cast.school, newcomer=Newcomer("Morel", "Claire", "c@x.fr"),
            starts_on=SINCE, ends_on=None, at=AT, today=TODAY,
        )  # fmt: skip

    assert (person.login, person.email) == ("claire.morel", "c@x.fr")
    assert heads_in(cast.school) == [("claire.morel", SINCE, None)]


def test_a_known_account_becomes_head_by_hand_and_only_once(cast: Cast) -> None:
    assert cast.head_next_door
    known = Newcomer("Voisin", "Anne", known_id=cast.head_next_door.pk)

    with pytest.raises(people.KnownPersonError):
        by_hand(cast, Newcomer("Voisin", "Anne"))
    assert by_hand(cast, known) == cast.head_next_door
    with pytest.raises(heads.AlreadyHeadError):
        by_hand(cast, known)

    assert by_hand(cast, Newcomer("Voisin", "Anne", is_homonym=True)).login == "anne.voisin2"


def test_a_head_by_hand_is_refused_for_what_a_table_would_refuse(cast: Cast) -> None:
    off = cast.person("rose.marin", state=Person.State.DISABLED)

    with pytest.raises(heads.BackwardsError):
        by_hand(cast, Newcomer("A", "B"), ends_on=TODAY - timedelta(days=1))
    with pytest.raises(people.DisabledPersonError):
        by_hand(cast, Newcomer("Marin", "Rose", known_id=off.pk))
    with pytest.raises(RefusedError):
        by_hand(cast, Newcomer("A", "B"), uai=make_uai("093", 9))
    with pytest.raises(heads.NotCoveredError):
        heads.add_head(
            agent=actor(cast.head), uai=cast.school, newcomer=Newcomer("A", "B"),
            starts_on=TODAY, ends_on=None, at=AT, today=TODAY,
        )  # fmt: skip


def right_of_head(cast: Cast) -> Right:
    return next(
        right for right in rights.rights_in(uai=cast.school, today=TODAY) if right.profile == "head"
    )


def test_the_end_of_a_heads_right_is_moved_and_taken_off(cast: Cast) -> None:
    agent = actor(cast.of_authority(Profile.DEEP))
    cast.give("claire.morel", Profile.HEAD, starts_on=SINCE)
    asked: dict[str, Any] = {
        "agent": agent, "uai": cast.school, "right_id": right_of_head(cast).pk,
        "at": AT, "today": TODAY,
    }  # fmt: skip

    heads.change_end(ends_on=SUMMER, **asked)
    assert heads_in(cast.school) == [("claire.morel", SINCE, SUMMER)]
    heads.change_end(ends_on=None, **asked)
    assert heads_in(cast.school) == [("claire.morel", SINCE, None)]
    with pytest.raises(heads.BackwardsError):
        heads.change_end(ends_on=TODAY - timedelta(days=1), **asked)


def test_a_heads_right_is_withdrawn_and_only_a_heads(cast: Cast) -> None:
    agent = actor(cast.of_authority(Profile.DEEP))
    cast.give("claire.morel", Profile.HEAD, starts_on=SINCE)
    secretary = cast.give("paul.petit", Profile.SECRETARY)
    asked: dict[str, Any] = {"agent": agent, "uai": cast.school, "at": AT}

    heads.withdraw_head(right_id=right_of_head(cast).pk, **asked)

    assert heads_in(cast.school) == []
    for verb, more in (
        (heads.withdraw_head, {}),
        (heads.change_end, {"ends_on": None, "today": TODAY}),
    ):
        with pytest.raises(heads.NotAHeadsRightError):
            verb(right_id=secretary.pk, **asked, **more)
        with pytest.raises(rights.UnknownRightError):
            verb(right_id=0, **asked, **more)
    assert actor(cast.person("paul.petit")).holds(Permission.EXPORT, cast.school)


def test_an_agent_moves_nothing_outside_her_department(cast: Cast) -> None:
    cast.give("eve.loin", Profile.DEEP, department="093")
    cast.give("claire.morel", Profile.HEAD, starts_on=SINCE)
    right = right_of_head(cast)
    agent = actor(cast.person("eve.loin"))

    with pytest.raises(heads.NotCoveredError):
        heads.withdraw_head(agent=agent, uai=cast.school, right_id=right.pk, at=AT)
    with pytest.raises(heads.NotCoveredError):
        heads.change_end(
            agent=agent, uai=cast.school, right_id=right.pk, ends_on=None, at=AT, today=TODAY
        )


def test_schools_without_a_head_come_first(cast: Cast) -> None:
    empty = make_uai("077", 9)
    register_school(uai=empty, name="École sans chef", actor="tests", at=AT)
    assert cast.head
    cast.give("luc.second", Profile.HEAD)

    listed = heads.list_heads(
        uais=[AUTHORITY, *school_numbers()], today=timezone.localdate(), at=AT
    )

    assert [(row.uai, [member.name for member in row.heads]) for row in listed] == [
        (cast.other_school, []),
        (empty, []),
        (cast.school, ["MOREL Claire", "SECOND Luc"]),
    ]


# ---------------------------------------------------------------- letters

LETTER = Letter(
    authority="Académie de Fiction",
    name="MOREL Claire",
    places=("Chef d’établissement, Collège Sainte-Odile (0770001H)",),
    login="claire.morel",
    code="ABCD-EFGH-JKLM-NPQR-STUV",
    ends_at=datetime(2026, 12, 26, 10, 0),  # noqa: DTZ001 - where the authority is
    address="https://bascule.example.fr/activation/",
    help="Une difficulté ? L’assistance répond au 01 23 45 67 89.",
    made_at=datetime(2026, 11, 26, 10, 0),  # noqa: DTZ001
)


def pages(content: bytes) -> list[str]:
    found = PdfReader(io.BytesIO(content)).pages
    return [re.sub(r"\s+", " ", page.extract_text()) for page in found]


def test_a_letter_says_all_that_is_needed_on_one_page() -> None:
    (text,) = pages(render_letters([LETTER]))

    for said in (
        "Académie de Fiction", "MOREL Claire", "Collège Sainte-Odile (0770001H)", "claire.morel",
        "ABCD-EFGH-JKLM-NPQR-STUV", "jusqu’au 26 décembre 2026 à 10 h 00",
        "https://bascule.example.fr/activation/", "un téléphone avec une application",
        "Cette lettre annule celles que vous auriez reçues avant", "01 23 45 67 89",
    ):  # fmt: skip
        assert said in text


def test_letters_are_one_document_that_says_what_it_is_to_screen_readers() -> None:
    content = render_letters([LETTER] * 3)

    reader = PdfReader(io.BytesIO(content))
    assert len(reader.pages) == 3
    assert b"pdfuaid" in content
    assert reader.trailer["/Root"]["/Lang"] == "fr-FR"
    assert reader.metadata is not None
    assert reader.metadata.title == "Activation de votre compte : 3 lettres"


def test_the_code_of_a_letter_is_in_no_trace() -> None:
    assert LETTER.code not in repr(LETTER)


def code_on(text: str) -> str:
    found = re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", text)
    assert found is not None, text
    return found[0]


def letters_of(cast: Cast) -> list[str]:
    return pages(
        heads.letters_of_heads(
            uais=[cast.school, cast.other_school], actor="agent.deep", at=AT, today=TODAY
        )
    )


def test_all_heads_who_wait_get_a_letter_whose_code_is_good(cast: Cast) -> None:
    apply(
        table(
            f"{cast.school};Morel;Claire;c@x.fr",
            f"{cast.other_school};Morel;Claire;c@x.fr",
            f"{cast.other_school};Petit;Paul",
        )
    )
    cast.give("rose.active", Profile.HEAD, starts_on=SINCE)

    found = letters_of(cast)

    assert ["claire.morel" in text for text in found] == [True, False]
    assert "Collège Sainte-Odile" in found[0]
    assert "Lycée Les Tilleuls" in found[0]
    for text, login in zip(found, ("claire.morel", "paul.petit"), strict=True):
        person = Person.objects.get(login=login)
        assert codes.is_code(code_on(text), bytes(person.activation_digest))
        assert person.activation_ends_at == AT + activation.LIFE


def test_letters_made_again_replace_the_codes(cast: Cast) -> None:
    apply(table(f"{cast.school};Morel;Claire"))
    first, second = code_on(letters_of(cast)[0]), code_on(letters_of(cast)[0])

    digest = bytes(Person.objects.get(login="claire.morel").activation_digest)
    assert not codes.is_code(first, digest)
    assert codes.is_code(second, digest)


def test_nobody_to_write_to_is_said(cast: Cast) -> None:
    assert cast.head

    with pytest.raises(letters.NobodyToWriteToError):
        letters_of(cast)


def test_a_head_makes_the_letter_of_her_staff_and_voids_the_password(cast: Cast) -> None:
    assert cast.secretary
    Person.objects.filter(pk=cast.secretary.pk).update(password=make_password("x"))
    with confined(cast.head, Permission.STAFF) as head:
        content = letters.make_letter(
            manager=head, person_id=cast.secretary.pk, uai=cast.school, at=AT,
            today=timezone.localdate(),
        )  # fmt: skip

    cast.secretary.refresh_from_db()
    (text,) = pages(content)
    assert "Secrétaire, Collège Sainte-Odile" in text
    assert cast.secretary.state == Person.State.INVITED
    assert codes.is_code(code_on(text), bytes(cast.secretary.activation_digest))
    written = find_acts(uais=[cast.school])[0]
    assert (written.actor, facts_of(written)["person"]) == ("claire.morel", "paul.petit")
    assert code_on(text) not in written.payload


def test_a_head_makes_no_letter_that_would_open_another_school(cast: Cast) -> None:
    assert cast.secretary
    cast.give("paul.petit", Profile.SECRETARY, cast.other_school)

    with confined(cast.head, Permission.STAFF) as head, pytest.raises(manage.OtherHandsError):
        letters.make_letter(
            manager=head, person_id=cast.secretary.pk, uai=cast.school, at=AT,
            today=timezone.localdate(),
        )  # fmt: skip


def test_a_delegate_without_a_trade_sees_her_school_on_the_letter(cast: Cast) -> None:
    cast.give("paul.petit", Profile.DELEGATE, permission=Permission.EXPORT)

    (text,) = pages(
        letters.make_letters(
            people_in={cast.school: [cast.person("paul.petit")]},
            actor="claire.morel",
            at=AT,
            today=timezone.localdate(),
        )
    )

    assert "Collège Sainte-Odile (0770001H)" in text
