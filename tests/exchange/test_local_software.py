"""What schools' own software takes of each export: one test for each thing that makes it stop, or lose a pupil."""

import io
import zipfile
from collections import Counter
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.bases import Base
from tests.exchange.ready_school import AT, YEAR, ready_school

from bascule.exchange.export import OFFICIAL_NAMES, SameNameError, export

BY: dict[str, Any] = {"actor": "head", "at": AT + timedelta(hours=1)}
#: What bears a pupil's or a guardian's data, and what refers to what.
_PUPILS = ("eleves", "eleves-sans-adresses", "eleves-anciens")
_GUARDIANS = ("responsables", "responsables-sans-adresses", "responsables-anciens")


class Sent:
    """All that goes out for a school of 40 pupils."""

    def __init__(self) -> None:
        school = ready_school(40)
        school.bring()
        self.uai, self.school = school.uai, school
        self.content: dict[str, bytes] = {}
        self.roots: dict[str, ET.Element] = {}
        self.again()

    def again(self, at: Any = None) -> None:
        for kinds in (["tout"], ["eleves-anciens", "responsables-anciens"]):
            for file in export(
                uai=self.uai, year=YEAR, kinds=kinds, actor="head", at=at or BY["at"]
            ):
                with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
                    (name,) = archive.namelist()
                    self.content[file.kind] = archive.read(name)
                assert file.name == f"ExportXML_{OFFICIAL_NAMES[file.kind]}.zip"
                assert name == f"{OFFICIAL_NAMES[file.kind]}.xml"
                self.roots[file.kind] = ET.fromstring(self.content[file.kind])  # noqa: S314 - ours

    def all(self, kind: str, tag: str) -> list[ET.Element]:
        return list(self.roots[kind].iter(tag))


@pytest.fixture(scope="module")
def sent(module_base: Base) -> Sent:
    return Sent()


def test_names_zips_and_encoding_are_official(sent: Sent) -> None:
    for content in sent.content.values():
        assert content.startswith(b'<?xml version="1.0" encoding="ISO-8859-15"')
        content.decode("iso-8859-15")


def test_ids_are_positive_stable_and_at_most_ten_digits(sent: Sent) -> None:
    def ids() -> dict[str, set[str]]:
        return {
            "ELEVE_ID": {one.attrib["ELEVE_ID"] for one in sent.all("eleves", "ELEVE")},
            "PERSONNE_ID": {
                one.attrib["PERSONNE_ID"] for one in sent.all("responsables", "PERSONNE")
            },
            "ADRESSE_ID": {one.attrib["ADRESSE_ID"] for one in sent.all("responsables", "ADRESSE")},
        }

    before = ids()
    for found in before.values():
        assert found
        assert all(one.isdecimal() and int(one) > 0 and len(one) <= 10 for one in found)
    sent.again(BY["at"] + timedelta(days=1))
    assert ids() == before


def test_elenoet_is_a_number_of_the_school_as_attribute_and_element(sent: Sent) -> None:
    for kind in _PUPILS:
        pupils = sent.all(kind, "ELEVE")
        numbers = [one.findtext("ELENOET") for one in pupils]
        assert numbers == [one.attrib["ELENOET"] for one in pupils]
        assert len(set(numbers)) == len(numbers) == 40
        assert all(1 <= int(str(one)) <= 99999 for one in numbers)


def test_what_readers_need_of_each_pupil_is_always_written(sent: Sent) -> None:
    for kind in _PUPILS:
        for pupil in sent.all(kind, "ELEVE"):
            for tag in (
                "DOUBLEMENT", "CODE_REGIME", "ADHESION_TRANSPORT", "DATE_ENTREE", "CODE_SEXE",
                "CODE_STATUT", "NOM_DE_FAMILLE", "PRENOM", "DATE_NAISS",
            ):  # fmt: skip
                assert pupil.findtext(tag), (kind, tag)


def test_each_pupil_in_school_has_one_division_that_the_structures_hold(sent: Sent) -> None:
    known = {one.attrib["CODE_STRUCTURE"] for one in sent.all("structures", "DIVISION")}
    for kind in _PUPILS:
        held: Counter[str] = Counter()
        for block in sent.all(kind, "STRUCTURES_ELEVE"):
            for one in block.iter("STRUCTURE"):
                if one.findtext("TYPE_STRUCTURE") == "D":
                    held[block.attrib["ELEVE_ID"]] += 1
                    assert one.findtext("CODE_STRUCTURE") in known
        there = [one for one in sent.all(kind, "ELEVE") if not one.findtext("DATE_SORTIE")]
        assert there
        assert {held[one.attrib["ELEVE_ID"]] for one in there} == {1}


