"""Each table is kept for a time that somebody fixed, or there is a reason why it is not: a new one must have either."""

from tests.bases import Base

from bascule.journal.retention import Kind
from bascule.ops.schedule import SCHEDULE

#: What goes with each kind of data that the authority fixes a time for.
BY_KIND = {
    Kind.FILE: {"exchange_storedfile"},
    Kind.REPORT: {
        "exchange_planline", "exchange_recognition", "exchange_runfinding", "exchange_sentfile",
    },
    Kind.PUPIL: {
        "bea_line", "bea_nationality", "bea_record", "certificates_certificate", "exchange_disposition", "ine_link",
        "ine_request", "journal_history", "students_address", "students_enrolment", "students_guardian",
        "students_guardianship", "students_membership", "students_schooling", "students_student",
    },
    Kind.PERSON: {
        "ine_apart", "ine_asked", "ine_decision", "ine_merge", "ine_number", "ine_person", "ine_personstate",
    },
    Kind.ACCESS: {"journal_access"},
    Kind.CAMPAIGN: {"campaign_change", "campaign_reading", "campaign_reminder"},
}  # fmt: skip
#: What a job of the worker forgets, and which.
BY_JOB = {
    "accounts_session": "sessions.purge",
    "accounts_settledcall": "calls.forget",
    "accounts_signintries": "tries.forget",
    "accounts_unknownlogintries": "tries.forget",
    "exchange_longlist": "lists.forget",
    "procrastinate_events": "jobs.forget",
    "procrastinate_jobs": "jobs.forget",
}
_AGENTS = (
    "agents and software, with their acts: who had which right is proof for as long as the acts are"
)
_COUNTS = "counts, days and codes: nobody is in it but agents, by login"
#: What is kept without a time, and why.
WITHOUT_END = {
    "accounts_key": _AGENTS,
    "accounts_keyevent": _AGENTS,
    "accounts_machinetoken": _AGENTS,
    "accounts_papercode": "digests, of a key",
    "accounts_person": "agents who left are disabled: their logins sign acts",
    "accounts_right": _AGENTS,
    "accounts_supportsession": _AGENTS,
    "bea_night": _COUNTS,
    "bea_resend": _COUNTS,
    "bea_transfer": _COUNTS,
    "campaign_adviser": "one agent for each school, replaced by the next",
    "campaign_lettermodel": "a text, replaced by the next",
    "campaign_task": "what agents of the authority decided, and why",
    "constat_part": _COUNTS,
    "constat_round": _COUNTS,
    "constat_signature": "what a head signed is proof; `Kind.CONSTAT` says how long it holds pupils",
    "django_migrations": "Django's own",
    "exchange_gepstop": "what a head signed is proof",
    "exchange_importrun": _COUNTS,
    "exchange_tablecolumns": "headings of tables",
    "figures_broadcell": _COUNTS,
    "figures_cell": _COUNTS,
    "figures_countednight": _COUNTS,
    "figures_export": _COUNTS,
    "helpdesk_news": "published",
    "ine_series": _COUNTS,
    "ine_weights": _COUNTS,
    "journal_act": "a chain cut in its middle proves nothing; no pupil is named in it",
    "journal_retention": _COUNTS,
    "journal_yearmilestone": _COUNTS,
    "nomenclatures_diffusionrule": _COUNTS,
    "nomenclatures_nationalcode": "published",
    "nomenclatures_nationaltable": "published",
    "nomenclatures_profilechoice": _COUNTS,
    "nomenclatures_profileentry": _COUNTS,
    "nomenclatures_receipt": _COUNTS,
    "nomenclatures_release": _COUNTS,
    "nomenclatures_releaseentry": _COUNTS,
    "ops_traffic": _COUNTS,
    "preparation_schoolopening": _COUNTS,
    "preparation_yearopening": _COUNTS,
    "procrastinate_periodic_defers": _COUNTS,
    "procrastinate_workers": _COUNTS,
    "qualification_qualification": "software, and the agents who judged it",
    "qualification_trustedkey": "public keys of editors",
    "schools_school": "published",
    "schools_schoolyear": _COUNTS,
    "schools_structure": _COUNTS,
}


def test_every_table_has_a_time_or_a_reason_to_have_none(base: Base) -> None:
    with base.look() as administrator:
        found = administrator.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    ways = [*BY_KIND.values(), set(BY_JOB), set(WITHOUT_END)]
    told = [table for way in ways for table in way]
    assert sorted(told) == sorted(name for (name,) in found)
    # An archive is time added to pupils; constats hold, and remove nothing.
    assert {*BY_KIND} == {*Kind} - {Kind.ARCHIVE, Kind.CONSTAT}
    assert {*BY_JOB.values()} <= {timed.job.name for timed in SCHEDULE}
