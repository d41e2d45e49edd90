"""Who may come in is told while the site of the demonstration is open, and nowhere else."""

from pathlib import Path

import pytest
from django.test import override_settings
from tests.bases import Base
from tests.exchange.ready_school import AT, ready_school

from bascule.cli import players
from bascule.generator import staff


def test_logins_password_and_codes_are_told(
    base: Base, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with override_settings(BASCULE_EMBEDDED=True, BASCULE_HOME=tmp_path):
        staff.settle(uais=[ready_school(4).uai], at=AT)
        with players.shown():
            told = capsys.readouterr().out
        password = staff.password()

    assert password in told
    assert all(role.family_name in told for role in staff.ROLES)


def test_nothing_is_told_of_a_base_of_ones_own(
    base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    with players.shown():
        told = capsys.readouterr().out

    assert told == ""


def test_nothing_is_told_where_nobody_plays(
    base: Base, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with override_settings(BASCULE_EMBEDDED=True, BASCULE_HOME=tmp_path), players.shown():
        assert capsys.readouterr().out == ""
