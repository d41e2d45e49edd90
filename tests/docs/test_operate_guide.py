"""The operator's guide. `make guide` follows it to the letter; here is what costs nothing to look at."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.docs.test_settings_page import rows
from tests.run_guide import ROOT, blocks

DEPLOY = ROOT / "deploy"


def test_each_block_is_a_script() -> None:
    assert len(blocks()) > 10
    for block in blocks():
        read = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True)  # noqa: PLW1510, S607
        assert read.stderr == "", block


def test_each_setting_of_the_example_is_one() -> None:
    names = re.findall(r"^(\w+)=", (DEPLOY / "environment").read_text("utf-8"), re.MULTILINE)

    assert {name.removesuffix("_FILE") for name in names} <= set(rows())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
@pytest.mark.parametrize("unit", sorted(path.name for path in DEPLOY.glob("*.service")))
def test_each_unit_is_understood(unit: str, tmp_path: Path) -> None:
    # Where the program is not installed, something else that runs stands for it.
    text = (DEPLOY / unit).read_text("utf-8").replace("/opt/bascule/bin/bascule", "/bin/true")
    (tmp_path / unit).write_text(text, encoding="utf-8")

    said = subprocess.run(  # noqa: PLW1510, S603
        [  # noqa: S607
            "systemd-analyze",
            "verify",
            str(tmp_path / unit),
        ],
        capture_output=True,
        text=True,
    )

    assert unit not in said.stderr, said.stderr
