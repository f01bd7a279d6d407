"""Every command of docs/api.md and docs/graphql.md does what the page says, through the routers of a demo cluster."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest

from tests.running_cluster import RunningCluster
from topology.places import CHECKOUT

PAGES = [CHECKOUT / "docs" / "api.md", CHECKOUT / "docs" / "graphql.md"]
ROUTERS = {"127.0.0.1:8000": "us", "127.0.0.1:8001": "eu"}
COMMANDS = {page.stem: re.findall(r"^curl .*$", page.read_text(encoding="utf-8"), re.MULTILINE) for page in PAGES}
CURL_SECONDS = 30


@pytest.mark.slow
@pytest.mark.parametrize("page", COMMANDS)
def test_each_command_works(cluster: RunningCluster, page: str) -> None:
    assert len(COMMANDS[page]) > 3
    for command in COMMANDS[page]:
        asked = command
        for address, region in ROUTERS.items():
            asked = asked.replace(f"http://{address}", cluster.url(region))
        done = subprocess.run(
            ["curl", "--fail-with-body", "--max-time", str(CURL_SECONDS), *shlex.split(asked)[1:]],
            capture_output=True,
            text=True,
            timeout=2 * CURL_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert '"errors":[{' not in done.stdout, f"{command}\n{done.stdout}"