def test_each_subject_of_an_option_is_in_the_nomenclature_under_one_short_code(sent: Sent) -> None:
    subjects = sent.all("nomenclature", "MATIERE")
    known = {one.attrib["CODE_MATIERE"] for one in subjects}
    shorts = [one.findtext("CODE_GESTION") for one in subjects]
    chosen = {one.findtext("CODE_MATIERE") for one in sent.all("eleves", "OPTIONS_ELEVE")}

    assert chosen
    assert chosen <= known
    assert len(set(shorts)) == len(shorts)


def test_each_link_has_its_level_and_kinship_and_each_pupil_a_legal_guardian(sent: Sent) -> None:
    for kind in ("responsables", "responsables-sans-adresses"):
        links = sent.all(kind, "RESPONSABLE_ELEVE")
        people = {one.attrib["PERSONNE_ID"] for one in sent.all(kind, "PERSONNE")}
        legal = set()
        for link in links:
            assert link.findtext("NIVEAU_RESPONSABILITE") in {"1", "2", "3"}
            assert len(str(link.findtext("CODE_PARENTE"))) == 2
            assert link.findtext("PERSONNE_ID") in people
            if link.findtext("NIVEAU_RESPONSABILITE") == "1":
                legal.add(link.findtext("ELEVE_ID"))
        minors = {
            one.attrib["ELEVE_ID"]
            for one in sent.all("eleves", "ELEVE")
            if int(str(one.findtext("DATE_NAISS"))[-4:]) > YEAR - 18
        }
        assert minors <= legal


def test_an_element_stands_on_its_own_line_and_no_leaf_is_empty(sent: Sent) -> None:
    for kind, content in sent.content.items():
        lines = content.decode("iso-8859-15").splitlines()[1:]
        # Line by line readers: one leaf a line, with its text on it.
        assert max(line.count("</") for line in lines) <= 1, kind
        empty = {
            one.tag
            for one in sent.roots[kind].iter()
            if not len(one) and not (one.text or "").strip() and not one.attrib
        }
        # Containers stay, even of nothing; a leaf of nothing would wipe what a reader holds.
        assert empty <= {
            "ANNEE_SCOLAIRE_AD",
            "BOURSES",
            "DEPARTEMENTS",
            "OPTIONS",
            "STRUCTURES",
            "ADRESSES",
            "GROUPES",
            "PROGRAMMES",
        }, kind


def test_a_set_is_of_one_school_one_year_and_one_instant(sent: Sent) -> None:
    told = {
        tuple(
            root.findtext(f"PARAMETRES/{tag}")
            for tag in ("UAJ", "ANNEE_SCOLAIRE", "DATE_EXPORT", "HORODATAGE")
        )
        for root in sent.roots.values()
    }

    assert len(told) == 1
    ((uai, year, *when),) = told
    assert (uai, year) == (sent.uai, str(YEAR))
    assert any(when)


def test_a_reader_from_before_2018_finds_what_it_knows(sent: Sent) -> None:
    for pupil in sent.all("eleves-anciens", "ELEVE"):
        assert pupil.findtext("NOM") == pupil.findtext("NOM_DE_FAMILLE")
    ranks: dict[str, list[str]] = {}
    for link in sent.all("responsables-anciens", "RESPONSABLE_ELEVE"):
        assert link.find("NIVEAU_RESPONSABILITE") is None
        assert str(link.findtext("CODE_PARENTE")) in set("1234567")
        ranks.setdefault(str(link.findtext("ELEVE_ID")), []).append(
            str(link.findtext("RESP_LEGAL"))
        )
    assert ranks
    for held in ranks.values():
        assert held.count("1") <= 1
        assert held.count("2") <= held.count("1")
        assert set(held) <= {"0", "1", "2"}
    with pytest.raises(SameNameError):
        export(uai=sent.uai, year=YEAR, kinds=["eleves", "eleves-anciens"], **BY)
