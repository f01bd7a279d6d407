"""One supervisor for a cluster: what it says, what it leaves behind, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cluster import lock
from tests.cluster.processes import processes_of
from tests.running_cluster import DEMO, RunningCluster, eventually
from topology.places import CHECKOUT

pytestmark = pytest.mark.slow
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG and /proc are Linux's")


def test_a_second_up_says_so_and_changes_nothing(servers: RunningCluster) -> None:
    before = {name: process["pid"] for name, process in servers.processes().items()}
    done = servers.command("up", "--databases-only")
    assert "is already running; nothing was changed" in done.stdout
    assert {name: process["pid"] for name, process in servers.processes().items()} == before


def test_status_tells_each_process(servers: RunningCluster) -> None:
    status = json.loads(servers.command("status", "--json").stdout)
    assert status["ready"]
    assert status["healthy"]
    assert [process["name"] for process in status["processes"]] == [
        "shared",
        "shared-us",
        "shared-eu",
        "pods-us",
        "pods-eu",
    ]
    lines = servers.command("status").stdout
    pid = servers.ask("status")["pid"]
    assert lines.startswith(f"{servers.topology.instance}: all 5 components are healthy (supervisor {pid})\n")
    assert "pod_us0" not in lines, "nobody wanted pods"
    assert "accepts writes" in lines
    assert "0 bytes behind" in lines


def test_logs_are_told_by_name(servers: RunningCluster) -> None:
    assert "database system is ready" in servers.command("logs", "shared", "--lines", "500").stdout
    assert "there is no log of 'nothing'" in servers.command("logs", "nothing", check=False).stderr


def test_the_secrets_are_made_once_and_for_their_owner_only(servers: RunningCluster) -> None:
    secrets = servers.places.secrets
    assert secrets.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(secrets.read_text())) == {
        "secret_key", "router_secrets", "route_hash_key", "debug_token", "learn_secret",
    }  # fmt: skip


def test_commands_of_a_cluster_that_is_not_up_say_how_to_start_it(folder: Path) -> None:
    cluster = RunningCluster(folder)
    assert cluster.command("down").stdout.strip().endswith("is not running.")
    status = cluster.command("status", check=False)
    assert status.returncode == 3
    up = f"start it with: PODS_DATA={folder} manage.py cluster up --port-offset {cluster.topology.port_offset}"
    assert up in status.stdout
    stop = cluster.command("stop", "pod_eu0", check=False)
    assert stop.returncode == 1
    assert up in stop.stderr


def test_a_taken_port_is_told_before_anything_starts(folder: Path) -> None:
    cluster = RunningCluster(folder)
    with socket.socket() as other:
        other.bind(cluster.topology.pod("pod_eu0").address)
        other.listen()
        supervisor = cluster.spawn()
        assert supervisor.wait(60) == 1
    said = cluster.log("supervisor")
    address = cluster.topology.pod("pod_eu0").address
    assert f"pod_eu0 needs {address}, but another program already listens there" in said
    assert "--port-offset 100" in said
    assert "Starting" not in said
    assert not (cluster.places.data / "postgres" / "shared").exists()
    shutil.rmtree(cluster.places.sockets)


def test_detached_it_returns_when_ready_and_shows_the_way(folder: Path) -> None:
    """The way back is typed as it stands, in another shell: it stops this cluster and no other."""
    topology_file = folder / "another one.toml"
    shutil.copy(DEMO, topology_file)
    cluster = RunningCluster(folder, topology_file=topology_file)
    try:
        done = cluster.command("up", "--detach", "--databases-only", "--no-fsync")
        assert "Starting 5 database servers" in done.stdout
        cluster.wait_until_healthy()
        way = done.stdout.rpartition("Stop it with: ")[2].replace("manage.py", f"{sys.executable} manage.py")
        ours = ("PODS_", "POD_ID", "DJANGO_SETTINGS_MODULE")
        elsewhere = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        stopped = subprocess.run(
            way, shell=True, env=elsewhere, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=True
        )  # fmt: skip
        assert stopped.stdout == f"{cluster.topology.instance} was stopped.\n"
        assert not lock.is_held(cluster.places)
        eventually(lambda: not processes_of(cluster))
    finally:
        cluster.command("reset", "--yes")
    assert not cluster.places.data.exists()
    assert not cluster.places.sockets.exists()


def test_ctrl_c_stops_everything(folder: Path) -> None:
    cluster = RunningCluster(folder)
    cluster.up("--databases-only")
    assert cluster.supervisor
    cluster.supervisor.send_signal(signal.SIGINT)
    assert cluster.supervisor.wait(30) == 0
    assert not processes_of(cluster)
    assert "Stopped." in cluster.log("supervisor")
    shutil.rmtree(cluster.places.sockets)


def test_ctrl_c_while_it_starts_stops_what_has_started(folder: Path) -> None:
    cluster = RunningCluster(folder)
    supervisor = cluster.spawn("--databases-only")
    eventually(lambda: list(cluster.places.data.glob("postgres/*")))
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(30) == 0
    assert not processes_of(cluster)
    shutil.rmtree(cluster.places.sockets)


def test_a_closed_terminal_stops_everything(folder: Path) -> None:
    cluster = RunningCluster(folder)
    read, write = os.pipe()
    supervisor = subprocess.Popen(
        [sys.executable, "manage.py", "cluster", "up", "--databases-only", "--no-fsync"],
        env=cluster.environment, cwd=CHECKOUT, stdout=write, stderr=write,
    )  # fmt: skip
    os.close(write)
    eventually(lambda: lock.is_held(cluster.places) and len(processes_of(cluster)) > 5)
    os.close(read)
    supervisor.send_signal(signal.SIGHUP)
    supervisor.wait(30)
    assert not processes_of(cluster)
    shutil.rmtree(cluster.places.sockets)


@linux_only
def test_kill_9_leaves_no_orphans_and_no_broken_data(folder: Path) -> None:
    cluster = RunningCluster(folder)
    try:
        cluster.up("--databases-only")
        assert cluster.supervisor
        assert len(processes_of(cluster)) > 5
        cluster.supervisor.kill()
        cluster.supervisor.wait(10)
        # At once: whoever types `up` after a crash does not wait.
        cluster.up("--databases-only")
        cluster.wait_until_healthy()
        cluster.supervisor.kill()
        cluster.supervisor.wait(10)
        eventually(lambda: not processes_of(cluster))
    finally:
        cluster.down()
        shutil.rmtree(cluster.places.sockets, ignore_errors=True)


def test_two_ups_at_once_are_one_cluster(folder: Path) -> None:
    cluster = RunningCluster(folder)
    try:
        command = [sys.executable, "manage.py", "cluster", "up", "--detach", "--databases-only", "--no-fsync"]
        both = [
            subprocess.Popen(
                command, env=cluster.environment, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=60)[0].decode() for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        cluster.wait_until_healthy()
        cluster.command("down")
        eventually(lambda: not processes_of(cluster))
    finally:
        cluster.down()
        shutil.rmtree(cluster.places.sockets, ignore_errors=True)


def test_settings_that_are_one_pods_own_are_refused(folder: Path) -> None:
    environment = RunningCluster(folder).environment | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "manage.py", "cluster", "status"],
        env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "tests.settings sets POD_ID or PODS_PORT_OFFSET, but" in done.stderr


@pytest.mark.parametrize("where", ["before", "after"])
def test_another_cluster_stands_beside_it_by_port_offset(servers: RunningCluster, where: str) -> None:
    moved = ("--port-offset", str(servers.topology.port_offset + 1))
    done = servers.command(*((*moved, "status") if where == "before" else ("status", *moved)), check=False)
    assert f"demo-{servers.topology.port_offset + 1} is not running" in done.stdout
