"""PostgreSQL itself is asked: no table of a school without its wall, no kept row without its history."""

import re
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection
from tests.bases import Base
from tests.cast import Cast
from tests.exchange.ready_school import AT, ready_school

from bascule.bea import nights
from bascule.bea.models import Night
from bascule.campaign import reading
from bascule.certificates.issue import candidates, issue
from bascule.certificates.models import Certificate
from bascule.constat.rounds import open_round
from bascule.constat.sign import sign
from bascule.exchange.export import export
from bascule.exchange.receive import receive_import
from bascule.figures import cells, exports
from bascule.figures.pivot import Asked
from bascule.generator.files import groups_file
from bascule.journal.models import KeptRow
from bascule.preparation import openings
from bascule.store import embedded
from bascule.store.policies import APPEND_ONLY

Kind = Certificate.Kind

#: Tables of no school, and why they need no wall: none of them says anything of a pupil.
OPEN_TABLES = {
    "accounts_key": "read before it is known which schools a person may reach; verbs of accounts only",
    "accounts_keyevent": "the register of keys, the authority's",
    "accounts_papercode": "digests, of a key",
    "accounts_person": "a person may hold rights in several schools; verbs of accounts only",
    "accounts_session": "read before it is known who asks",
    "accounts_signintries": "counts, of an address",
    "accounts_unknownlogintries": "counts, of a login that nobody has",
    "django_migrations": "Django's own",
    "figures_countednight": "numbers and days of nights",
    "helpdesk_news": "for everybody",
    "ine_weights": "frequencies and likelihoods, learned of many",
    "journal_retention": "days, of kinds of data",
    "nomenclatures_diffusionrule": "the authority's, of codes",
    "nomenclatures_nationalcode": "the nation's",
    "nomenclatures_nationaltable": "the nation's",
    "nomenclatures_release": "the authority's, for all its schools",
    "nomenclatures_releaseentry": "the authority's, for all its schools",
    "ops_traffic": "counts of requests, by route",
    "qualification_qualification": "the authority's register of software: a school reads where its own stands",
    "qualification_trustedkey": "fingerprints of public keys",
    # A worker of no school takes jobs from them. What a job is given are codes and numbers, never a name.
    "procrastinate_events": "when jobs began and ended",
    "procrastinate_jobs": "names of jobs, with codes of schools and numbers of rows",
    "procrastinate_periodic_defers": "hours at which jobs were asked for",
    "procrastinate_workers": "workers and when they last gave a sign",
}
#: Tables of the identities across schools: no school's, shown only while a verb has opened them.
DIRECTORY = {
    "ine_apart",
    "ine_asked",
    "ine_decision",
    "ine_merge",
    "ine_number",
    "ine_person",
    "ine_personstate",
    "ine_series",
}
#: Tables that another policy than the school's alone lets one read or add to, and which.
OTHER_POLICIES = {
    # Whoever asks sees what is hers: her rights say which schools she may reach.
    "accounts_right": {("own", "SELECT")},
    "accounts_supportsession": {("own", "SELECT")},
    # Whoever holds the code of a certificate sees that one, to check it.
    "certificates_certificate": {("by_code", "SELECT")},
    # A try to sign in is of no school yet; lines are only added, and removed once past their time.
    "journal_access": {("own", "SELECT"), ("added_by_all", "INSERT"), ("purged", "DELETE")},
    # The directory is read by all; a line is added by the authority, and changed by its school.
    "schools_school": {
        ("read_by_all", "SELECT"),
        ("added_by_authority", "INSERT"),
        ("changed_by_school", "UPDATE"),
    },
}
DIRECTORY_POLICY = {table: {("opened", "ALL")} for table in DIRECTORY}
#: The school of the row is one of those opened; servers of other versions write it with other blanks.
ONLY_OPENED = re.compile(
    r"\(\(uai\)::text = ANY \(\(\s*SELECT string_to_array\(current_setting\('bascule\.schools'::text, true\),"
    r" ','::text\) AS string_to_array\)::text\[\]\)\)"
)


def ask(base: Base, query: str, *values: str) -> list[tuple[Any, ...]]:
    with base.look() as administrator:
        return administrator.execute(query.encode(), values).fetchall()


def tables_of_schools() -> set[str]:
    return {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.name == "uai" for field in model._meta.get_fields())
    } - set(OPEN_TABLES)


