"""What the school's side costs to install and to start: `python -m benchmarks.client`."""

import subprocess
import sys
import tempfile
import time
from importlib.metadata import distributions
from pathlib import Path
from statistics import median

_ROOT = Path(__file__).parents[1]
_STARTS = 9


def main() -> None:
    """Build the distribution, install it alone, start it, and print."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _run("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
             "--wheel-dir", folder, str(_ROOT / "client"))  # fmt: skip
        wheel = next(home.glob("bascule_client-*.whl"))
        _run("-m", "venv", "--without-pip", f"{folder}/office")
        alone = (
            home / "office/lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
        )
        _run("-m", "pip", "install", "--quiet", "--no-deps", "--target", str(alone), str(wheel))
        size = sum(path.stat().st_size for path in alone.rglob("*.py"))
        others = {found.name for found in distributions(path=[str(alone)])} - {"bascule-client"}
        python = f"{folder}/office/bin/python"
        bare = _seconds(python, "-c", "pass")
        help_ = _seconds(python, "-m", "bascule_client.command", "--help")
        sys.stdout.write(
            f"wheel {wheel.stat().st_size / 1024:.0f} KB, sources {size / 1024:.0f} KB,"
            f" {len(others)} dependencies\n"
            f"start {help_ * 1000:.0f} ms, {help_ / bare:.1f} × a Python that does nothing"
            f" ({bare * 1000:.0f} ms); medians of {_STARTS}\n"
        )


def _run(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True)  # noqa: S603 - our own words


def _seconds(*words: str) -> float:
    taken = []
    for _ in range(_STARTS):
        began = time.monotonic()
        subprocess.run(words, check=True, capture_output=True)  # noqa: S603 - our own words
        taken.append(time.monotonic() - began)
    return median(taken)


if __name__ == "__main__":
    main()
