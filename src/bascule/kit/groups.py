"""Scenarios of a software that sends who is in which group, in a file of its own beside that of the pupils."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from bascule.exchange.models import ImportRun
from bascule.exchange.rules.book import BY_CODE
from bascule.formats.conformity.report import Ability, Family
from bascule.formats.description import LeafKind
from bascule.formats.envelope import open_deposit
from bascule.formats.import_groups.description import DESCRIPTION, IDS
from bascule.formats.import_groups.reader import read
from bascule.formats.refusals import FileRefusedError
from bascule.generator.files import (
    MadeFile,
    group_records,
    groups_file,
    private_bytes,
    private_file,
    private_records,
)
from bascule.generator.group_faults import GROUP_FAULTS, bare_pupil, spoil_groups
from bascule.kit.elements import ElementOf, Played, Told, paths_of, texts_of
from bascule.kit.files import shows_findings, shows_refusal
from bascule.kit.sandbox import YEAR, SandboxSchool
from bascule.kit.stage import NotAsExpectedError, Scenario, Stage, expect

_KIND: Final = "ELEGROUPE"
#: What tells a record of the situation from another, whatever number its software gives.
_NAMED: Final = ("NOM_DE_FAMILLE", "PRENOM", "DATE_NAISS")
_MOST: Final = {
    "NOM_USAGE": "D’USAGE",
    "PRENOM2": "Zoé",
    "PRENOM3": "Maëlle",
}
_FROM, _TO = f"{YEAR}-09-07", f"{YEAR + 1}-06-30"
#: A scenario is of the short round when it is of the one question that all elements share.
_ELEMENT: Final = "Le fichier porte cet élément, avec les valeurs de la situation et aucune autre."


def group_scenarios() -> Iterator[Scenario]:
    """Give the scenarios of a software that sends groups.

    Yields:
        Scenario: the elements of its file, what comes of it, each rule, the refusal.
    """
    for path in _elements():
        if path.removeprefix("ELEVE/") not in IDS:
            title, code = path.rpartition("/")[2], f"element.{_KIND}/{path}"
            judge = ElementOf(path, _played)
            yield _scenario(code, Family.ELEMENT, title, _ELEMENT, judge, is_quick=True)
    yield _scenario(
        f"element.{_KIND}/ELEVE/ID",
        Family.ELEMENT,
        "numéro de l’élève",
        f"L’un au moins de {', '.join(IDS)} est donné, tel que la situation le dit.",
        _ids,
        is_quick=True,
    )
    yield _scenario(
        "exchange.groups",
        Family.EXCHANGE,
        "groupes des élèves",
        "L’import s’intègre, et la base tient chaque place de la situation.",
        _first,
        is_quick=True,
    )
    yield _scenario(
        "exchange.groups-changed",
        Family.EXCHANGE,
        "places retirées",
        "Le fichier dit toutes les places de l’année : celles qui ne sont plus s’en vont, les autres restent.",
        _changed,
    )
    for code in GROUP_FAULTS:
        yield _scenario(
            f"rule.{code}",
            Family.RULE,
            BY_CODE[code].title,
            f"Le logiciel envoie le fichier tel quel, et montre chaque anomalie ({code}) avec sa ligne.",
            _Rule(code),
        )
    yield _scenario(
        "refusal.import.pupils-not-sent",
        Family.REFUSAL,
        "groupes avant tout export des élèves (import.pupils-not-sent)",
        "Le logiciel montre le refus que le site a dit, et n’annonce aucun import.",
        _not_sent,
    )


def _scenario(
    code: str, family: Family, title: str, expected: str, play: Any, *, is_quick: bool = False
) -> Scenario:
    return Scenario(code, family, title, expected, play, is_quick, Ability.GROUPS)


def _elements() -> dict[str, LeafKind]:
    pupil = DESCRIPTION.records()["ELEVE"]
    header = DESCRIPTION.header
    return dict((*paths_of(header, header.tag), *paths_of(pupil, pupil.tag)))


def _played(stage: Stage) -> Played:
    return stage.once("groups", lambda: _play(stage))


def _play(stage: Stage) -> Played:
    school = _with_pupils(stage)
    situation = _situation(stage, school)
    heard = stage.ask("groups", school, situation=situation)
    run, kinds = stage.arrived(school), _elements()
    header = {"UAJ": school.uai, "ANNEE_SCOLAIRE": str(YEAR), "LOGICIEL": stage.software.name}
    held: Told = {
        "PARAMETRES": {"": texts_of("PARAMETRES", header, kinds)},
        "ELEVE": {_name(one): texts_of("ELEVE", one, kinds) for one in situation["pupils"]},
    }
    return Played(school, held, _sent(stage, run), heard.answer, run)


def _sent(stage: Stage, run: ImportRun) -> Told:
    found: Told = {"PARAMETRES": {}, "ELEVE": {}}
    try:
        for record in read(open_deposit(*stage.sandbox.content_of(run)).chunks()):
            key = _name(record.fields) if record.tag == "ELEVE" else ""
            found[record.tag][key] = texts_of(record.tag, record.fields, _elements())
    except FileRefusedError as refusal:
        raise NotAsExpectedError(refusal.sentence) from None
    return found


def _ids(stage: Stage) -> None:
    it = _played(stage)
    for name, held in it.held["ELEVE"].items():
        sent = it.sent["ELEVE"].get(name)
        expect(sent is not None, f"{name} n’est pas dans le fichier.")
        given = {path: texts for path in _id_paths() if (texts := (sent or {}).get(path))}
        known = {path: texts for path in _id_paths() if (texts := held.get(path))}
        expect(given or not known, f"{name} : aucun numéro n’est donné.")
        wrong = [path for path, texts in given.items() if known.get(path) != texts]
        expect(not wrong, f"{name} : {', '.join(wrong)} n’est pas celui de la situation.")


def _id_paths() -> list[str]:
    return [f"ELEVE/{tag}" for tag in IDS]


def _first(stage: Stage) -> None:
    it = _played(stage)
    expect(it.run.state == ImportRun.State.APPLIED, f"L’import est « {it.run.state} ».")
    expect(it.answer.state == "applied", f"L’état montré est « {it.answer.state} ».")
    expect(it.answer.run == it.run.pk, "Le numéro d’import montré n’est pas celui de l’import.")
    path = "ELEVE/GROUPES/GROUPE/CODE_GROUPE"
    held = it.held["ELEVE"].values()
    _holds(stage, it.school, sorted(tuple(sorted(one[path])) for one in held))


def _changed(stage: Stage) -> None:
    school = _with_pupils(stage)
    stage.sandbox.bring(school, groups_file(school.population, at=stage.sandbox.now))
    situation = _situation(stage, school)
    first, _, *others = situation["pupils"]
    # The first one is in one group less, the second in none.
    first["GROUPES"]["GROUPE"].pop()
    situation["pupils"] = [one for one in (first, *others) if one["GROUPES"]["GROUPE"]]
    heard = stage.ask("groups", school, situation=situation)
    run = stage.arrived(school)
    expect(run.state == ImportRun.State.APPLIED, f"L’import est « {run.state} ».")
    expect(heard.answer.state == "applied", f"L’état montré est « {heard.answer.state} ».")
    places = (one["GROUPES"]["GROUPE"] for one in situation["pupils"])
    _holds(stage, school, sorted(tuple(sorted(g["CODE_GROUPE"] for g in one)) for one in places))


def _holds(stage: Stage, school: SandboxSchool, places: list[tuple[str, ...]]) -> None:
    told = stage.sandbox.pupils(school)
    held = sorted(tuple(sorted(one["groups"])) for one in told if one["groups"])
    expect(held == places, f"La base tient {_count(held)} places au lieu de {_count(places)}.")


def _count(places: list[tuple[str, ...]]) -> int:
    return sum(map(len, places))


class _Rule:
    """Sends a file of groups that meets one rule, in a school whose pupils are known."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __call__(self, stage: Stage) -> None:
        school = stage.once("group-files", lambda: _with_pupils(stage, has_bare=True))
        school = replace(school, token=stage.sandbox.token(school.uai))
        now, name = stage.sandbox.now.replace(microsecond=0), stage.software.name
        _, file = spoil_groups(self._code, school.population, at=now, software=name)
        shows_findings(stage, school, file, self._code)