def kept_tables() -> set[str]:
    return {model._meta.db_table for model in apps.get_models() if issubclass(model, KeptRow)}


def test_every_table_has_a_school_or_a_reason_to_have_none(base: Base) -> None:
    found = {
        name for (name,) in ask(base, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    }

    assert found == tables_of_schools() | DIRECTORY | set(OPEN_TABLES)
    assert not tables_of_schools() & set(OPEN_TABLES)


def test_every_table_of_a_school_is_walled_even_from_its_owner(base: Base) -> None:
    walled = ask(
        base,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relrowsecurity AND relforcerowsecurity",
    )

    assert {name for (name,) in walled} == tables_of_schools() | DIRECTORY


def test_one_policy_lets_rows_through_and_it_looks_at_the_school(base: Base) -> None:
    found = ask(
        base,
        "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies"
        " WHERE schemaname = 'public' AND permissive = 'PERMISSIVE' ORDER BY tablename",
    )
    by_school = [policy for policy in found if policy[0] not in OTHER_POLICIES | DIRECTORY_POLICY]
    others: dict[str, set[tuple[str, str]]] = {}
    for table, name, _, command, *_ in found:
        if table in OTHER_POLICIES | DIRECTORY_POLICY and name != "by_school":
            others.setdefault(table, set()).add((name, command))

    assert [policy[:4] for policy in by_school] == [
        (table, "by_school", "{public}", "ALL")
        for table in sorted(tables_of_schools() - set(OTHER_POLICIES))
    ]
    assert [
        text for policy in by_school for text in policy[4:] if not ONLY_OPENED.fullmatch(text)
    ] == []
    assert others == OTHER_POLICIES | DIRECTORY_POLICY


def test_whatever_school_is_opened_one_sees_no_further_than_ones_reach(base: Base) -> None:
    mine, other = Cast.of_two_schools()
    cast = Cast(school=mine.uai, other_school=other.uai)
    assert cast.head_next_door
    tables = sorted(tables_of_schools() - {"schools_school"})

    with psycopg.connect(base.url) as session:
        session.execute(
            "SELECT set_config('bascule.schools', %s, true), set_config('bascule.reach', %s, true)",
            [f"{mine.uai},{other.uai}", mine.uai],
        )
        seen: dict[str, set[str]] = {
            table: {
                uai
                for (uai,) in session.execute(f"SELECT DISTINCT uai FROM {table}".encode())  # noqa: S608
            }
            for table in tables
        }

    assert seen["students_student"] == {mine.uai}
    assert {table: uais for table, uais in seen.items() if not uais <= {mine.uai}} == {}


def test_a_row_of_a_school_out_of_reach_cannot_be_written_either(base: Base) -> None:
    mine, other = Cast.of_two_schools()

    with psycopg.connect(base.url) as session:
        session.execute(
            "SELECT set_config('bascule.schools', %s, true), set_config('bascule.reach', %s, true),"
            " set_config('bascule.act', '1', true)",
            [f"{mine.uai},{other.uai}", mine.uai],
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(
                "INSERT INTO students_address (uai, town) VALUES (%s, 'AILLEURS')", [other.uai]
            )


def test_the_directory_is_read_by_all_and_added_to_by_the_authority_alone(base: Base) -> None:
    ready_school(4)

    with psycopg.connect(base.url) as session:
        (count,) = session.execute("SELECT count(*) FROM schools_school").fetchone() or (0,)
        changed = session.execute("UPDATE schools_school SET last_pupil_number = 99999").rowcount
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(
                "INSERT INTO schools_school (uai, name, is_private, last_pupil_number)"
                " VALUES ('0990999Z', 'Faux', true, 0)"
            )

    assert (count, changed) == (1, 0)


def test_every_kept_table_has_both_triggers_of_its_history(base: Base) -> None:
    found = ask(
        base,
        "SELECT t.tgrelid::regclass::text, t.tgname, p.proname, t.tgenabled::text, t.tgtype & 1"
        " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE p.proname IN ('journal_keep_updated', 'journal_keep_deleted')",
    )

    assert set(found) == {
        # Always on, once a statement and not once a row.
        (table, f"keep_{done}", f"journal_keep_{done}", "O", 0)
        for table in kept_tables()
        for done in ("updated", "deleted")
    }


def test_every_kept_table_takes_only_rows_that_name_their_act(base: Base) -> None:
    found = ask(
        base, "SELECT tablename, permissive FROM pg_policies WHERE policyname = 'in_an_act'"
    )

    assert set(found) == {(table, "RESTRICTIVE") for table in kept_tables()}


def test_records_and_structures_are_kept() -> None:
    assert {"students_student", "students_guardianship", "schools_structure"} <= kept_tables()
    assert kept_tables() <= tables_of_schools()
    assert {"accounts_right", "accounts_machinetoken"} <= kept_tables()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_journal_may_only_grow(base: Base, table: str) -> None:
    may = ask(
        base,
        "SELECT privilege_type FROM information_schema.role_table_grants"
        " WHERE table_name = %s AND grantee = %s",
        table,
        embedded.APPLICATION,
    )
    triggers = ask(
        base,
        "SELECT tgenabled::text FROM pg_trigger WHERE tgname = 'append_only' AND tgrelid = %s::regclass",
        table,
    )

    assert {privilege for (privilege,) in may} == {"SELECT", "INSERT"}
    assert triggers == [("O",)]


def test_the_application_owns_nothing_and_may_do_no_more_than_rows(base: Base) -> None:
    owned = ask(
        base,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND pg_get_userbyid(relowner) <> %s",
        embedded.OWNER,
    )
    may = ask(
        base,
        "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = %s",
        embedded.APPLICATION,
    )

    assert owned == []
    assert {privilege for (privilege,) in may} == {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_the_records_of_a_school_are_seen_by_nobody_who_did_not_open_it(base: Base) -> None:
    school = ready_school(12)
    school.bring()
    export(uai=school.uai, year=2026, kinds=["eleves"], actor="head", at=AT)
    groups = groups_file(school.population, at=AT)
    receive_import(files=[groups], uai=school.uai, year=2026, actor="head", at=AT, apply=True)
    openings.press(uais=[school.uai], year=2027, keeps_going=False, actor="deep", at=AT)
    pupils = [one.id for one in candidates(uai=school.uai, year=2026)]
    issue(uai=school.uai, year=2026, kind=Kind.SCHOOLING, pupil_ids=pupils[:1], actor="head", at=AT)
    nights.run(origin=Night.Origin.EVENING, day=AT.date(), actor="ops", clock=lambda: AT)
    cells.keep_up(clock=lambda: AT)
    asked = Asked(2026, AT.date(), rows="niveau")
    sheet = exports.sheet_of_pivot(asked=asked, uais=[school.uai])
    exports.export(sheet=sheet, form=exports.Form.CSV, is_protected=True, actor="papep", at=AT)
    days: dict[str, Any] = dict.fromkeys(("opens_on", "closes_on", "observed_on"), AT.date())
    open_round(year=2026, actor="papep", at=AT, **days)
    signed: dict[str, Any] = {"signatory": "X", "explanations": {}, "actor": "head", "at": AT}
    sign(uai=school.uai, year=2026, **signed)
    reading.refresh(uais=[school.uai], year=2026, at=AT)
    tables = sorted(tables_of_schools() - {"schools_school"})
    held = {table: ask(base, f"SELECT count(*) FROM {table}")[0][0] for table in tables}  # noqa: S608

    with psycopg.connect(base.url) as stranger:
        seen = {
            table: stranger.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608
            for table in tables
        }

    # A clean file leaves no finding, and a first import no earlier state; nobody came in yet; the
    # nomenclatures came in a file; nobody asked
    # for pupils to go up again; nobody advises the school, or wrote to it.
    assert {table for table, count in held.items() if not count} <= {
        "accounts_machinetoken",
        "accounts_right",
        "accounts_settledcall",
        "accounts_supportsession",
        "bea_resend",
        "campaign_adviser",
        "campaign_lettermodel",
        "campaign_reminder",
        "campaign_task",
        "journal_access",
        "exchange_disposition",
        "exchange_gepstop",
        "exchange_longlist",
        "exchange_runfinding",
        "exchange_tablecolumns",
        "ine_link",
        "ine_request",
        "journal_history",
        "nomenclatures_receipt",
    }
    assert set(seen.values()) == {(0,)}
    assert connection.settings_dict["USER"] == embedded.APPLICATION
