"""The anomalies inbox of a year: what stands, by rule and division, since when, and what was done about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from bascule.errors import NotThereError
from bascule.exchange.amend.fields import GUARDIAN, Kind as Typing, field_of, key_of_finding
from bascule.exchange.dispositions import (
    FROM_SQL,
    RECORD_SQL,
    STATE_SQL,
    Kind,
    parameters,
    runs_in_force,
)
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.labels import field_label, is_hidden
from bascule.exchange.models import Disposition, ImportRun
from bascule.exchange.rules.book import BY_CODE
from bascule.exchange.rules.identity import REJEL_CREAT_A_02
from bascule.exchange.rules.persons import REJRE_CREAT_A_02
from bascule.findings import Rule, Subject
from bascule.store import staging
from bascule.values.civil_identity import key as plain
from bascule.values.words import said as _

#: Anomalies on a page.
PAGE = 50


class Tab(StrEnum):
    """How much an anomaly matters; the words of URLs."""

    BLOCKING = "bloquantes"
    TO_CORRECT = "a-corriger"
    NOTES = "information"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _TABS[self]


_TABS = {
    Tab.BLOCKING: _("Bloquantes"),
    Tab.TO_CORRECT: _("À corriger"),
    Tab.NOTES: _("Information"),
}
_TAB_SQL = (
    # A pupil whose places were refused goes to the academic base all the same.
    "CASE WHEN f.blocks OR f.effect = 'record' AND NOT f.run_id = ANY(%(places)s::bigint[]) THEN 'bloquantes'"
    " WHEN f.effect = 'note' THEN 'information' ELSE 'a-corriger' END"
)


class State(StrEnum):
    """What was done about an anomaly; the words of URLs."""

    OPEN = "ouvertes"
    EXPLAINED = "expliquees"
    SOFTWARE = "annoncees"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _STATES[self]


_STATES = {
    State.OPEN: _("À traiter"),
    State.EXPLAINED: _("Expliquées"),
    State.SOFTWARE: _("À corriger dans le logiciel"),
}
_STORED = {State.OPEN: "open", State.EXPLAINED: "explained", State.SOFTWARE: "software"}


class UnknownAnomalyError(NotThereError):
    """No such anomaly stands in this year."""

    code = "anomaly.unknown"

    def __init__(self) -> None:
        super().__init__(
            "Cette anomalie n’est plus là : un import plus récent ou une correction l’a remplacée."
        )


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for.

    Attributes:
        tab: how much it matters.
        state: what was done about it.
        code: one rule only.
        division: one division only.
        text: words of a name.
        page: from 1.
    """

    tab: Tab = Tab.BLOCKING
    state: State = State.OPEN
    code: str = ""
    division: str = ""
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One anomaly.

    Attributes:
        id: the finding that shows it.
        rule: its rule.
        subject: whose record.
        name: NAME First name; blank for the file itself.
        division: code, may be blank.
        line: line of the file.
        element: the element at fault.
        value: the value read; it may be one that is not to be shown (`is_sensitive`).
        detail: what completes the rule's title.
        about: the field at fault, without the guardian; blank for what no field of a record says.
        key: the field that mends it here; blank when no value typed here does.
        label: the French name of that field.
        guardian_id: the adult of a person's anomaly, when the base has her.
        pupil_id: the pupil whose record to open; None when the base does not have the pupil.
        since: when an import of the year first showed it.
        decision: what was done about it; None when nothing was, or it no longer holds.
        was_announced: when the school said it would be corrected in the software, and a later file shows it still.
    """

    id: int
    rule: Rule
    subject: Subject
    name: str
    division: str
    line: int
    element: str
    value: str
    detail: str
    about: str
    key: str
    label: str
    guardian_id: int | None
    pupil_id: int | None
    since: datetime | None
    decision: Disposition | None
    was_announced: datetime | None

    @property
    def is_sensitive(self) -> bool:
        """Return whether the value is one that few may see."""
        return is_hidden(self.element, self.value)


@dataclass(frozen=True, slots=True)
class Group:
    """The anomalies of one rule.

    Attributes:
        rule: the rule.
        count: anomalies, as filtered.
        records: how many pupils or guardians.
        key: the field that mends it here; blank when none does.
    """

    rule: Rule
    count: int
    records: int
    key: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """The inbox, as filtered.

    Attributes:
        counts: open anomalies of each tab, whatever the filters.
        groups: the rules of the tab, the most met first.
        rows: the anomalies of the page, by rule, then division, then name.
        count: anomalies on all pages.
        divisions: divisions that have any, in the tab and state.
        run: the last import; None before a first one.
    """

    counts: Mapping[Tab, int]
    groups: tuple[Group, ...]
    rows: tuple[Anomaly, ...]
    count: int
    divisions: tuple[str, ...]
    run: ImportRun | None


def open_counts(*, uai: str, year: int, today: date) -> dict[Tab, int]:
    """Count the anomalies that wait, in one query.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        today (date): the day.

    Returns:
        dict[Tab, int]: by tab.
    """
    with reading(uai):
        return _counts(parameters(uai=uai, year=year, today=today))


def read_inbox(*, uai: str, year: int, today: date, filters: Filters) -> Inbox:
    """Read the inbox.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        today (date): the day.
        filters (Filters): what is looked for.

    Returns:
        Inbox: as filtered.
    """
    with reading(uai):
        asked = parameters(uai=uai, year=year, today=today)
        runs = runs_in_force(uai=uai, year=year)
        where = _where(filters, asked)
        tab = f" AND {_TAB_SQL} = %(tab)s AND {STATE_SQL} = %(state)s"
        groups = ask(
            f"SELECT f.code, count(DISTINCT ({RECORD_SQL}, f.field)), count(DISTINCT {RECORD_SQL}), min(f.subject)"
            f"{FROM_SQL}{tab}{where} GROUP BY f.code ORDER BY 3 DESC, f.code",
            asked,
        )
        divisions = ask(f"SELECT DISTINCT f.division{FROM_SQL}{tab} ORDER BY 1", asked)
        page = {"from": (max(filters.page, 1) - 1) * PAGE, "most": PAGE}
        # The page first: what is read of each row is read of those alone.
        ids = [
            finding_id
            for (finding_id,) in ask(
                f"SELECT f.id{FROM_SQL}{tab}{where} ORDER BY count(*) OVER (PARTITION BY f.code) DESC,"
                " f.code, f.division, f.record, f.id OFFSET %(from)s LIMIT %(most)s",
                asked | page,
            )
        ]
        found = {row.id: row for row in _rows(" AND f.id = ANY(%(ids)s)", asked | {"ids": ids})}
        rows = [found[one] for one in ids if one in found]
        return Inbox(
            counts=_counts(asked),
            groups=tuple(
                Group(BY_CODE[code], n, records, _key(BY_CODE[code], subject))
                for code, n, records, subject in groups
                if code in BY_CODE
            ),
            rows=tuple(rows),
            count=sum(n for (n,) in ask(f"SELECT count(*){FROM_SQL}{tab}{where}", asked)),
            divisions=tuple(code for (code,) in divisions if code),
            run=runs[-1] if runs else None,
        )


def read_anomalies(
    *, uai: str, year: int, today: date, finding_ids: Collection[int]
) -> list[Anomaly]:
    """Read some anomalies, whatever was done about them.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        today (date): the day.
        finding_ids (Collection[int]): which.

    Returns:
        list[Anomaly]: those that stand.
    """
    with reading(uai):
        asked = parameters(uai=uai, year=year, today=today) | {"ids": list(finding_ids)}
        return _rows(" AND f.id = ANY(%(ids)s) ORDER BY f.run_id, f.sequence", asked)


def anomalies_of(*, uai: str, year: int, pupil_id: int, today: date) -> list[Anomaly]:
    """Read what is open about a pupil, and is no mere note.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        pupil_id (int): the pupil.
        today (date): the day.

    Returns:
        list[Anomaly]: in the order of the file.
    """
    with reading(uai):
        asked = parameters(uai=uai, year=year, today=today) | {"pupil": pupil_id}
        return _rows(
            f" AND f.effect <> 'note' AND {STATE_SQL} = 'open'"
            " AND coalesce(e.student_id, CASE WHEN f.subject = 'pupil' THEN f.target_id END) = %(pupil)s"
            " ORDER BY f.run_id, f.sequence",
            asked,
        )


def ids_of(*, uai: str, year: int, today: date, filters: Filters) -> list[int]:
    """Give the anomalies that a filter names, on all pages.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        today (date): the day.
        filters (Filters): what is looked for.

    Returns:
        list[int]: the findings.
    """
    with reading(uai):
        asked = parameters(uai=uai, year=year, today=today)
        where = _where(filters, asked)
        rows = ask(
            f"SELECT f.id{FROM_SQL} AND {_TAB_SQL} = %(tab)s AND {STATE_SQL} = %(state)s{where}"
            " ORDER BY f.run_id, f.sequence",
            asked,
        )
        return [finding_id for (finding_id,) in rows]


# What is read

#: The findings in force, each with the pupil (`e`) or the guardian (`g`) of the base.
JOINED_SQL = FROM_SQL.replace(
    " WHERE ",
    " LEFT JOIN students_enrolment e ON f.subject = 'pupil' AND e.uai = f.uai AND e.year = %(year)s"
    " AND (e.private_id = f.private_id OR (f.private_id IS NULL AND e.student_id = f.target_id))"
    " LEFT JOIN students_guardian g ON f.subject = 'person' AND g.uai = f.uai AND g.private_id = f.private_id"
    " WHERE ",
    1,
)


class _Since(NamedTuple):
    """When an anomaly was first shown."""

    code: str
    record: str
    field: str


def ask(query: str, asked: Mapping[str, Any]) -> list[Any]:
    """Ask the base; the school is open.

    Args:
        query (str): SQL, of the pieces of `dispositions` and of this module.
        asked (Mapping[str, Any]): its parameters.

    Returns:
        list[Any]: the rows.
    """
    with staging.raw_cursor() as cursor:
        cursor.execute(query.encode(), dict(asked))
        return cursor.fetchall()


def _counts(asked: Mapping[str, Any]) -> dict[Tab, int]:
    rows = ask(
        f"SELECT {_TAB_SQL}, count(DISTINCT (f.code, {RECORD_SQL}, f.field)){FROM_SQL}"
        f" AND {STATE_SQL} = 'open' GROUP BY 1",
        asked,
    )
    found = dict(rows)
    return {tab: found.get(tab.value, 0) for tab in Tab}


def _where(filters: Filters, asked: dict[str, Any]) -> str:
    asked |= {"tab": filters.tab.value, "state": _STORED[filters.state]}
    where = ""
    if filters.code:
        where += " AND f.code = %(code)s"
        asked["code"] = filters.code
    if filters.division:
        where += " AND f.division = %(division)s"
        asked["division"] = filters.division
    for rank, word in enumerate(plain(filters.text).split()):
        where += f" AND translate(upper(f.record), %(accented)s, %(bare)s) LIKE %(word{rank})s"
        asked |= {f"word{rank}": f"%{word}%", "accented": _ACCENTED, "bare": _BARE}
    return where


#: Letters of names, for a search without accents.
_ACCENTED = "ÀÂÄÃÅÇÉÈÊËÎÏÍÑÔÖÓÕÙÛÜÚŸ-’\N{APOSTROPHE}"
_BARE = "AAAAACEEEEIIINOOOOUUUUY   "


#: Rules met by several records of the file under one number.
_SHARED_NUMBER = frozenset((REJEL_CREAT_A_02.code, REJRE_CREAT_A_02.code))


def _rows(rest: str, asked: Mapping[str, Any]) -> list[Anomaly]:
    rows = ask(
        "SELECT f.id, f.code, f.subject, f.record, f.division, f.line, f.field, f.value, f.detail,"  # noqa: S608 - our own words
        f" {RECORD_SQL}, {STATE_SQL}, d.id, coalesce(e.student_id, f.target_id, (SELECT min(k.student_id)"
        " FROM students_guardianship k WHERE k.uai = f.uai AND k.guardian_id = g.id)), g.id"
        f"{JOINED_SQL}{rest}",
        asked,
    )
    decisions = Disposition.objects.in_bulk([row[11] for row in rows if row[11] is not None])
    since = _since(asked, rows)
    found: list[Anomaly] = []
    for row in rows:
        finding_id, code, subject, name, division, line, element, value, detail, record = row[:10]
        rule = BY_CODE.get(code)
        if rule is None:
            continue
        # Of several records under one number, nobody knows whose the record of the base is.
        pupil_id, guardian_id = (None, None) if code in _SHARED_NUMBER else row[12:14]
        decision = decisions.get(row[11])
        is_late = decision is not None and decision.kind == Kind.SOFTWARE and row[10] == "open"
        # Of an adult whom the import refused, the base has nothing to mend.
        is_there = subject != Subject.PERSON or pupil_id is not None
        key = mended_by(rule, element, subject) if is_there else ""
        found.append(
            Anomaly(
                id=finding_id,
                rule=rule,
                subject=Subject(subject),
                name=name,
                division=division,
                line=line,
                element=element,
                value=value,
                detail=detail,
                about=key_of_finding(rule, element, Subject(subject)),
                key=key,
                label=field_label(key) if key else "",
                guardian_id=guardian_id,
                pupil_id=pupil_id,
                since=since.get(_Since(code, record, element)),
                decision=decision if row[10] != "open" else None,
                was_announced=decision.decided_at if is_late and decision else None,
            )
        )
    return found


def _since(asked: Mapping[str, Any], rows: Sequence[Any]) -> dict[_Since, datetime]:
    """Find the first import of the year that showed each anomaly."""
    if not rows:
        return {}
    first = ask(
        f"SELECT f.code, {RECORD_SQL}, f.field, min(r.applied_at) FROM exchange_importrun r"  # noqa: S608 - our own words
        " JOIN exchange_runfinding f ON f.run_id = r.id AND f.uai = r.uai"
        " WHERE r.uai = %(uai)s AND r.year = %(year)s AND r.state = 'applied'"
        f" AND f.code = ANY(%(codes)s) AND {RECORD_SQL} = ANY(%(records)s) GROUP BY 1, 2, 3",
        {**asked, "codes": list({row[1] for row in rows}), "records": [row[9] for row in rows]},
    )
    return {_Since(*row[:3]): row[3] for row in first}


def mended_by(rule: Rule, element: str, subject: str) -> str:
    """Give the field whose value, typed beside the anomaly, mends it; lists and links have pages of their own.

    Args:
        rule (Rule): the rule.
        element (str): the element at fault.
        subject (str): whose record.

    Returns:
        str: its key, without the guardian for a guardian's; blank when there is none.
    """
    key = key_of_finding(rule, element, Subject(subject))
    prefix = f"{GUARDIAN}.0." if subject == Subject.PERSON else ""
    found = field_of(prefix + key)
    if found is None or found[1].kind is Typing.LIST or rule.family == "ADRES":
        return ""
    return key


def _key(rule: Rule, subject: str) -> str:
    keys = {mended_by(rule, element, subject) for element in rule.fields}
    return keys.pop() if len(keys) == 1 else ""