def _not_sent(stage: Stage) -> None:
    school = _with_pupils(stage, is_sent=False)
    now = stage.sandbox.now.replace(microsecond=0)
    shows_refusal(stage, school, groups_file(school.population, at=now))


def _with_pupils(stage: Stage, *, is_sent: bool = True, has_bare: bool = False) -> SandboxSchool:
    """Make a school whose pupils are in the base, and were exported; a bare one has no MEF there."""
    school, now = stage.sandbox.school(), stage.sandbox.now.replace(microsecond=0)
    bare = bare_pupil(school.population, at=now) if has_bare else 0
    version = stage.software.writes
    records = list(private_records(school.population, version=version, at=now))
    for record in records:
        if bare and record.fields.get("ID_PRV_ELE") == str(bare):
            del record.fields["SCOLARITE_ACTIVE"]
    name = private_file(school.population, version=version, at=now).name
    stage.sandbox.bring(school, MadeFile(name, private_bytes(records, version)))
    if is_sent:
        stage.sandbox.exports(school, ("eleves",))
    return school


def _situation(stage: Stage, school: SandboxSchool) -> dict[str, Any]:
    """Give who is in which group: one pupil has every element, one the least, in the words of the file."""
    known = {str(one["private_id"]): one for one in stage.sandbox.pupils(school)}
    records = group_records(school.population, at=stage.sandbox.now)
    most, *others, least = [dict[str, Any](one.fields) for one in records if one.tag == "ELEVE"]
    for fields in (most, *others):
        base = known[fields["ID_PRV_ELE"]]
        fields["ELEVE_ID"] = str(base["id"])
        if base["ine"]:
            fields["ID_NATIONAL"] = base["ine"]
    most |= _MOST
    most["GROUPES"]["GROUPE"][0] |= {"DATE_DEBUT_GROUPE": _FROM, "DATE_FIN_GROUPE": _TO}
    del least["ID_PRV_ELE"]
    return {
        "school": school.uai,
        "year": YEAR,
        "pupils": [_in_order(one) for one in (most, *others, least)],
    }


def _in_order(fields: dict[str, Any]) -> dict[str, Any]:
    children = DESCRIPTION.records()["ELEVE"].children
    return {one.tag: fields[one.tag] for one in children if one.tag in fields}


def _name(fields: Any) -> str:
    return " ".join(str(fields.get(tag, "")) for tag in _NAMED)
