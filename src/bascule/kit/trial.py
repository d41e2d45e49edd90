"""What the sandbox gives to whoever tries it by hand: where to call, as whom, and files to send."""

import os
import shlex
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from bascule.generator.files import groups_file, private_file, zipped
from bascule.kit.sandbox import YEAR, SandboxSchool
from bascule.kit.stage import Stage

#: The folder, in that of the kit.
TRIAL: Final = "essai"
#: What a shell reads, and what only its owner may.
ACCESS, TOKEN = "acces.sh", "jeton"
_FILES: Final = 3


def write_trial(stage: Stage, folder: Path) -> SandboxSchool:
    """Make a school, and write what is needed to send and receive for it by hand.

    Three files of its pupils, each with one pupil more, and one of its groups.

    Args:
        stage (Stage): the sandbox.
        folder (Path): where the kit keeps what it keeps.

    Returns:
        SandboxSchool: the school; its token is good for everything.
    """
    school, now = stage.sandbox.school(), stage.sandbox.now.replace(microsecond=0)
    place = folder / TRIAL
    place.mkdir(exist_ok=True)
    told = {
        "SITE": stage.site.address,
        "SCHOOL": school.uai,
        "YEAR": str(YEAR),
        "TOKEN": school.token,
        # What curl believes.
        "CURL_CA_BUNDLE": str(stage.authority.absolute()),
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in told.items()]
    _keep(place / ACCESS, "\n".join(lines) + "\n")
    _keep(place / TOKEN, school.token + "\n")
    everybody = school.population.pupils
    for number in range(1, _FILES + 1):
        file = private_file(
            replace(school.population, pupils=everybody[: len(everybody) - _FILES + number]),
            version="4.0",
            at=now + timedelta(seconds=number),
            send_number=number,
            software=stage.software.name,
        )
        (place / f"eleves-{number}.xml").write_bytes(file.content)
    groups = zipped(groups_file(school.population, at=now), now)
    (place / "groupes.zip").write_bytes(groups.content)
    return school


def _keep(path: Path, text: str) -> None:
    with suppress(FileNotFoundError):
        path.unlink()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
