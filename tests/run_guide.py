"""Follow `docs/howto/operate.md` to the letter, on a clean root folder that is thrown away afterwards.

    python tests/run_guide.py

The root of this Debian is covered by an empty layer in which all is written: packages, users, folders, the
cluster. Namespaces keep its processes, and from the third block on its network, apart. There is no systemd
in there: `systemctl` is a few lines that check a unit with `systemd-analyze verify`, then run what it says.
Needs root on Debian 12; ends with 77 where it may not cover the root.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NOT_HERE = 77
ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "howto" / "operate.md"
RELEASE = ("requirements", "deploy")

#: Runs the guide inside: mounts what a root needs, then the blocks.
_ENTER = """
set -eu
mount -t overlay overlay -o lowerdir=/,upperdir={place}/upper,workdir={place}/work {place}/root
for one in dev proc sys; do mount --rbind /$one {place}/root/$one; done
mount -t proc proc {place}/root/proc
mount -t tmpfs tmpfs {place}/root/tmp
mount -t tmpfs tmpfs {place}/root/run
exec chroot {place}/root /bin/bash /root/bascule/guide.sh
"""

_SYSTEMCTL = r"""#!/bin/bash
# Stands for systemd: checks units, runs their programs as they say.
set -eu
verb=$1; shift
[ "$verb" = daemon-reload ] && exit 0
[ "${1:-}" = --now ] && { shift; verb=start; }
[ "$verb" = enable ] && verb=check
for unit in "$@"; do
    case $unit in
        postgresql@15-main) pg_ctlcluster 15 main "$verb"; continue ;;
        nginx) nginx -t -q && { nginx -s stop 2> /dev/null || true; nginx; }; continue ;;
    esac
    file=/etc/systemd/system/$unit
    said=$(systemd-analyze verify "$file" 2>&1 | grep -F "$unit" || true)
    [ -z "$said" ] || { echo "$said"; exit 1; }
    case $unit in *.timer) continue ;; esac
    if [ "$verb" = stop ]; then
        kill "$(cat "/run/$unit.pid")"; sleep 3; continue
    fi
    [ "$verb" = start ] || [ "$verb" = restart ] || continue
    user=$(sed -n 's/^User=//p' "$file")
    command=$(sed -n 's/^ExecStart=//p' "$file")
    set -a; . "$(sed -n 's/^EnvironmentFile=//p' "$file")"; set +a
    cd "$(sed -n 's/^WorkingDirectory=//p' "$file")"
    if grep -q '^Type=oneshot' "$file"; then
        setpriv --reuid="$user" --regid="$user" --init-groups $command
    else
        setsid setpriv --reuid="$user" --regid="$user" --init-groups $command > "/run/$unit.log" 2>&1 &
        echo $! > "/run/$unit.pid"
    fi
done
"""


def main() -> int:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return _not_here("root and unshare are needed")
    with tempfile.TemporaryDirectory(prefix="bascule-guide-", dir="/dev/shm") as folder:
        place = Path(folder)
        for name in ("upper", "work", "root"):
            (place / name).mkdir()
        place.chmod(0o755)
        (place / "upper").chmod(0o755)
        _bring(place / "upper" / "root" / "bascule")
        systemctl = place / "upper" / "usr" / "local" / "sbin" / "systemctl"
        systemctl.parent.mkdir(parents=True)
        systemctl.write_text(_SYSTEMCTL, encoding="utf-8")
        systemctl.chmod(0o755)
        ended = subprocess.run(  # noqa: S603
            [  # noqa: S607
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "bash",
                "-c",
                _ENTER.format(place=place),
            ],
            check=False,
            env={
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": "/root",
                "LC_ALL": "C.UTF-8",
                "DEBIAN_FRONTEND": "noninteractive",
                **{
                    name: value
                    for name, value in os.environ.items()
                    if "pip" in name.lower() or "proxy" in name.lower()
                },
            },
        )
        return ended.returncode


def blocks() -> list[str]:
    """Give the commands of the guide, block by block, as they are written."""
    return re.findall(
        r"^```sh\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def _bring(release: Path) -> None:
    """Put there what a version is: its wheel, its locked dependencies, its units; and the guide's own commands."""
    release.mkdir(parents=True)
    release.parent.chmod(0o700)
    for name in RELEASE:
        shutil.copytree(ROOT / name, release / name)
    subprocess.run(  # noqa: S603
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            str(release),
            str(ROOT),
        ],
        check=True,
    )
    first, second, *others = blocks()
    said = [f"echo '--- {number}'\n{block}" for number, block in enumerate(others, 3)]
    (release / "rest.sh").write_text(
        "set -eu\nip link set lo up\n" + "\n".join(said), encoding="utf-8"
    )
    (release / "guide.sh").write_text(
        "set -eu\n"
        f"echo '--- 1'\n{first}\necho '--- 2'\n{second}\n"
        # From here on nothing is reached outside, and no port is anybody else's.
        "/opt/bascule/bin/pip download --quiet --require-hashes --dest /root/wheels"
        " -r /root/bascule/requirements/run.txt\n"
        "export PIP_NO_INDEX=1 PIP_FIND_LINKS=/root/wheels\n"
        "unshare --net bash /root/bascule/rest.sh\necho 'The guide holds.'\n",
        encoding="utf-8",
    )


def _not_here(why: str) -> int:
    sys.stderr.write(f"The guide cannot be followed here: {why}.\n")
    return NOT_HERE


if __name__ == "__main__":
    sys.exit(main())
