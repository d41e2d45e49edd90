import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree as ET

import psycopg
import pytest
from django.db import connection
from tests.exchange.outgoing.rolls import (
    FATHER,
    HOME,
    MEF,
    MOTHER,
    OTHER_MEF,
    UAI,
    YEAR,
    enrolment,
    guardian,
    schooling,
    student,
)

from bascule.errors import RefusedError
from bascule.exchange.export import (
    KINDS,
    MissingPrivateIdError,
    NothingToExportError,
    SameNameError,
    SentFileContent,
    UnknownKindError,
    export,
)
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import SentFile
from bascule.formats.bee_commun.reader import read as read_communs
from bascule.formats.bee_eleves.reader import read as read_eleves
from bascule.formats.bee_etablissements.reader import read as read_schools
from bascule.formats.bee_geographique.reader import read as read_places
from bascule.formats.bee_nomenclatures.description import DESCRIPTION as NOMENCLATURE
from bascule.formats.bee_responsables.reader import read as read_responsables
from bascule.formats.bee_structures.reader import read as read_structures
from bascule.formats.envelope import open_deposit
from bascule.formats.import_eleves.reader import read as read_private
from bascule.formats.record import Fields, Record
from bascule.formats.xml_reader import read
from bascule.journal.act import act
from bascule.journal.models import Act
from bascule.journal.verify import verify_chain
from bascule.nomenclatures.profile import load_profile
from bascule.schools.directory import UnknownSchoolError, register_school
from bascule.schools.load import load_common, load_structures
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import YearNotOpenError, open_year
from bascule.students.register import ENROLMENTS, Register
from bascule.values.steps import MissingStepError, NextAct, Step
from bascule.values.uai import make_uai

NOBODY = make_uai("099", 9)
AT = datetime(2026, 10, 5, 16, 30, 7, tzinfo=UTC)
BY: dict[str, Any] = {"actor": "deep", "at": AT}
HEADER = Record("PARAMETRES", 1, 1, {"UAJ": UAI, "ANNEE_SCOLAIRE": str(YEAR)})
PROFILE = [
    Record("MEF", 1, 1, {"@CODE_MEF": MEF, "FORMATION": "6EME", "MEF_SELECTIONNE": "1"}),
    Record("MEF", 1, 2, {"@CODE_MEF": OTHER_MEF, "FORMATION": "CM2", "MEF_SELORIG": "1"}),
    Record(
        "MATIERE",
        1,
        1,
        {"@CODE_MATIERE": "030201", "CODE_GESTION": "AGL1", "LIBELLE_LONG": "ANGLAIS"},
    ),
    Record(
        "PROGRAMME", 1, 1, {"CODE_MEF": MEF, "CODE_MATIERE": "030201", "CODE_MODALITE_ELECT": "O"}
    ),
    Record("REGIME", 1, 1, {"@CODE_REGIME": "2", "LIBELLE_COURT": "DP DAN"}),
    Record("CIVILITE", 1, 1, {"@CODE_CIVILITE": "2", "LIBELLE_COURT": "MME"}),
]


def _structure(tag: str, rank: int, code: str, **more: Fields) -> Record:
    served: Fields = {"MEF_APPARTENANCE": [{"CODE_MEF": MEF}]}
    return Record(
        tag,
        1,
        rank,
        {"@CODE_STRUCTURE": code, "LIBELLE_LONG": code, "MEFS_APPARTENANCE": served, **more},
    )


STRUCTURES = [
    _structure("DIVISION", 1, "6 B"),
    _structure("DIVISION", 2, "6 A"),
    _structure(
        "GROUPE",
        1,
        "6AGL1",
        DIVISIONS_APPARTENANCE={"DIVISION_APPARTENANCE": [{"CODE_STRUCTURE": "6 A"}]},
    ),
]
COMMON = [
    Record("UAJ", 1, 1, {"ETAB_UAJ_ID": "7", "DENOM_PRINC": "COLLEGE EXEMPLE"}),
    Record(
        "ANNEE_SCOLAIRE", 1, 1, {"DATE_DEBUT_ELEVE": "01/09/2026", "DATE_FIN_ELEVE": "31/08/2027"}
    ),
    Record(
        "FERMETURE",
        1,
        1,
        {"LC_MOTIF": "NOEL", "DATE_DEBUT": "19/12/2026", "DATE_FIN": "04/01/2027"},
    ),
]


