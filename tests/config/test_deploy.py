"""What Django itself says of the settings of a server: nothing."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest


def check(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BASCULE_")}
    given = {
        "DJANGO_SETTINGS_MODULE": "bascule.config.settings",
        "BASCULE_DATABASE_URL": "postgresql://bascule_app:secret@localhost:1/bascule",
        "BASCULE_SECRET_KEY": secrets.token_urlsafe(50),
        "BASCULE_HOSTS": "bascule.example.fr",
    }
    return subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env={**clean, **given, **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_server_has_no_warning(tmp_path: Path) -> None:
    checked = check(tmp_path)

    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout + checked.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [{"BASCULE_HTTPS": "non"}, {"BASCULE_SECRET_KEY": "court"}],
    ids=["http", "short-key"],
)
def test_a_server_that_is_not_safe_has_one(tmp_path: Path, variables: dict[str, str]) -> None:
    assert check(tmp_path, **variables).returncode == 1
