"""The processes of one pod: `python -m pods.serve`, and Django's own server for those who work on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.running_cluster import RunningCluster, eventually
from topology.places import CHECKOUT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc, and PR_SET_PDEATHSIG is Linux's")

SERVE = [sys.executable, "-m", "pods.serve"]


@contextmanager
def process(command: list[str], cluster: RunningCluster, **environment: str) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        command,
        env=cluster.environment | environment,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        descendants = [*children(started.pid), *(each for child in children(started.pid) for each in children(child))]
        if started.poll() is None:
            started.kill()
        for pid in descendants:
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)
        started.communicate()


@pytest.fixture
def free_pod(breakable_cluster: RunningCluster) -> RunningCluster:
    """The address of pod_eu1 is free."""
    breakable_cluster.ask("stop", "pod_eu1")
    return breakable_cluster


def is_alive(cluster: RunningCluster) -> bool:
    try:
        return httpx.get(f"{cluster.pod_url('pod_eu1')}/-/liveness", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def worker_of(main: subprocess.Popen[str]) -> int:
    return children(main.pid)[0]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_it_works(free_pod: RunningCluster) -> None:
    with process(SERVE, free_pod, POD_ID="pod_eu1") as main:
        assert eventually(lambda: is_alive(free_pod))
        main.send_signal(signal.SIGTERM)
        assert main.wait(10) == 0
        assert not is_alive(free_pod)


def test_it_stops_at_once_while_it_starts(free_pod: RunningCluster) -> None:
    with process(SERVE, free_pod, POD_ID="pod_eu1") as main:
        assert eventually(lambda: children(main.pid))
        main.send_signal(signal.SIGTERM)
        said, _ = main.communicate(timeout=30)
    assert main.returncode == 0
    assert "Stopped worker" in said
    assert "Killing" not in said


def test_two_processes_never_share_a_port(cluster: RunningCluster) -> None:
    with process(SERVE, cluster, POD_ID="pod_eu0") as second:
        _, errors = second.communicate(timeout=30)
    assert second.returncode == 1
    assert errors.startswith(
        f"pod_eu0 needs {cluster.topology.pod('pod_eu0').address}, but another program already listens"
    )
    assert "manage.py cluster stop pod_eu0" in errors


def test_a_killed_main_process_leaves_no_worker(free_pod: RunningCluster) -> None:
    with process(SERVE, free_pod, POD_ID="pod_eu1", PODS_TETHER="1") as main:
        assert eventually(lambda: is_alive(free_pod))
        worker = worker_of(main)
        main.kill()
        assert eventually(lambda: is_gone(worker), seconds=5)


def test_a_killed_parent_leaves_no_pod(free_pod: RunningCluster, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    parent = (
        "import pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'pods.serve'])\n"
        f"pathlib.Path({str(pid_file)!r}).write_text(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    with process([sys.executable, "-c", parent], free_pod, POD_ID="pod_eu1", PODS_TETHER="1") as main:
        assert eventually(lambda: is_alive(free_pod))
        pid = int(pid_file.read_text(encoding="utf-8"))
        worker = children(pid)[0]
        main.kill()
        assert eventually(lambda: is_gone(pid) and is_gone(worker), seconds=5)


@pytest.mark.slow
def test_a_killed_worker_ends_the_pod(free_pod: RunningCluster) -> None:
    """The supervisor then starts it anew."""
    with process(SERVE, free_pod, POD_ID="pod_eu1") as main:
        assert eventually(lambda: is_alive(free_pod))
        os.kill(worker_of(main), signal.SIGKILL)
        assert main.wait(15) != 0


@pytest.mark.parametrize(("pod", "said"), [("", "set POD_ID to one of"), ("pod_nope", "known: ")])
def test_a_pod_without_a_name_lists_them(cluster: RunningCluster, pod: str, said: str) -> None:
    with process(SERVE, cluster, POD_ID=pod) as main:
        _, errors = main.communicate(timeout=30)
        assert main.returncode == 1
        assert said in errors
        assert "pod_eu1" in errors
        assert "Traceback" not in errors


def test_djangos_own_server_runs_beside_a_cluster(cluster: RunningCluster) -> None:
    port = cluster.topology.pod("pod_eu0").address.port + 20
    command = [sys.executable, "manage.py", "runserver", "--noreload", str(port)]
    with process(command, cluster, POD_ID="pod_eu0"):

        def shows(path: str) -> int:
            try:
                return httpx.get(f"http://127.0.0.1:{port}{path}").status_code
            except httpx.TransportError:
                return 0

        assert eventually(lambda: shows("/-/liveness") == 200)
        assert shows("/assets/pods/pods.css") == 200
        assert shows("/my-company") == 302
        assert shows("/gitlab-org") == 421
