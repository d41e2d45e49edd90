"""The operator's guide. `make guide` follows it to the letter; here is what costs nothing to look at."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.docs.test_settings_page import rows
from tests.run_guide import ROOT, blocks

DEPLOY = ROOT / "deploy"
#: Where Debian puts it, which is not in the path of everybody.
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


def test_each_block_is_a_script() -> None:
    assert len(blocks()) > 10
    for block in blocks():
        read = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True)  # noqa: PLW1510, S607
        assert read.stderr == "", block


def test_each_setting_of_the_example_is_one() -> None:
    names = re.findall(r"^(\w+)=", (DEPLOY / "environment").read_text("utf-8"), re.MULTILINE)

    assert {name.removesuffix("_FILE") for name in names} <= set(rows())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_each_unit_is_understood(tmp_path: Path) -> None:
    units = [path for path in DEPLOY.iterdir() if path.suffix in (".service", ".timer")]
    for path in units:
        # Where the program is not installed, something else that runs stands for it.
        text = path.read_text("utf-8").replace("/opt/bascule/bin/bascule", "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")

    said = subprocess.run(  # noqa: S603
        ["systemd-analyze", "verify", *(str(tmp_path / path.name) for path in units)],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
    )

    assert [path.name for path in units if path.name in said.stderr] == [], said.stderr


@pytest.mark.skipif(NGINX is None, reason="nginx is not here")
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    certificate, key = tmp_path / "site.pem", tmp_path / "site.key"
    subprocess.run(  # noqa: S603
        [  # noqa: S607
            "openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "1", "-subj", "/CN=bascule.example.fr",
            "-keyout", str(key), "-out", str(certificate),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    shutil.copy(certificate, tmp_path / "clients.pem")
    site = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/etc/bascule/tls", str(tmp_path))
    # Ports that anybody may listen at.
    site = re.sub(
        r"(listen (?:\[::\]:)?)(\d+)", lambda found: f"{found[1]}{18000 + int(found[2])}", site
    )
    folders = "".join(
        f"{one}_temp_path {tmp_path}/{one}; "
        for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {folders}\n{site}\n}}"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")

    said = subprocess.run(  # noqa: S603
        [str(NGINX), "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        check=False,
        capture_output=True,
        text=True,
    )

    assert said.returncode == 0, said.stderr
