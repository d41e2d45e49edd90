import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bascule.config import env, settings
from bascule.store import embedded

SHOW = """
import json
from bascule.config import settings
print(json.dumps({
    "default": settings.DATABASES["default"],
    "owner": settings.DATABASES.get("owner"),
    "embedded": settings.BASCULE_EMBEDDED,
    "home": str(settings.BASCULE_HOME),
    "key": settings.SECRET_KEY,
    "zone": settings.TIME_ZONE,
}))
"""


def read_settings(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BASCULE_")}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", SHOW],
        env={**clean, **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_importing_the_settings_makes_no_file_and_starts_no_server(tmp_path: Path) -> None:
    run = read_settings(tmp_path, HOME=str(tmp_path))

    running = [
        process.pid
        for process in psutil.process_iter(["cwd"])
        if (process.info["cwd"] or "").startswith(str(tmp_path))
    ]
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.rglob("*")) == []
    assert running == []


def test_without_an_address_the_base_is_the_embedded_one_of_the_home(tmp_path: Path) -> None:
    found = json.loads(read_settings(tmp_path).stdout)

    home = tmp_path / "var"
    assert found["embedded"]
    assert found["home"] == str(home)
    assert found["default"]["HOST"] == str(embedded.socket_folder(home))
    assert found["default"]["USER"] == embedded.APPLICATION
    assert found["owner"]["USER"] == embedded.OWNER
    assert found["default"]["PASSWORD"] == ""
    assert found["default"]["OPTIONS"]["passfile"].startswith(str(home / "secrets"))
    assert found["key"] == ""


def test_the_key_made_for_the_embedded_base_is_found_again(tmp_path: Path) -> None:
    key = embedded.secret(tmp_path / "var", "django.key")

    found = json.loads(read_settings(tmp_path).stdout)

    assert found["key"] == key


def test_an_address_leaves_the_owner_and_the_key_to_be_given(tmp_path: Path) -> None:
    embedded.secret(tmp_path / "var", "django.key")

    found = json.loads(
        read_settings(tmp_path, BASCULE_DATABASE_URL="postgresql://app:x@base.example/b").stdout
    )

    assert not found["embedded"]
    assert found["owner"] is None
    assert found["key"] == ""


def test_an_address_is_read_in_full() -> None:
    read = settings.database_settings(
        "NAME", "postgresql://app:p%40ss@base.example:6432/b%20c?sslmode=verify-full"
    )

    assert (read["USER"], read["PASSWORD"]) == ("app", "p@ss")
    assert (read["HOST"], read["PORT"], read["NAME"]) == ("base.example", "6432", "b c")
    assert read["OPTIONS"]["sslmode"] == "verify-full"


def test_an_address_may_name_the_folder_of_a_socket() -> None:
    read = settings.database_settings("NAME", "postgresql://app@/base?host=/run/postgresql")

    assert (read["HOST"], read["NAME"]) == ("/run/postgresql", "base")


@pytest.mark.parametrize(
    "address", ["mysql://app@base/b", "postgresql://base/b", "postgresql://app@base", "nonsense"]
)
def test_an_address_that_is_none_is_refused_by_name_and_not_repeated(address: str) -> None:
    with pytest.raises(env.InvalidSettingError) as refusal:
        settings.database_settings("BASCULE_DATABASE_URL", address)

    assert "BASCULE_DATABASE_URL" in refusal.value.sentence
    assert address not in refusal.value.sentence


def test_an_origin_that_would_do_nothing_is_refused_by_name(tmp_path: Path) -> None:
    run = read_settings(tmp_path, BASCULE_RETURN_ADDRESSES="https://a.example.fr, agenda")

    assert run.returncode
    assert "BASCULE_RETURN_ADDRESSES n’a pas une valeur possible" in run.stderr


def test_the_time_zone_of_the_authority_is_a_setting(tmp_path: Path) -> None:
    found = json.loads(read_settings(tmp_path, BASCULE_TIME_ZONE="Indian/Reunion").stdout)

    assert found["zone"] == "Indian/Reunion"
