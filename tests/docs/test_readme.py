"""The README's commands print what it shows, in the order written."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.running_cluster import RunningCluster, running_cluster
from topology.places import CHECKOUT

PAGE = (CHECKOUT / "README.md").read_text(encoding="utf-8")
TO_TRY = PAGE[PAGE.index("## Four things to try") : PAGE.index("## What is not built yet")]
# A block of commands, and the block of what they print, after a sentence perhaps.
BLOCKS = re.findall(r"```sh\n(.*?)```.*?```\n(.*?)```", TO_TRY, re.DOTALL)
# Moving there takes ten seconds where nothing else runs.
COMMAND_SECONDS = 180


@pytest.mark.slow
def test_each_command_prints_what_the_page_shows() -> None:
    """In a new cluster, as a reader has it: an organization that moves there and back is not what others expect."""
    assert len(BLOCKS) == 5
    with running_cluster() as cluster:
        for commands, shown in BLOCKS:
            assert comparable(run(cluster, commands)) == comparable(shown)


def run(cluster: RunningCluster, command: str) -> str:
    for address, region in (("127.0.0.1:8000", "us"), ("127.0.0.1:8001", "eu")):
        command = command.replace(f"http://{address}", cluster.url(region))
    done = subprocess.run(
        ["/bin/sh", "-ec", command.replace(".venv/bin/python", sys.executable)],
        env=cluster.environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def comparable(printed: str) -> list[str]:
    """The lines, without times and what tells this cluster from the default one."""
    return re.sub(r"PODS_DATA=\S+ | --port-offset \d+", "", re.sub(r"after \d+\.\d+ s", "after … s", printed)).split(
        "\n"
    )
