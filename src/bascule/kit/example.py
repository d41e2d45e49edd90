"""A driver for the kit, to begin from: it stands between the kit and your software.

    bascule kit run -- python3 driver.py

The kit starts it once for each question, with a folder as its last argument. `scenario.json` in that folder is
the question; the driver writes `answer.json` beside it. Here a small simulated software stands in for yours:
replace what is in `Software` by calls of your own.
"""

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from bascule_client import Bascule, BasculeError, RefusedError, Settings

#: The columns of its table: heading, what the site calls it, element of the situation.
COLUMNS = {
    "Nom": ("family_name", "NOM_DE_FAMILLE"),
    "Prénom": ("first_name", "PRENOM"),
    "Date de naissance": ("birth_date", "DATE_NAISS"),
    "Sexe": ("sex", "CODE_SEXE"),
    "Nat.": ("nationality", "CODE_PAYS_NAT"),
    "Commune": ("birth_commune", "CODE_COMMUNE_INSEE_NAISS"),
    "Groupe classe": ("division", "CODE_DIVISION"),
    "MEF": ("mef", "CODE_MEF"),
    "Régime": ("regime", "CODE_REGIME"),
    "Responsable": ("guardian1.family_name", "family"),
    "Prénom du responsable": ("guardian1.first_name", "first"),
    "Parenté": ("guardian1.kinship", "CODE_PARENTE"),
}


