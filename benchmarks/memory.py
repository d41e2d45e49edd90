"""The most memory that a command takes: run it in a process of its own, and ask the kernel."""

import subprocess
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


class CommandFailedError(Exception):
    """The command that was to be measured did not end well."""


def peak_megabytes(arguments: list[str]) -> float:
    """Run a `bascule` command, and tell its peak of resident memory.

    Args:
        arguments (list[str]): what follows `bascule`.

    Returns:
        float: megabytes (of 10^6 bytes); 0 where the kernel does not say.

    Raises:
        CommandFailedError: if the command fails.
    """
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "benchmarks.memory", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandFailedError(done.stdout)
    return float(done.stdout.rsplit("\n", 2)[-2])


def _main() -> int:
    from bascule.config.main import main  # noqa: PLC0415 - only in the measured process

    code = main(sys.argv[1:])
    # The peak of this program alone: getrusage would count the process it was started from.
    status = _STATUS.read_text(encoding="ascii") if _STATUS.exists() else ""
    peak = next((line.split()[1] for line in status.splitlines() if "VmHWM" in line), "0")
    print(int(peak) * 1024 / 1e6)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(_main())
