"""Make the virtual environment and install the pinned requirements into it: `install.py FOLDER runtime|dev`.

Run by the Makefile, before anything is installed: plain Python only. Safe when several run at a time.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST = (3, 11)
# What each set contains: whoever has the second needs not install the first.
CONTAINS = {"runtime": ("runtime",), "dev": ("dev", "runtime")}
KEPT_LINES = 40


def main(folder: Path, wanted: str) -> None:
    """Install unless the stamp says that exactly this is installed."""
    if sys.version_info < OLDEST:
        sys.exit(f"This needs Python 3.11 or newer, and {sys.executable} is {sys.version.split()[0]}.")
    requirements = HERE / f"{wanted}.txt"
    # One lock for both sets, on a file that is always there.
    with (HERE / "runtime.txt").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = all((_stamp(folder, each)).is_file() for each in CONTAINS[wanted]) and (
            _stamp(folder, wanted).read_text(encoding="ascii") == _key(wanted)
        )
        if not installed:
            _make_environment(folder)
            _install(folder, requirements)
        for each in CONTAINS[wanted]:
            _stamp(folder, each).write_text(_key(each), encoding="ascii")


def _stamp(folder: Path, wanted: str) -> Path:
    return folder / f"{wanted}.stamp"


def _key(wanted: str) -> str:
    return hashlib.sha256((HERE / f"{wanted}.txt").read_bytes() + sys.version.encode()).hexdigest()


def _make_environment(folder: Path) -> None:
    if _runs(
        [folder / "bin" / "python", "-c", f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"]
    ):
        return
    print(f"Making the virtual environment {folder} with Python {sys.version.split()[0]} …", flush=True)
    try:
        venv.create(folder, clear=True, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError:
        sys.exit("Python's venv module cannot make an environment; on Debian and Ubuntu: apt install python3-venv")


def _runs(command: list[str | Path]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _install(folder: Path, requirements: Path) -> None:
    pins = sum("==" in line for line in requirements.read_text(encoding="utf-8").splitlines())
    command: list[str | Path] = [
        *(folder / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
        *("--require-hashes", "--only-binary", ":all:", "--requirement", requirements),
    ]
    print(f"Installing {pins} packages from {requirements.name}, at the first time a minute or two …", flush=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        said = _show_progress(pip.stdout or (), pins)
    if pip.returncode != 0:
        print("\n".join(said))
        sys.exit("The packages could not be installed; pip's last words are above. Try again when it is mended.")


def _show_progress(output: Iterable[str], pins: int) -> list[str]:
    """Count the packages as they come; the last lines are returned for the case that it fails."""
    kept: list[str] = []
    found = 0
    for line in output:
        kept = [*kept[-KEPT_LINES:], line.rstrip()]
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            found += 1
            name = line.split(": ")[-1].removeprefix("Collecting ").split("==")[0].split()[0]
            if sys.stdout.isatty():
                print(f"\r\033[K[{found}/{pins}] {name}", end="", flush=True)
            elif found % 10 == 0:
                print(f"[{found}/{pins}]", flush=True)
    print("\r\033[K" if sys.stdout.isatty() else "", end="", flush=True)
    return kept


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), sys.argv[2])
