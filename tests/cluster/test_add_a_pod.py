"""CONTRIBUTING, "Add a pod": to a cluster that runs, without a restart of its routers."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import topology
from cluster.tether import tethered
from tests.running_cluster import DEMO, RunningCluster, eventually, running_cluster
from topology.places import CHECKOUT

NEW_POD = """
[pods.pod_us2]
region = "us"
address = "127.0.0.1:8102"
server = "pods-us"
"""
TOKEN = {"X-Gitlab-Debug-Token": "demo-debug"}


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[RunningCluster]:
    """A cluster whose topology file names one pod more than it was started with."""
    file = tmp_path / "growing.toml"
    file.write_text(DEMO.read_text())
    with running_cluster(topology_file=file) as cluster:
        file.write_text(DEMO.read_text() + NEW_POD)
        yield cluster


@pytest.fixture
def new_pod(growing: RunningCluster) -> Iterator[str]:
    """The new pod's own address, while it serves."""
    growing.command("migrate")
    process = subprocess.Popen(
        [sys.executable, "-m", "pods.serve"],
        env=growing.environment | {"POD_ID": "pod_us2"},
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **tethered(death_signal=signal.SIGTERM),
    )
    grown = topology.load(growing.topology_file, port_offset=growing.topology.port_offset)
    yield f"http://{grown.pod('pod_us2').address}"
    process.terminate()
    process.wait(20)


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/-/readiness", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def serving(cluster: RunningCluster, path: str) -> str:
    """The pod that serves a path through the region's router."""
    return str(httpx.get(f"{cluster.url('us')}{path}", headers=TOKEN, timeout=10).headers.get("X-Gitlab-Pod"))


@pytest.mark.slow
def test_it_gets_databases_and_serves_through_running_routers(growing: RunningCluster, new_pod: str) -> None:
    router = growing.pid("router-us")
    eventually(lambda: is_ready(new_pod))
    for region in growing.topology.regions:
        assert growing.manage("router", "config", "--region", region, "--write").returncode == 0
    eventually(lambda: serving(growing, "/") == "pod_us2")
    # What names the pod is answered by pods that know of it.
    for pod in ("pod_us0", "pod_us1"):
        growing.ask("stop", pod)
        growing.ask("start", pod)
    eventually(lambda: serving(growing, "/admin/pods/pod_us2/projects") == "pod_us2")
    assert growing.pid("router-us") == router
    [line] = [line for line in growing.command("status").stdout.splitlines() if line.startswith("pod_us2")]
    assert line.split()[1:3] == ["pod", "elsewhere"]
    growing.topology_file.write_text(DEMO.read_text().replace("[pods.pod_eu1]", "[pods.pod_eu2]"))
    told = growing.command("status", check=False).stdout
    assert next(line for line in told.splitlines() if line.startswith("pod_eu1")).endswith("no longer in the topology")