@pytest.fixture
def _school(base: Any) -> None:
    register_school(uai=UAI, name="Collège fictif", **BY)
    open_year(uai=UAI, year=YEAR, **BY)


@pytest.fixture
def _profile(_school: None) -> None:
    load_profile(uai=UAI, year=YEAR, records=[HEADER, *PROFILE], **BY)
    load_structures(uai=UAI, year=YEAR, records=[HEADER, *STRUCTURES], **BY)
    load_common(uai=UAI, year=YEAR, records=[HEADER, *COMMON], **BY)


@pytest.fixture
def _pupils(_profile: None) -> None:
    _enrol(2)


def _enrol(
    count: int,
    *,
    names: tuple[str, ...] = ("EXEMPLE", "ŒUVRÉ"),
    private_id: int | None = 50,
    **year: Any,
) -> list[int]:
    """Enrol a family: two parents, and children who live with them."""
    with act(uai=UAI, kind="test", **BY) as opened:
        register = Register(uai=UAI, act_id=opened.id)
        (home,) = register.add_addresses({hashlib.md5(names[0].encode()).digest(): HOME}).values()  # noqa: S324
        parents = [
            (guardian(private_id=private_id, address_id=home), (1, 1)),
            (
                guardian(
                    "PÈRE",
                    "Jean",
                    private_id=private_id and private_id + 1,
                    civility="1",
                    address_id=None,
                ),
                (1, 2),
            ),
        ]
        mother, father = register.add_guardians(parents).values()
        children = [
            (student(names[rank % len(names)], f"Zoé {rank}", address_id=home), (1, rank))
            for rank in range(1, count + 1)
        ]
        # One national number each would be more like life; nothing here reads it.
        ids = list(register.add_students(children).values())
        first = private_id or 0
        register.add_enrolments(
            YEAR,
            [
                (pupil, replace(enrolment(private_id=first + rank), **year), (1, rank))
                for rank, pupil in enumerate(ids)
            ],
        )
        register.add_schoolings(YEAR, [(pupil, schooling(), (1, 1)) for pupil in ids])
        register.add_links([(pupil, mother, MOTHER) for pupil in ids])
        register.add_links([(pupil, father, FATHER) for pupil in ids])
    return ids


def _one(kind: str, **changes: Any) -> SentFileContent:
    (file,) = export(**{"uai": UAI, "year": YEAR, "kinds": [kind], **BY, **changes})
    return file


