"""One small year, written by hand: what the tests of what goes out start from."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bascule.exchange.outgoing.roll import Roll, RollPupil
from bascule.exchange.outgoing.words import Sending
from bascule.students.rows import (
    AddressRow,
    EnrolmentRow,
    GuardianRow,
    LinkRow,
    SchoolingRow,
    StudentRow,
)
from bascule.values import civil_identity
from bascule.values.ine import make_ine_bea, make_ine_rnie
from bascule.values.uai import make_uai

UAI = make_uai("099", 1)
BEFORE = make_uai("099", 2)
YEAR = 2026
SENDING = Sending(UAI, YEAR, datetime(2026, 10, 5, 18, 30, 7))  # noqa: DTZ001 (local time)
RNIE, BEA = make_ine_rnie(250000017), make_ine_bea(1234567890)
MEF, OTHER_MEF = "10010012110", "10110010110"
HOME = AddressRow("12 rue de l'Exemple", None, None, None, "77000", "MELUN", None, "100")
ABROAD = AddressRow("Rue Haute 3", None, None, None, None, None, "BRUXELLES", "131")


def student(family: str = "EXEMPLE", first: str = "Zoé", **changes: Any) -> StudentRow:
    born_on = date(2015, 3, 14)
    row = StudentRow(
        ine=RNIE,
        ine_bea=BEA,
        ine_rnie=RNIE,
        family_name=family,
        first_name=first,
        birth_date=born_on,
        sex="2",
        nationality="100",
        birth_country="100",
        birth_commune="77288",
        mobile_phone="0600000001",
        accepts_sms=True,
        email="zoe@example.org",
        address_id=501,
        identity_key=civil_identity.identity_key(family, first, born_on),
        sort_key=civil_identity.sort_key(family, first),
    )
    return replace(row, **changes)


def enrolment(**changes: Any) -> EnrolmentRow:
    row = EnrolmentRow(
        private_id=57,
        is_blocked=False,
        entered_on=date(2024, 9, 2),
        regime="2",
        takes_transport=True,
        is_repeating=False,
        grants=["8 2"],
        previous_uai=BEFORE,
        previous_origin="2",
        previous_mef=OTHER_MEF,
        previous_mef_type="1",
        previous_division="CM2",
        previous_status="ST",
    )
    return replace(row, **changes)


def schooling(**changes: Any) -> SchoolingRow:
    row = SchoolingRow(
        starts_on=date(2026, 9, 1),
        mef=MEF,
        division="6 A",
        status="ST",
        options=["030201 O", "020100 F"],
    )
    return replace(row, **changes)


def guardian(family: str = "EXEMPLE", first: str = "Claire", **changes: Any) -> GuardianRow:
    row = GuardianRow(
        private_id=91,
        civility="2",
        family_name=family,
        first_name=first,
        profession="37",
        shares_address=True,
        mobile_phone="+33600000002",
        accepts_sms=False,
        email="claire@example.org",
        dependent_children=2,
        address_id=501,
        identity_key=civil_identity.identity_key(family, first),
        sort_key=civil_identity.sort_key(family, first),
    )
    return replace(row, **changes)


#: No two answers are alike over both links, so that none can pass for another.
MOTHER = LinkRow(
    "1", "10", pays_fees=True, lodges_pupil=True, receives_aid=False, is_first_to_call=False
)
FATHER = LinkRow(
    "1", "20", pays_fees=False, lodges_pupil=True, receives_aid=True, is_first_to_call=False
)
SITTER = LinkRow("3", "90")


def pupil(**changes: Any) -> RollPupil:
    whole = RollPupil(
        100001,
        42,
        student(),
        enrolment(),
        schooling(),
        schooling(),
        links=((201, MOTHER), (202, FATHER), (203, SITTER)),
    )
    if "schooling" in changes:
        changes.setdefault("latest", changes["schooling"])
    return replace(whole, **changes)


def roll(*pupils: RollPupil) -> Roll:
    return Roll(
        pupils or (pupil(),),
        {
            201: guardian(),
            202: guardian("PÈRE", "Jean", private_id=92, civility="1", address_id=502),
            203: guardian("VOISINE", "Anne", private_id=93, address_id=None),
        },
        {501: HOME, 502: ABROAD},
    )
