"""A number given at night goes down in the exports, and is known to be taken back when a file carries it."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

from tests.bases import Base
from tests.exchange.ready_school import AT, YEAR, ready_school
from tests.ine.asking import ask, numbers, population, rows

from bascule.exchange.export import SentFileContent, export
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import RunFinding
from bascule.exchange.reports import Form, report
from bascule.exchange.resend import Reason, to_send_again
from bascule.formats.bee_eleves.reader import read
from bascule.ine.give_back import note_taken
from bascule.ine.merges import authority_act
from bascule.ine.models import Number
from bascule.ine.standing import Stand, numbers_to_take, standing
from bascule.journal.act import act
from bascule.students.models import Student
from bascule.values.ine import make_ine_bea


def test_numbers_go_down_and_come_back(base: Base) -> None:
    school = ready_school(8)
    own = population(school)
    school.bring(own)
    signed: dict[str, Any] = {"uai": school.uai, "year": YEAR, "actor": "head"}
    export(**signed, kinds=["eleves"], at=AT + timedelta(hours=1))
    ask(school, days=1)

    assert [one.reason for one in to_send_again(uai=school.uai, year=YEAR)["eleves"]] == [
        Reason.NEW_INE
    ]
    assert standing(uai=school.uai, year=YEAR).to_take == 8

    xml, table = export(**signed, kinds=["ine", "ine-csv"], at=AT + timedelta(days=2))
    taken = _of_xml(xml)
    lines = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")), delimiter=";"))

    assert {line["Identifiant du logiciel"]: line["INE"] for line in lines} == taken
    assert set(taken.values()) == set(numbers(school.uai).values())
    assert standing(uai=school.uai, year=YEAR).to_take == 0

    # The software took them, in the one element that it knows.
    back = [replace(pupil, ine=taken[str(pupil.id)]) for pupil in own.pupils]
    run = school.bring(population(school, back), at=AT + timedelta(days=3))

    assert set(standing(uai=school.uai, year=YEAR).counts) == {Stand.TAKEN}
    told = json.loads(report(run_id=run.pk, uai=school.uai, form=Form.JSON))
    assert {str(one["private_id"]): one["ine"] for one in told["given"]} == taken
    for form, mark in ((Form.TEXT, "INE reçus"), (Form.CSV, "INE REÇU")):
        assert mark in report(run_id=run.pk, uai=school.uai, form=form).decode()
    assert report(run_id=run.pk, uai=school.uai, form=Form.PDF).startswith(b"%PDF")
    with reading(school.uai):
        assert not RunFinding.objects.filter(run_id=run.pk, code__startswith="IDNAT").exists()
    assert ask(school, days=4).given == 0


def _of_xml(file: SentFileContent) -> dict[str, str]:
    with ZipFile(io.BytesIO(file.content)) as archive:
        content = archive.read("INE.xml")
    return {
        str(record.fields["ID_PRV_ELE"]): str(record.fields["ID_NATIONAL"])
        for record in read([content])
        if record.tag == "ELEVE"
    }


def test_a_second_number_is_to_be_taken_back_like_the_first(base: Base) -> None:
    school = ready_school(2)
    school.bring(population(school))
    ask(school)
    student_id, person_id, given = rows(
        school.uai, "SELECT student_id, person_id, given FROM ine_link ORDER BY id"
    )[0]
    with act(uai=school.uai, kind="import.apply", actor="secretary", at=AT) as opened:
        note_taken(opened, [(student_id, given)])
    with authority_act(kind="ine.national-answer", actor="worker", at=AT):
        Number.objects.create(
            number=make_ine_bea(101001234), person_id=person_id, kind="BEA", source="FILE", since=AT
        )
    with act(uai=school.uai, kind="pupil.amend", actor="head", at=AT) as opened:
        Student.objects.filter(uai=school.uai, pk=student_id).update(
            third_name="Zoé", act_id=opened.id
        )
    assert numbers_to_take(uais=[school.uai]) == {(school.uai, YEAR): 1}

    assert ask(school, days=1).given == 1

    assert numbers_to_take(uais=[school.uai]) == {(school.uai, YEAR): 2}