def _records(file: SentFileContent, reader: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for record in reader(open_deposit(file.name, file.content).chunks()):
        found.setdefault(record.tag, []).append(record.fields)
    return found


# The envelope and what is kept


@pytest.mark.usefixtures("_pupils")
def test_everything_is_the_ten_official_files_under_their_names() -> None:
    files = export(uai=UAI, year=YEAR, kinds=["tout"], **BY)

    assert [file.name for file in files] == [
        "ExportXML_Nomenclature.zip",
        "ExportXML_Structures.zip",
        "ExportXML_Communs.zip",
        "ExportXML_Etablissements.zip",
        "ExportXML_EtablissementsEleves.zip",
        "ExportXML_Geographique.zip",
        "ExportXML_ElevesAvecAdresses.zip",
        "ExportXML_ElevesSansAdresses.zip",
        "ExportXML_ResponsablesAvecAdresses.zip",
        "ExportXML_ResponsablesSansAdresses.zip",
    ]
    for file in files:
        inner = file.name.removeprefix("ExportXML_").replace(".zip", ".xml")
        assert zipfile.ZipFile(io.BytesIO(file.content)).namelist() == [inner]


@pytest.mark.usefixtures("_pupils")
def test_a_private_file_bears_the_schools_number_the_year_and_the_local_hour() -> None:
    file = _one("prive-3.1")

    assert file.name == f"{UAI}PRIVE2026261005183007.zip"
    assert zipfile.ZipFile(io.BytesIO(file.content)).namelist() == [
        f"{UAI}PRIVE2026261005183007.xml"
    ]


@pytest.mark.usefixtures("_pupils")
def test_every_file_says_the_same_school_year_and_local_instant() -> None:
    for file in export(uai=UAI, year=YEAR, kinds=["tout"], **BY):
        xml = b"".join(open_deposit(file.name, file.content).chunks()).decode("iso-8859-15")

        assert xml.startswith('<?xml version="1.0" encoding="ISO-8859-15"?>')
        assert f"<UAJ>{UAI}</UAJ>" in xml
        assert "<ANNEE_SCOLAIRE>2026</ANNEE_SCOLAIRE>" in xml
        assert "<HORODATAGE>05/10/2026 18:30:07</HORODATAGE>" in xml


@pytest.mark.usefixtures("_pupils")
def test_each_file_leaves_a_line_with_its_digest_and_counts() -> None:
    files = export(uai=UAI, year=YEAR, kinds=["eleves", "responsables"], **BY)

    with reading(UAI):
        sent = list(SentFile.objects.filter(uai=UAI).order_by("id"))
    assert [(row.kind, row.name, bytes(row.digest), row.sent_by, row.sent_at) for row in sent] == [
        (file.kind, file.name, hashlib.sha256(file.content).digest(), "deep", AT) for file in files
    ]
    assert [row.counts for row in sent] == [file.counts for file in files]
    assert files[0].counts == {
        "ELEVE": 2,
        "OPTION": 2,
        "STRUCTURES_ELEVE": 2,
        "BOURSE": 2,
        "ADRESSE": 1,
    }
    assert files[1].counts == {"PERSONNE": 2, "RESPONSABLE_ELEVE": 4, "ADRESSE": 1}


@pytest.mark.usefixtures("_pupils")
def test_an_export_is_an_act_with_digests_and_no_names() -> None:
    file = _one("eleves")

    with reading(UAI):
        last = Act.objects.filter(uai=UAI).order_by("sequence").last()
    assert last is not None
    assert (last.kind, last.actor) == ("export", "deep")
    assert json.loads(last.payload)["facts"] == {
        "year": YEAR,
        "files": [{"kind": "eleves", "digest": file.digest.hex(), "counts": file.counts}],
    }
    assert verify_chain(uai=UAI).faults == ()


@pytest.mark.usefixtures("_pupils")
def test_the_same_export_at_the_same_instant_has_the_same_bytes() -> None:
    assert _one("eleves").content == _one("eleves").content


# What the files hold


@pytest.mark.usefixtures("_profile")
def test_the_nomenclature_that_goes_out_is_the_one_that_came_in() -> None:
    records = read(NOMENCLATURE, open_deposit("n.zip", _one("nomenclature").content).chunks())

    assert [(record.tag, record.rank, record.fields) for record in records][1:] == [
        (record.tag, record.rank, record.fields) for record in PROFILE
    ]


@pytest.mark.usefixtures("_profile")
def test_the_structures_that_go_out_are_those_that_came_in() -> None:
    records = read_structures(open_deposit("s.zip", _one("structures").content).chunks())

    assert [(record.tag, record.rank, record.fields) for record in records][1:] == [
        (record.tag, record.rank, record.fields) for record in STRUCTURES
    ]


@pytest.mark.usefixtures("_profile")
def test_the_common_data_that_go_out_are_those_that_came_in() -> None:
    found = _records(_one("communs"), read_communs)

    assert found["UAJ"] == [COMMON[0].fields]
    assert found["ANNEE_SCOLAIRE"] == [COMMON[1].fields]
    assert found["FERMETURE"] == [COMMON[2].fields]


@pytest.mark.usefixtures("_school")
def test_common_data_are_there_even_when_nothing_came_in() -> None:
    assert _records(_one("communs"), read_communs)["UAJ"] == [{"DENOM_PRINC": "Collège fictif"}]


@pytest.mark.usefixtures("_pupils")
def test_pupils_go_out_in_the_order_of_their_names_with_our_ids() -> None:
    found = _records(_one("eleves"), read_eleves)

    assert [pupil["NOM_DE_FAMILLE"] for pupil in found["ELEVE"]] == ["EXEMPLE", "ŒUVRÉ"]
    assert len({pupil["@ELEVE_ID"] for pupil in found["ELEVE"]}) == 2
    assert sorted(pupil["ELENOET"] for pupil in found["ELEVE"]) == ["1", "2"]
    assert {pupil["ADRESSE_ID"] for pupil in found["ELEVE"]} == {found["ADRESSE"][0]["@ADRESSE_ID"]}


@pytest.mark.usefixtures("_pupils")
def test_guardians_and_pupils_are_linked_by_the_ids_of_the_other_file() -> None:
    pupils = _records(_one("eleves"), read_eleves)
    found = _records(_one("responsables"), read_responsables)

    assert {link["ELEVE_ID"] for link in found["RESPONSABLE_ELEVE"]} == {
        pupil["@ELEVE_ID"] for pupil in pupils["ELEVE"]
    }
    assert {link["PERSONNE_ID"] for link in found["RESPONSABLE_ELEVE"]} == {
        person["@PERSONNE_ID"] for person in found["PERSONNE"]
    }


@pytest.mark.usefixtures("_pupils")
def test_who_is_only_expected_does_not_go_out_nor_do_the_guardians() -> None:
    ids = _enrol(1, names=("ATTENDUE",), private_id=70)
    with act(uai=UAI, kind="test", **BY) as opened, connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {ENROLMENTS} SET is_expected = true, act_id = %s WHERE student_id = %s",  # noqa: S608
            [opened.id, ids[0]],
        )

    pupils, guardians = _one("eleves"), _one("responsables")

    assert pupils.counts["ELEVE"] == 2
    assert guardians.counts["PERSONNE"] == 2


