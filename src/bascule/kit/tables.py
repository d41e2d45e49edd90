"""Scenarios of a software that sends its pupils as a table, CSV or XLSX: a person tells its columns, once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from bascule.errors import RefusedError
from bascule.exchange.models import ImportRun
from bascule.formats.conformity.report import Ability, Family
from bascule.generator.files import MadeFile, private_records
from bascule.generator.population import LEGAL, Population
from bascule.kit.asking import Answer
from bascule.kit.exchanges import few_pupils
from bascule.kit.files import shows_findings, shows_refusal
from bascule.kit.sandbox import YEAR, SandboxSchool
from bascule.kit.stage import Scenario, Stage, expect
from bascule.values.civil_identity import key

#: A table of the kit's own: what a person told of its columns, and one that nobody reads.
_COLUMNS: Final = {
    "Nom": "family_name",
    "Prénom": "first_name",
    "Né(e) le": "birth_date",
    "Classe": "division",
    "Nom mère": "guardian1.family_name",
    "Prénom mère": "guardian1.first_name",
}
_UNREAD: Final = "Couleur du casier"
_NO: Final = "Le logiciel montre le refus que le site a dit, et n’annonce aucun import."


def table_scenarios() -> Iterator[Scenario]:
    """Give the scenarios of a software that sends tables.

    Yields:
        Scenario: its first table, the next one, what is shown of a table that is given.
    """
    for code, title, expected, play, is_quick in _ALL:
        family = Family(code.partition(".")[0])
        yield Scenario(code, family, title, expected, play, is_quick, Ability.TABLES)


@dataclass(slots=True)
class _TwoTables:
    """What came of two tables: told of the first, nothing asked of the second.

    Attributes:
        situations: what both tables say.
        answers: what the software said of each.
        runs: each, as it stood when the software had answered.
        wrong: what was wrong with what is told of the columns, or with the first one then; blank for nothing.
        held: the pupils of the base after each.
    """

    situations: list[dict[str, Any]]
    answers: list[Answer] = field(default_factory=list)
    runs: list[ImportRun] = field(default_factory=list)
    wrong: str = ""
    held: list[list[dict[str, Any]]] = field(default_factory=list)


def _played(stage: Stage) -> _TwoTables:
    return stage.once("tables", lambda: _play(stage))


def _play(stage: Stage) -> _TwoTables:
    school, _ = few_pupils(stage)
    it = _TwoTables([_situation(stage, school, last) for last in (-1, None)])
    for situation in it.situations:
        it.answers.append(stage.ask("table", school, situation=situation).answer)
        it.runs.append(stage.arrived(school))
        if len(it.runs) == 1:
            it.wrong = _tell(stage, school, it.runs[0], it.answers[0])
        it.held.append(stage.sandbox.pupils(school))
        if it.wrong:
            break
    return it


def _tell(stage: Stage, school: SandboxSchool, run: ImportRun, answer: Answer) -> str:
    """Tell the columns of the first table; give what stands in the way of its pupils."""
    if run.state == ImportRun.State.UNTOLD:
        try:
            stage.sandbox.tell(school, run, answer.columns)
        except RefusedError as refusal:
            return refusal.sentence
    read, *_ = stage.sandbox.runs_of(school)
    return "" if read.state == ImportRun.State.APPLIED else _stands(stage, read)


def _stands(stage: Stage, run: ImportRun) -> str:
    codes = sorted({code for code, _ in stage.sandbox.findings(run)})
    reasons = " ".join(str(guard.get("sentence", "")) for guard in run.guards)
    return f"L’import est « {run.state} ». {reasons} Anomalies : {', '.join(codes) or 'aucune'}."


def _first(stage: Stage) -> None:
    it = _played(stage)
    run, said = it.runs[0], it.answers[0]
    expect(run.flow == "table", "Le fichier arrivé n’est pas un tableau : ni CSV, ni XLSX.")
    expect(run.state == ImportRun.State.UNTOLD, f"L’import est « {run.state} ».")
    expect(said.state == "untold", f"L’état montré est « {said.state} ».")
    page = f"/imports/{run.pk}"
    expect(said.page.rstrip("/").endswith(page), "L’adresse où les dire n’est pas montrée.")


def _told(stage: Stage) -> None:
    it = _played(stage)
    expect(not it.wrong, it.wrong)
    _agrees(it.held[0], it.situations[0])


def _again(stage: Stage) -> None:
    it = _played(stage)
    expect(not it.wrong, it.wrong)
    run, said = it.runs[1], it.answers[1]
    expect(
        run.state != ImportRun.State.UNTOLD,
        "Les intitulés ont changé d’un tableau à l’autre : il faut de nouveau dire les colonnes.",
    )
    expect(run.state == ImportRun.State.APPLIED, _stands(stage, run))
    expect(said.state == "applied", f"L’état montré est « {said.state} ».")
    _agrees(it.held[1], it.situations[1])


def _findings(stage: Stage) -> None:
    school, _ = few_pupils(stage)
    before = _csv(school.population, last=-1)
    stage.sandbox.bring(school, before, columns=_COLUMNS)
    shows_findings(stage, school, _csv(school.population), "INF_FICHI_A_01")


def _empty(stage: Stage) -> None:
    school, _ = few_pupils(stage)
    shows_refusal(stage, school, MadeFile("eleves.csv", b";;;\r\n" * 3))


def _damaged(stage: Stage) -> None:
    school, _ = few_pupils(stage)
    shows_refusal(stage, school, MadeFile("eleves.xlsx", b"PK\x03\x04" + bytes(200)))


def _agrees(held: list[dict[str, Any]], situation: dict[str, Any]) -> None:
    """See that the base holds the pupils of a table, each with a guardian of theirs, and no other."""
    persons = {one["ID_PRV_PER"]: _named(one) for one in situation["persons"]}
    here = {
        f"{_named(one)}, {one['DATE_NAISS']}, {one['SCOLARITE_ACTIVE']['CODE_DIVISION']}": {
            persons[link["ID_PRV_PER"]] for link in one["RESPONSABLES_ELEVE"]["LEGAL"]
        }
        for one in situation["pupils"]
    }
    there = {
        f"{_key(one['family_name'], one['first_names'][0])}, {one['birth_date']}, {one['division']}": {
            _key(guardian["family_name"], guardian["first_name"]) for guardian in one["guardians"]
        }
        for one in held
    }
    missing, more = sorted(set(here) - set(there)), sorted(set(there) - set(here))
    expect(not missing, f"La base ne tient pas : {' ; '.join(missing)}.")
    expect(not more, f"La base tient aussi : {' ; '.join(more)}.")
    for who, guardians in there.items():
        strangers = sorted(guardians - here[who])
        expect(guardians, f"{who} : la base ne lui tient aucun responsable.")
        expect(not strangers, f"{who} : {', '.join(strangers)} n’est pas son responsable.")


def _named(fields: Any) -> str:
    return _key(fields["NOM_DE_FAMILLE"], fields["PRENOM"])


def _key(family: str, first: str) -> str:
    return f"{key(family)} {key(first)}"


def _situation(stage: Stage, school: SandboxSchool, last: int | None) -> dict[str, Any]:
    records = private_records(
        school.population, version=stage.software.writes, at=stage.sandbox.now
    )
    kept: dict[str, list[Any]] = {"PARAMETRES": [], "PERSONNE": [], "ELEVE": []}
    for one in records:
        kept[one.tag].append(one.fields)
    return {
        "school": school.uai,
        "year": YEAR,
        "persons": kept["PERSONNE"],
        "pupils": kept["ELEVE"][:last],
    }


def _csv(population: Population, last: int | None = None) -> MadeFile:
    persons = {one.id: one for one in population.persons}
    rows = [";".join((*_COLUMNS, _UNREAD))]
    for one in population.pupils[:last]:
        legal = next(persons[link.person] for link in one.links if link.level == LEGAL)
        names = (one.family, one.first, f"{one.birth:%d/%m/%Y}", one.division)
        rows.append(";".join((*names, legal.family, legal.first, "vert")))
    return MadeFile("eleves.csv", "\r\n".join(rows).encode("utf-8-sig"))


_READ: Final = (
    "La base tient chaque élève du tableau (nom, prénom, naissance, classe), et un responsable."
)
_AGAIN: Final = "Les intitulés n’ont pas changé : le tableau s’intègre sans rien demander."
_SHOWN: Final = "Le logiciel envoie le tableau tel quel, et montre chaque anomalie avec sa ligne."
#: Code, title, what is expected, how it is played, whether it is of the short round.
_ALL: Final[tuple[tuple[str, str, str, Callable[[Stage], None], bool], ...]] = (
    ("exchange.table", "premier tableau", "Le logiciel montre qu’il faut dire les colonnes, et où.", _first, True),
    ("exchange.table-told", "colonnes dites", _READ, _told, True),
    ("exchange.table-again", "tableau suivant", _AGAIN, _again, True),
    ("exchange.table-findings", "anomalies d’un tableau", _SHOWN, _findings, False),
    ("refusal.sheet.empty", "tableau vide (sheet.empty)", _NO, _empty, False),
    ("refusal.sheet.damaged", "classeur abîmé (sheet.damaged)", _NO, _damaged, False),
)  # fmt: skip