class Software:
    """The school's software: what it holds, how it sends, how it takes back.

    Args:
        question (dict[str, Any]): where, as whom, for which school and year.
        folder (Path): where the question is.
    """

    def __init__(self, question: dict[str, Any], folder: Path) -> None:
        self.question, self.folder = question, folder
        self.year: int = question["year"]
        self.memory = Path(question["home"]) / "memory.json"
        self.site = Bascule(
            Settings(question["address"], question["token"], authority=Path(question["authority"]))
        )

    # The four questions that all are asked

    def send(self) -> dict[str, Any]:
        """Send a file that is given, as it is."""
        (name,) = self.question["files"]
        return self.deposit(name, (self.folder / name).read_bytes())

    def hold(self) -> dict[str, Any]:
        """Hold a situation, write it as the software writes its pupils, and send it."""
        return self.deposit(*self.write(self.situation()))

    def take(self) -> dict[str, Any]:
        """Bring back what the site knows, and say what is held then."""
        kept: dict[str, Any] = {}
        if self.memory.exists():
            kept = json.loads(self.memory.read_text("utf-8"))
            changed = self.site.changes(year=self.year, since=kept["cursor"])
            pupils = {one["id"]: one for one in kept["pupils"]}
            pupils |= {one["id"]: self.keep(one) for one in changed["pupils"]}
            for one in changed["removed"]:
                pupils.pop(one["id"], None)
            kept = {"cursor": changed["cursor"], "pupils": list(pupils.values())}
        else:
            read = self.site.pupils(year=self.year)
            kept = {"cursor": read["cursor"], "pupils": [self.keep(one) for one in read["pupils"]]}
        self.memory.write_text(json.dumps(kept), encoding="utf-8")
        return {"pupils": kept["pupils"]}

    def read(self) -> dict[str, Any]:
        """Read the files that the site makes for the software, and say what is held then."""
        name = "ExportXML_ElevesAvecAdresses.zip"
        with ZipFile(self.folder / name) as archive:
            root = ET.fromstring(archive.read(archive.namelist()[0]))  # noqa: S314 - of the kit
        divisions = {
            block.get("ELEVE_ID"): one.findtext("CODE_STRUCTURE")
            for block in root.iter("STRUCTURES_ELEVE")
            for one in block.iter("STRUCTURE")
            if one.findtext("TYPE_STRUCTURE") == "D"
        }
        return {
            "pupils": [
                {
                    "id": int(one.get("ELEVE_ID") or 0),
                    "private_id": int(one.findtext("ID_PRV_ELE") or 0),
                    "ine": one.findtext("ID_NATIONAL"),
                    "division": divisions.get(one.get("ELEVE_ID")),
                }
                for one in root.iter("ELEVE")
            ]
        }

    # What some software does besides

    def confirm(self) -> dict[str, Any]:
        """Send a file that is given, and confirm what was read of it, if nothing holds it."""
        said = self.send()
        if said["state"] == "planned":
            said["state"] = self.site.confirm(self.seen).state
        return said

    def groups(self) -> dict[str, Any]:
        """Hold who is in which group, write it, and send it."""
        return self.deposit(*self.write_groups(self.situation()))

    def table(self) -> dict[str, Any]:
        """Hold a situation, write it as a table, send it, and say what a person would tell of the columns."""
        said = self.deposit(*self.write_table(self.situation()))
        return said | {"columns": {heading: code for heading, (code, _) in COLUMNS.items()}}

    # What they share

    def situation(self) -> dict[str, Any]:
        """Read the situation that the question gives."""
        return dict(json.loads((self.folder / self.question["situation"]).read_text("utf-8")))

    def deposit(self, name: str, content: bytes, key: str = "") -> dict[str, Any]:
        """Send a file, follow it, and say what the person is shown."""
        run = self.site.deposit(
            [(name, content)], year=self.year, key=key, applies=self.question["applies"]
        )
        run = self.seen = self.site.wait(run, seconds=20)
        said: dict[str, Any] = {"state": run.state, "run": run.id, "page": run.page}
        if run.state == "refused":
            said["refusal"] = {
                "code": run.heading["refused"],
                "sentence": run.heading["sentence"],
            }
        said["findings"] = self.shown(run)
        return said

    def shown(self, run: Any) -> list[dict[str, Any]]:
        """Give the anomalies that the person is shown."""
        return [
            {"code": one.code, "line": one.line, "sentence": one.sentence}
            for one in self.site.findings(run)
        ]

    def write(self, situation: dict[str, Any]) -> tuple[str, bytes]:
        """Write pupils and persons as a file of the software: name and bytes."""
        records = {
            "PERSONNES": {"PERSONNE": situation["persons"]},
            "ELEVES": {"ELEVE": situation["pupils"]},
        }
        return self.file("PRIVE", self.question["writes"], situation, records)

    def write_groups(self, situation: dict[str, Any]) -> tuple[str, bytes]:
        """Write who is in which group: name and bytes."""
        return self.file("ELEGROUPE", "1.4", situation, {"ELEVES": {"ELEVE": situation["pupils"]}})

    def write_table(self, situation: dict[str, Any]) -> tuple[str, bytes]:
        """Write pupils as a table: name and bytes."""
        persons = {one["ID_PRV_PER"]: one for one in situation["persons"]}
        rows = [";".join(COLUMNS)]
        for pupil in situation["pupils"]:
            link = pupil["RESPONSABLES_ELEVE"]["LEGAL"][0]
            person = persons[link["ID_PRV_PER"]]
            names = {"family": person["NOM_DE_FAMILLE"], "first": person["PRENOM"]}
            flat = pupil | pupil["SCOLARITE_ACTIVE"] | link | names
            rows.append(";".join(flat.get(tag, "") for _, tag in COLUMNS.values()))
        return "eleves.csv", "\r\n".join(rows).encode("utf-8-sig")

    def file(
        self, kind: str, version: str, situation: dict[str, Any], records: dict[str, Any]
    ) -> tuple[str, bytes]:
        """Write a file of the software: name and bytes."""
        root = ET.Element("IMPORT_ELEVES", VERSION=version)
        now = self.question["now"]
        self.add(
            root,
            "PARAMETRES",
            {
                "UAJ": situation["school"],
                "ANNEE_SCOLAIRE": str(situation["year"]),
                "DATE_IMPORT": f"{now[8:10]}/{now[5:7]}/{now[:4]}",
                "NUM_ENVOI": "1",
                "LOGICIEL": self.question["software"],
            },
        )
        self.add(root, "DONNEES", records)
        ET.indent(root)
        digits = "".join(filter(str.isdigit, now))[2:14]
        return (
            f"{situation['school']}{kind}{situation['year']}{digits}.xml",
            ET.tostring(root, encoding="ISO-8859-15", xml_declaration=True),
        )

    def add(self, above: ET.Element, tag: str, value: Any) -> None:
        """Add an element: a text, a block, or a list of them."""
        for one in value if isinstance(value, list) else [value]:
            element = ET.SubElement(above, tag)
            if isinstance(one, dict):
                for name, inner in one.items():
                    self.add(element, name, inner)
            else:
                element.text = one

    def keep(self, pupil: dict[str, Any]) -> dict[str, Any]:
        """Give what the software keeps of a pupil that the site tells."""
        return {name: pupil[name] for name in ("id", "private_id", "ine", "division")}


def main(folder: Path, software: type[Software] = Software) -> None:
    """Answer the question of a folder."""
    question = json.loads((folder / "scenario.json").read_text("utf-8"))
    try:
        it = software(question, folder)
        said = {
            "send": it.send,
            "hold": it.hold,
            "take": it.take,
            "read": it.read,
            "confirm": it.confirm,
            "groups": it.groups,
            "table": it.table,
        }[question["ask"]]()
    except RefusedError as no:
        said = {"refusal": {"code": no.code, "sentence": str(no)}}
    except BasculeError as fault:
        said = {"refusal": {"code": "unreachable", "sentence": str(fault)}}
    beside = folder / ".answer.json"
    beside.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    beside.replace(folder / "answer.json")


if __name__ == "__main__":
    main(Path(sys.argv[-1]))