@pytest.mark.usefixtures("_pupils")
def test_who_left_goes_out_with_the_guardians() -> None:
    _enrol(1, names=("PARTIE",), private_id=70, left_on=date(2026, 9, 30), exit_reason="11")

    found = _records(_one("eleves"), read_eleves)

    assert [pupil.get("CODE_MOTIF_SORTIE") for pupil in found["ELEVE"]] == [None, None, "11"]
    assert _one("responsables").counts["PERSONNE"] == 4


@pytest.mark.parametrize(
    ("month", "division"),
    [(8, "6 A"), (9, "6 A"), (10, "6 B"), (12, "6 B")],
)
@pytest.mark.usefixtures("_profile")
def test_the_schooling_is_that_of_the_day_of_the_export(month: int, division: str) -> None:
    (pupil,) = _enrol(1)
    with act(uai=UAI, kind="test", **BY) as opened:
        later = schooling(starts_on=date(2026, 10, 1), division="6 B")
        Register(uai=UAI, act_id=opened.id).add_schoolings(YEAR, [(pupil, later, (None, None))])

    file = _one("eleves", at=datetime(2026, month, 20, 9, tzinfo=UTC))

    (held,) = _records(file, read_eleves)["STRUCTURES_ELEVE"]
    assert held["STRUCTURE"] == [{"CODE_STRUCTURE": division, "TYPE_STRUCTURE": "D"}]


@pytest.mark.usefixtures("_profile")
def test_a_private_file_has_the_last_schooling_even_when_it_is_still_to_come() -> None:
    (pupil,) = _enrol(1)
    with act(uai=UAI, kind="test", **BY) as opened:
        later = schooling(starts_on=date(2026, 11, 9), division="6 B")
        Register(uai=UAI, act_id=opened.id).add_schoolings(YEAR, [(pupil, later, (None, None))])

    (written,) = _records(_one("prive-3.1"), read_private)["ELEVE"]

    assert written["SCOLARITE_ACTIVE"]["DATE_DEB_SCO"] == "2026-11-09"


@pytest.mark.usefixtures("_profile")
def test_no_entry_is_invented_for_a_pupil_who_came_after_the_first_day() -> None:
    _enrol(1, entered_on=None)
    (early,) = _records(_one("eleves"), read_eleves)["ELEVE"]
    with act(uai=UAI, kind="test", **BY) as opened:
        SchoolYear.objects.filter(uai=UAI).update(starts_on=date(2026, 8, 24), act_id=opened.id)

    (late,) = _records(_one("eleves"), read_eleves)["ELEVE"]

    assert early["DATE_ENTREE"] == "01/09/2026"
    assert "DATE_ENTREE" not in late


