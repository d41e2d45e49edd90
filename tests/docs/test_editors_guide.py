"""The commands of the editors' page, as they are written, in a clean folder: a first green report."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "editors" / "kit.md"


@pytest.mark.slow
def test_the_commands_of_the_editors_page_reach_a_first_green_report(home: Path) -> None:
    home.mkdir()
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)

    done = subprocess.run(  # noqa: S603 - our own commands
        ["bash", "-euc", "\n".join(blocks)],  # noqa: S607
        cwd=home,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )

    # The last word verifies: a short round is not conform.
    assert done.returncode == 2, done.stdout + done.stderr
    said = json.loads((home / "kit-bascule" / "rapport.json").read_text("utf-8"))
    assert {one["outcome"] for one in said["report"]["verdicts"]} == {"passed"}
    assert "La signature est bonne" in done.stdout
    assert "Le rapport est non conforme" in done.stdout
    assert {path.name for path in home.iterdir()} == {"pilote.py", "kit-bascule"}
