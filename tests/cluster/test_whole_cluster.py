"""The demo cluster with everything in it: what it answers, and what it survives."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from operations.survey import router_statistics as statistics
from tests.cluster.external import on_servers_of
from tests.cluster.processes import processes_of
from tests.running_cluster import RunningCluster, eventually, running_cluster
from topology import Address

pytestmark = pytest.mark.slow

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG and /proc are Linux's")
PUBLIC_PAGE = "/gitlab-org/gitlab-test"


def test_a_public_page_is_there_through_both_routers(cluster: RunningCluster) -> None:
    for router in ("us", "eu"):
        assert httpx.get(cluster.url(router) + PUBLIC_PAGE, timeout=10).status_code == 200


def test_each_pod_is_ready(cluster: RunningCluster) -> None:
    for pod in cluster.topology.pods:
        answer = httpx.get(cluster.pod_url(pod) + "/-/readiness", timeout=10).json()
        assert (answer["pod"], answer["degradations"]) == (pod, [])


def test_status_tells_addresses_and_hit_rates(cluster: RunningCluster) -> None:
    httpx.get(cluster.url("us") + PUBLIC_PAGE, timeout=10)
    assert cluster.part("pod_eu0")["address"] == str(cluster.topology.pod("pod_eu0").address)
    assert cluster.part("us")["requests"] > 0
    assert "requests" in cluster.command("status").stdout


def test_status_tells_the_free_space_of_every_disk(cluster: RunningCluster) -> None:
    assert set(cluster.part("pod_eu0")["free_bytes"]) == {"logs", "data", "database"}
    assert cluster.part("shared-eu")["free_bytes"] > 0
    told = [line for line in cluster.command("status").stdout.splitlines() if " free" in line]
    assert len(told) == len(cluster.topology.pods) + len(cluster.topology.servers)


@pytest.mark.parametrize("name", ["pod_us1", "router-eu", "shared-eu", "pods-eu", "shared"])
def test_whatever_is_killed_is_back(breakable_cluster: RunningCluster, name: str) -> None:
    before = breakable_cluster.kill(name)
    eventually(lambda: breakable_cluster.pid(name) not in {None, before})
    breakable_cluster.wait_until_healthy()
    assert breakable_cluster.processes()[name]["restarts"] >= 1
    assert "exited unexpectedly, killed by SIGKILL" in breakable_cluster.log(name, 400)


@linux_only
def test_the_worker_of_a_killed_pod_ends_with_it(breakable_cluster: RunningCluster) -> None:
    address = breakable_cluster.topology.pod("pod_us1").address
    before = set(processes_of(breakable_cluster))
    killed = breakable_cluster.kill("pod_us1")
    eventually(lambda: breakable_cluster.pid("pod_us1") not in {None, killed})
    breakable_cluster.wait_until_healthy()
    after = set(processes_of(breakable_cluster))
    assert len(before - after) >= 2, "main process and worker"
    assert httpx.get(f"http://{address}/-/readiness", timeout=10).status_code == 200


def test_a_pod_that_was_stopped_leaves_its_port_to_others(breakable_cluster: RunningCluster) -> None:
    breakable_cluster.command("stop", "pod_eu0")
    with socket.socket() as developer:
        developer.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        developer.bind(breakable_cluster.topology.pod("pod_eu0").address)
        developer.listen()
        done = breakable_cluster.command("start", "pod_eu0", check=False)
        assert done.returncode == 1
        assert "pod_eu0 needs" in done.stderr
    breakable_cluster.command("start", "pod_eu0")
    breakable_cluster.wait_until_healthy()


def test_a_router_that_is_stopped_ends_what_it_has_begun(breakable_cluster: RunningCluster) -> None:
    address = breakable_cluster.topology.routers["eu"].address
    body = b"username=nobody"
    head = f"POST /users/sign_in HTTP/1.1\r\nHost: {address}\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(address, timeout=60) as slow, ThreadPoolExecutor(1) as threads:
        slow.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode() + body[:4])
        # Answered only after the first four bytes were taken.
        httpx.get(breakable_cluster.url("eu") + PUBLIC_PAGE, timeout=20)
        stopped = threads.submit(breakable_cluster.command, "stop", "router-eu")
        eventually(lambda: not _listens(address), 60)
        slow.sendall(body[4:])
        assert slow.makefile("rb").readline().startswith(b"HTTP/1.1 403 "), "a form without its code"
        stopped.result(60)


def _listens(address: Address) -> bool:
    try:
        socket.create_connection(address, timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_status_begins_with_what_is_down(breakable_cluster: RunningCluster) -> None:
    breakable_cluster.command("stop", "pod_eu1")
    done = breakable_cluster.command("status", check=False)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{breakable_cluster.topology.instance}: pod_eu1 is down (supervisor ")
    address = breakable_cluster.topology.pod("pod_eu1").address
    [line] = [line for line in done.stdout.splitlines() if line.startswith("pod_eu1")]
    assert line.split()[1:3] == ["pod", "stopped"]
    assert line.endswith(f"{address}, does not answer: nothing listens there")


def test_an_alias_is_as_good_as_the_name(breakable_cluster: RunningCluster) -> None:
    breakable_cluster.command("stop", "pod_0")
    assert breakable_cluster.processes()["pod_us0"]["state"] == "stopped"


@pytest.fixture(scope="module")
def restarted() -> Iterator[RunningCluster]:
    """A demo cluster whose supervisor the tests here end and start again."""
    with running_cluster() as cluster:
        yield cluster


def test_the_second_start_is_quick_and_keeps_what_people_changed(restarted: RunningCluster) -> None:
    restarted.down()
    marker = restarted.places.data / "demo-loaded"
    loaded = marker.stat().st_mtime
    restarted.up()
    assert marker.stat().st_mtime == loaded
    ready = next(line for line in reversed(restarted.log("supervisor").splitlines()) if line.startswith("Ready after"))
    assert float(ready.split()[2]) < 20
    the_first_request_is_learned(restarted)


def the_first_request_is_learned(cluster: RunningCluster) -> None:
    """No question of a router fails, from its start on, so it never sends anything to the latest pod instead."""
    debug = {"X-Gitlab-Debug-Token": "demo-debug"}
    for name, router in cluster.topology.routers.items():
        assert statistics.read(router.statistics).learn_failed == 0
        answer = httpx.get(f"{cluster.url(name)}/makers/widgets", headers=debug, timeout=20)
        how = {which: answer.headers[f"x-gitlab-router-{which}"] for which in ("cache", "hops", "learned")}
        assert (answer.status_code, how) == (200, {"cache": "miss", "hops": "1", "learned": "1"})


@linux_only
def test_kill_9_of_the_supervisor_leaves_nobody_behind(restarted: RunningCluster) -> None:
    assert restarted.supervisor
    before = processes_of(restarted)
    assert sum("envoy" in command for command in before.values()) == 2
    assert sum("pods.serve" in command for command in before.values()) >= 4
    restarted.supervisor.kill()
    restarted.supervisor.wait(10)
    eventually(lambda: not processes_of(restarted), 10)
    restarted.up()
    restarted.wait_until_healthy()


def test_without_a_secret_an_operators_cluster_says_which_is_missing(
    servers: RunningCluster, tmp_path: Path, folder: Path
) -> None:
    cluster = RunningCluster(folder, topology_file=on_servers_of(servers, tmp_path / "external.toml"))
    assert cluster.spawn().wait(60) == 1
    for variable in ("PODS_SECRET_KEY", "PODS_ROUTER_SECRETS"):
        assert f"{variable} is not set" in cluster.log("supervisor")
    assert not processes_of(cluster)
    assert not cluster.places.sockets.exists()


def test_pods_and_routers_run_on_servers_of_the_operators_own(servers: RunningCluster, tmp_path: Path) -> None:
    topology_file = on_servers_of(servers, tmp_path / "external.toml")
    secrets = dict.fromkeys(("PODS_SECRET_KEY", "PODS_ROUTER_SECRETS", "PODS_ROUTE_HASH_KEY"), "of the operator's own")
    with running_cluster(topology_file=topology_file, environment=secrets) as cluster:
        assert {process["kind"] for process in cluster.processes().values()} == {"pod", "router"}
        cluster.wait_until_healthy()
        assert not cluster.places.secrets.exists()
        page = httpx.get(cluster.url() + PUBLIC_PAGE, timeout=10, follow_redirects=False)
        assert page.status_code == 302, "nobody fills an operator's servers with demo data"
        assert cluster.command("lag", "eu", "1s").stdout.strip() == "Region eu has no embedded replica."


def test_the_supervisors_own_log_says_nothing_of_secrets(cluster: RunningCluster) -> None:
    secrets = cluster.places.secrets.read_text(encoding="utf-8")
    values = [part for part in secrets.split('"') if len(part) > 30]
    assert values
    for path in cluster.places.logs.glob("*.log"):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not [value for value in values if value in text], path.name


def test_no_process_is_told_a_secret_by_its_command_line(cluster: RunningCluster) -> None:
    secrets = [part for part in cluster.places.secrets.read_text(encoding="utf-8").split('"') if len(part) > 30]
    commands = "\n".join(processes_of(cluster).values())
    assert not [secret for secret in secrets if secret in commands]
    assert cluster.places.data.stat().st_mode & 0o066 == 0