@pytest.mark.usefixtures("_pupils")
def test_a_letter_that_the_encoding_lacks_is_replaced_and_told() -> None:
    _enrol(1, names=("YIĞIT",), private_id=70)

    file = _one("eleves")

    assert [tuple(character) for character in file.replaced] == [
        ("ELEVE", 3, "NOM_DE_FAMILLE", "Ğ", 3)
    ]
    with reading(UAI):
        kept = SentFile.objects.get(uai=UAI).replaced
    assert kept == [["ELEVE", 3, "NOM_DE_FAMILLE", "Ğ", 3]]
    assert _records(file, read_eleves)["ELEVE"][2]["NOM_DE_FAMILLE"] == "YI?IT"


@pytest.mark.usefixtures("_pupils")
def test_a_private_file_loses_no_letter() -> None:
    _enrol(1, names=("YIĞIT",), private_id=70)

    file = _one("prive-3.1")

    assert file.replaced == ()
    assert _records(file, read_private)["ELEVE"][2]["NOM_DE_FAMILLE"] == "YIĞIT"


@pytest.mark.parametrize("version", ["2.0", "3.0", "3.1", "4.0"])
@pytest.mark.usefixtures("_pupils")
def test_a_private_file_is_of_the_version_asked_for(version: str) -> None:
    file = _one(f"prive-{version}")

    reading_of_it = read_private(open_deposit(file.name, file.content).chunks())
    assert sum(record.tag == "ELEVE" for record in reading_of_it) == 2
    assert reading_of_it.version == version


@pytest.mark.usefixtures("_pupils")
def test_a_private_file_bears_the_schools_software_and_a_number_that_grows() -> None:
    with act(uai=UAI, kind="test", **BY) as opened:
        SchoolYear.objects.filter(uai=UAI, year=YEAR).update(software="EXEMPLE", act_id=opened.id)

    headers = [_records(_one("prive-4.0"), read_private)["PARAMETRES"][0] for _ in range(2)]

    assert [(header["LOGICIEL"], header["NUM_ENVOI"]) for header in headers] == [
        ("EXEMPLE", "1"),
        ("EXEMPLE", "2"),
    ]


@pytest.mark.usefixtures("_pupils")
def test_an_export_asks_the_base_as_often_for_two_pupils_as_for_two_hundred() -> None:
    few = _statements()
    _enrol(200, names=("NOMBREUX",), private_id=1000)

    assert _statements() == few


def _statements() -> int:
    """Count the statements of a whole export, whichever cursor sends them."""
    connection.ensure_connection()
    wrapped: Any = connection.connection
    ordinary = wrapped.cursor_factory
    count = 0

    class Counting(ordinary):  # type: ignore[misc]
        def execute(self, *args: Any, **kwargs: Any) -> "psycopg.Cursor[Any]":
            nonlocal count
            count += 1
            executed: psycopg.Cursor[Any] = super().execute(*args, **kwargs)
            return executed

    wrapped.cursor_factory = Counting
    try:
        export(uai=UAI, year=YEAR, kinds=["tout", "prive-4.0"], **BY)
    finally:
        wrapped.cursor_factory = ordinary
    assert count > 10
    return count


# Refusals


@pytest.mark.usefixtures("_school")
@pytest.mark.parametrize("kinds", [["eleve"], ["eleves", "photos"], []])
def test_an_unknown_kind_is_refused_with_those_there_are(kinds: list[str]) -> None:
    with pytest.raises(UnknownKindError, match="eleves-sans-adresses"):
        export(uai=UAI, year=YEAR, kinds=kinds, **BY)


@pytest.mark.usefixtures("_school")
def test_an_unknown_school_is_refused() -> None:
    with pytest.raises(UnknownSchoolError, match=NOBODY):
        _one("eleves", uai=NOBODY)


@pytest.mark.usefixtures("_school")
def test_a_year_that_is_not_open_is_refused() -> None:
    with pytest.raises(YearNotOpenError, match="2027-2028"):
        _one("communs", year=YEAR + 1)


