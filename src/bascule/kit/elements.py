"""Scenarios of what a software writes: it holds a situation that has every element, and its file is read."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bascule.exchange.models import ImportRun
from bascule.formats.conformity.report import Family
from bascule.formats.description import Block, Leaf, LeafKind
from bascule.formats.envelope import open_deposit
from bascule.formats.import_eleves.description import description_of
from bascule.formats.import_eleves.reader import read
from bascule.formats.refusals import FileRefusedError
from bascule.kit.asking import Answer
from bascule.kit.sandbox import YEAR, SandboxSchool
from bascule.kit.situation import ABROAD, LEAVER, MAXIMAL, MINIMAL, situation_of
from bascule.kit.stage import NotAsExpectedError, Scenario, Stage, expect

#: Elements that the first file of a school cannot have, and why.
NOT_ASKED: Final[Mapping[str, str]] = {
    "PERSONNE/ID_SIECLE_PER": "given by the base, once it holds the person",
    "ELEVE/ID_SIECLE_ELE": "given by the base, once it holds the pupil",
}
_IDS: Final = {"PERSONNE": "ID_PRV_PER", "ELEVE": "ID_PRV_ELE"}
_WHOLE: Final = (
    ("maximal", MAXIMAL, "élève qui a tout"),
    ("minimal", MINIMAL, "élève qui n’a que l’obligatoire"),
    ("abroad", ABROAD, "élève né et venu d’ailleurs"),
    ("leaver", LEAVER, "élève sorti"),
)
#: Texts of each record of a file, by kind, id and path.
Told = dict[str, dict[str, dict[str, list[str]]]]


class Played:
    """What came of the situation.

    Args:
        school (SandboxSchool): for which it was held.
        held (Told): what the situation says.
        sent (Told): what the file says.
        answer (Answer): what the software said.
        run (ImportRun): the import.
    """

    def __init__(
        self, school: SandboxSchool, held: Told, sent: Told, answer: Answer, run: ImportRun
    ) -> None:
        self.school, self.held, self.sent = school, held, sent
        self.answer, self.run = answer, run


def element_scenarios(version: str) -> Iterator[Scenario]:
    """Give a scenario for each element of the file of pupils, and for each whole pupil.

    Args:
        version (str): the version that the software writes.

    Yields:
        Scenario: in the official order.
    """
    for path in elements_of(version):
        if path not in NOT_ASKED:
            yield Scenario(
                f"element.{path}",
                Family.ELEMENT,
                path.rpartition("/")[2],
                "Le fichier porte cet élément, avec les valeurs de la situation et aucune autre.",
                ElementOf(path, played),
                is_quick=True,
            )
    for name, number, title in _WHOLE:
        yield Scenario(
            f"element.{name}",
            Family.ELEMENT,
            title,
            "La fiche est dans le fichier, et ne dit rien que la situation ne dise.",
            _Whole(number),
            is_quick=True,
        )


def elements_of(version: str) -> dict[str, LeafKind]:
    """Name the elements of a version that hold a text, header first.

    Args:
        version (str): the version.

    Returns:
        dict[str, LeafKind]: what each stands for, by path (`ELEVE/ADRESSE/LL_POSTAL`).
    """
    document = description_of(version)
    blocks = (document.header, *document.records().values())
    return {path: kind for block in blocks for path, kind in paths_of(block, block.tag)}


def played(stage: Stage) -> Played:
    """Have the software hold the situation, at the first call, and read what it sent.

    Args:
        stage (Stage): where it is played.

    Returns:
        Played: what came of it.
    """
    return stage.once("elements", lambda: _play(stage))


def sent_by(stage: Stage, run: ImportRun) -> Told:
    """Read the file of an import.

    Args:
        stage (Stage): where it is played.
        run (ImportRun): the import.

    Returns:
        Told: its texts.
    """
    kinds = elements_of(stage.software.writes)
    found: Told = {"PARAMETRES": {}, "PERSONNE": {}, "ELEVE": {}}
    try:
        for record in read(open_deposit(*stage.sandbox.content_of(run)).chunks()):
            key = str(record.fields.get(_IDS.get(record.tag, ""), ""))
            found[record.tag][key] = texts_of(record.tag, record.fields, kinds)
    except FileRefusedError as refusal:
        raise NotAsExpectedError(refusal.sentence) from None
    return found


def _play(stage: Stage) -> Played:
    school, software = stage.sandbox.school(), stage.software
    situation = situation_of(school, software.writes)
    heard = stage.ask("hold", school, situation=situation)
    run, kinds = stage.arrived(school), elements_of(software.writes)
    header = {"UAJ": school.uai, "ANNEE_SCOLAIRE": str(YEAR), "LOGICIEL": software.name}
    held: Told = {"PARAMETRES": {"": texts_of("PARAMETRES", header, kinds)}}
    for tag, name in (("PERSONNE", "persons"), ("ELEVE", "pupils")):
        held[tag] = {one[_IDS[tag]]: texts_of(tag, one, kinds) for one in situation[name]}
    return Played(school, held, sent_by(stage, run), heard.answer, run)


class ElementOf:
    """Judges one element of what arrived.

    Args:
        path (str): the element.
        play (Callable[[Stage], Played]): has the file arrive, at the first call.
    """

    def __init__(self, path: str, play: Callable[[Stage], Played]) -> None:
        self._path, self._play = path, play

    def __call__(self, stage: Stage) -> None:
        """Judge the element in each record.

        Args:
            stage (Stage): where it is played.
        """
        it = self._play(stage)
        tag, _, name = self._path.partition("/")
        if name in {"DATE_IMPORT", "NUM_ENVOI"}:
            # Only the software knows.
            expect(it.sent[tag][""].get(self._path), "L’élément manque.")
            return
        for key, record in it.held[tag].items():
            expect(key in it.sent[tag], f"{tag} {key} n’est pas dans le fichier.")
            expected, found = record.get(self._path, []), it.sent[tag][key].get(self._path, [])
            expect(found == expected, f"{tag} {key} : {_said(found)} au lieu de {_said(expected)}.")


class _Whole:
    """Judges a whole pupil of what arrived."""

    def __init__(self, number: str) -> None:
        self._number = number

    def __call__(self, stage: Stage) -> None:
        it = played(stage)
        expect(self._number in it.sent["ELEVE"], "L’élève n’est pas dans le fichier.")
        held, sent = it.held["ELEVE"][self._number], it.sent["ELEVE"][self._number]
        more = sorted(set(sent) - set(held))
        expect(not more, f"La fiche dit aussi : {', '.join(more)}.")


def paths_of(block: Block, path: str) -> Iterator[tuple[str, LeafKind]]:
    """Name the elements of a block that hold a text.

    Args:
        block (Block): the block.
        path (str): its own path.

    Yields:
        tuple[str, LeafKind]: path of each, and what it stands for.
    """
    for child in block.children:
        if isinstance(child, Leaf):
            yield f"{path}/{child.tag}", child.kind
        else:
            yield from paths_of(child, f"{path}/{child.tag}")


def texts_of(tag: str, fields: Any, kinds: Mapping[str, LeafKind]) -> dict[str, list[str]]:
    """Give the texts of a record by path; blocks that repeat come in an order of their own.

    Args:
        tag (str): its element.
        fields (Any): its content.
        kinds (Mapping[str, LeafKind]): what each element stands for, by path.

    Returns:
        dict[str, list[str]]: texts by path.
    """
    found: dict[str, list[str]] = {}

    def put(path: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if not name.startswith("@"):
                    put(f"{path}/{name}", inner)
        elif isinstance(value, list):
            for one in sorted(value, key=lambda block: json.dumps(block, sort_keys=True)):
                put(path, one)
        else:
            found.setdefault(path, []).append(_alike(value, kinds.get(path)))

    put(tag, fields)
    return found


def _alike(text: str, kind: LeafKind | None) -> str:
    """Write alike what is read alike."""
    if kind is LeafKind.BOOLEAN:
        return {"1": "true", "0": "false"}.get(text, text.lower())
    if kind is LeafKind.INTEGER and text.isdecimal():
        return str(int(text))
    return text


def _said(texts: list[str]) -> str:
    return " ; ".join(f"« {text} »" for text in texts) or "rien"
