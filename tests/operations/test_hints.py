"""Commands that messages suggest name the cluster that they are about."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from topology.places import CHECKOUT

DEMO = CHECKOUT / "topology" / "examples" / "demo.toml"
ASK = "from operations.hints import command; print(command('cluster down'), command('trace /x'), sep='|')"
BASE = "settings.base"


@pytest.mark.parametrize(
    ("module", "variables", "down", "trace"),
    [
        (BASE, {}, "manage.py cluster down", "manage.py trace /x"),
        (BASE, {"PODS_TOPOLOGY": str(DEMO), "PODS_DATA": str(CHECKOUT / ".pods")},
         "manage.py cluster down", "manage.py trace /x"),
        (BASE, {"PODS_PORT_OFFSET": "150"},
         "manage.py cluster down --port-offset 150", "PODS_PORT_OFFSET=150 manage.py trace /x"),
        (BASE, {"PODS_DATA": "/my data"},
         "PODS_DATA='/my data' manage.py cluster down", "PODS_DATA='/my data' manage.py trace /x"),
        ("", {}, "manage.py cluster down", "manage.py trace /x"),
    ],
    ids=["default", "spelled out", "offset", "data", "without settings"],
)  # fmt: skip
def test_a_command_reaches_its_cluster(
    tmp_path: Path, module: str, variables: dict[str, str], down: str, trace: str
) -> None:
    ours = ("PODS_", "POD_ID", "DJANGO_SETTINGS_MODULE")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(ours)} | variables
    if module:
        environment["DJANGO_SETTINGS_MODULE"] = module
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().split("|") == [down, trace]