@pytest.mark.usefixtures("_school")
@pytest.mark.parametrize(
    ("kind", "block"),
    [
        ("eleves", "ELEVE"),
        ("eleves-sans-adresses", "ELEVE"),
        ("responsables", "ELEVE"),
        ("prive-3.1", "ELEVE"),
    ],
)
def test_an_empty_block_that_must_not_be_is_refused(kind: str, block: str) -> None:
    with pytest.raises(NothingToExportError, match=f"« {kind} »") as refusal:
        _one(kind)

    assert refusal.value.block == block


@pytest.mark.usefixtures("_school")
def test_what_the_school_has_not_validated_is_not_exported() -> None:
    with pytest.raises(MissingStepError, match="Nomenclatures reçues") as refusal:
        _one("nomenclature")
    assert (refusal.value.step, refusal.value.act) == (
        Step.NOMENCLATURES,
        NextAct.WAIT_FOR_NOMENCLATURES,
    )

    load_profile(uai=UAI, year=YEAR, records=[HEADER, *PROFILE], **BY)
    assert _one("nomenclature").counts["MEF"]
    with pytest.raises(MissingStepError, match="divisions") as refusal:
        _one("structures")
    assert refusal.value.step is Step.STRUCTURES


@pytest.mark.usefixtures("_profile")
def test_pupils_without_any_guardian_have_no_export_of_guardians() -> None:
    with act(uai=UAI, kind="test", **BY) as opened:
        register = Register(uai=UAI, act_id=opened.id)
        (pupil,) = register.add_students([(student(address_id=None), (1, 1))]).values()
        register.add_enrolments(YEAR, [(pupil, enrolment(), (1, 1))])

    assert _one("eleves").counts["ELEVE"] == 1
    with pytest.raises(NothingToExportError, match="aucun responsable"):
        _one("responsables")


@pytest.mark.usefixtures("_profile")
def test_a_refused_export_leaves_no_trace() -> None:
    with reading(UAI):
        before = Act.objects.filter(uai=UAI).count()

    with pytest.raises(NothingToExportError):
        export(uai=UAI, year=YEAR, kinds=["communs", "eleves"], **BY)

    with reading(UAI):
        assert Act.objects.filter(uai=UAI).count() == before
        assert not SentFile.objects.filter(uai=UAI).exists()


@pytest.mark.usefixtures("_pupils")
def test_a_private_file_leaves_out_the_pupils_that_the_software_does_not_know() -> None:
    ids = _enrol(1, names=("OUBLIÉE",), private_id=70)
    with act(uai=UAI, kind="test", **BY) as opened, connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {ENROLMENTS} SET private_id = NULL, act_id = %s WHERE student_id = %s",  # noqa: S608
            [opened.id, ids[0]],
        )

    file = _one("prive-3.1")

    assert file.counts == {"PERSONNE": 2, "ELEVE": 2, "omitted": 1}


@pytest.mark.usefixtures("_profile")
def test_a_private_file_of_pupils_unknown_to_the_software_is_refused() -> None:
    _enrol(1, private_id=None)
    with act(uai=UAI, kind="test", **BY) as opened, connection.cursor() as cursor:
        cursor.execute(f"UPDATE {ENROLMENTS} SET private_id = NULL, act_id = %s", [opened.id])  # noqa: S608

    with pytest.raises(NothingToExportError, match="identifiant du logiciel"):
        _one("prive-3.1")


@pytest.mark.usefixtures("_profile")
def test_a_private_file_needs_the_softwares_ids_of_the_guardians_it_names() -> None:
    _enrol(1, private_id=None)

    with pytest.raises(MissingPrivateIdError, match="2 responsable"):
        _one("prive-3.1")


@pytest.mark.usefixtures("_pupils")
def test_two_private_versions_at_once_are_refused() -> None:
    with pytest.raises(SameNameError):
        export(uai=UAI, year=YEAR, kinds=["prive-3.0", "prive-3.1"], **BY)


@pytest.mark.usefixtures("_pupils")
def test_a_kind_asked_for_twice_goes_out_once() -> None:
    files = export(uai=UAI, year=YEAR, kinds=["eleves", "tout", "eleves"], **BY)

    assert sorted(file.kind for file in files) == sorted(
        kind
        for kind in KINDS
        if not kind.startswith(("prive", "ine", "groupes", "oneroster")) and "anciens" not in kind
    )
    assert files[0].kind == "eleves"


def test_every_refusal_has_a_code_of_its_own() -> None:
    refusals: list[type[RefusedError]] = [
        UnknownKindError,
        NothingToExportError,
        MissingPrivateIdError,
        SameNameError,
    ]

    assert len({refusal.code for refusal in refusals}) == len(refusals)


@pytest.mark.usefixtures("_pupils")
def test_the_schools_of_the_directory_go_out_with_what_is_known_of_them() -> None:
    register_school(
        uai=make_uai("099", 2),
        name="Lycée de la Très Longue Rue des Essais",
        is_private=False,
        **BY,
    )

    records = list(read_schools(open_deposit("e.zip", _one("etablissements").content).chunks()))

    assert [record.fields for record in records if record.tag == "ETABLISSEMENT"] == [
        {"@CODE_RNE": UAI, "CODE_TYPE_ETAB": "9999", "CODE_SECTEUR": "PR", "DENOM_PRINC": "Collège fictif"},
        {
            "@CODE_RNE": make_uai("099", 2),
            "CODE_TYPE_ETAB": "9999",
            "CODE_SECTEUR": "PU",
            "DENOM_PRINC": "Lycée de la Très Longue Rue",
            "DENOM_COMPL": "des Essais",
        },
    ]  # fmt: skip


@pytest.mark.usefixtures("_profile")
def test_the_schools_that_pupils_come_from_go_out_known_or_not() -> None:
    far = make_uai("075", 1234)
    _enrol(2, previous_uai=far)

    (school,) = (
        record.fields
        for record in read_schools(
            open_deposit("e.zip", _one("etablissements-eleves").content).chunks()
        )
        if record.tag == "ETABLISSEMENT"
    )

    assert school == {"@CODE_RNE": far, "CODE_ACADEMIE": "01", "CODE_TYPE_ETAB": "9999"}


@pytest.mark.usefixtures("base")
def test_places_go_out_with_the_departments_of_the_academy_alone() -> None:
    paris = make_uai("075", 1)
    register_school(uai=paris, name="Collège fictif", **BY)
    open_year(uai=paris, year=YEAR, **BY)

    (file,) = export(uai=paris, year=YEAR, kinds=["geographique"], **BY)

    found: dict[str, dict[str, Fields]] = {"PAYS": {}, "DEPARTEMENT": {}, "COMMUNE": {}}
    for record in read_places(open_deposit("g.zip", file.content).chunks()):
        if record.tag in found:
            key = next(value for name, value in record.fields.items() if name.startswith("@"))
            found[record.tag][str(key)] = record.fields
    assert found["PAYS"]["100"]["LIBELLE_LONG"] == "FRANCE"
    assert found["DEPARTEMENT"] == {
        "75": {
            "@CODE_DEPARTEMENT_INSEE": "75",
            "CODE_ACADEMIE": "01",
            "CODE_DEPARTEMENT_MEN": "075",
            "LIBELLE_LONG": "Paris",
        }
    }
    assert found["COMMUNE"]["2A004"]["CODE_DEPARTEMENT_INSEE"] == "2A"
    assert file.counts["COMMUNE"] == len(found["COMMUNE"]) > 30_000


@pytest.mark.usefixtures("_pupils")
@pytest.mark.parametrize(
    ("kind", "root", "containers"),
    [
        ("etablissements", "BEE_ETABLISSEMENTS", ["ETABLISSEMENTS"]),
        ("etablissements-eleves", "BEE_ETABLISSEMENTS", ["ETABLISSEMENTS"]),
        ("geographique", "BEE_GEOGRAPHIQUE", ["LISTE_PAYS", "DEPARTEMENTS", "COMMUNES"]),
    ],
)
def test_another_reader_finds_what_it_is_told(kind: str, root: str, containers: list[str]) -> None:
    file = _one(kind)

    tree = ET.fromstring(b"".join(open_deposit("x.zip", file.content).chunks()))  # noqa: S314 - our own file

    assert tree.tag == root
    assert tree.findtext("PARAMETRES/UAJ") == UAI
    assert [one.tag for one in tree.find("DONNEES") or ()] == containers
    assert sum(len(one) for one in tree.find("DONNEES") or ()) == sum(file.counts.values())
