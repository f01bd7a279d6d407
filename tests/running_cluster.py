"""A real cluster in processes of its own: supervisor, PostgreSQL, pods and routers, as `make up` runs them."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

import topology
from admin_settings.definitions import Settings
from cluster import control, lock, ports
from cluster.exceptions import ClusterError
from cluster.folders import remove_folders
from cluster.replication import parse_lag, replicas_of_region, set_lag
from cluster.status import Status
from cluster.tether import tethered
from operations.log_files import last_lines, log_of
from operations.survey import Surveyor
from topology import Address, Topology
from topology.places import CHECKOUT, Places, places_of, router_process

DEMO = CHECKOUT / "topology" / "examples" / "demo.toml"
SINGLE_POD = CHECKOUT / "topology" / "examples" / "single-pod.toml"
UP_SECONDS = 120.0
DOWN_SECONDS = 60.0
COMMAND_SECONDS = 120.0
HEALTHY_SECONDS = 60.0
# Below the ports that the system gives to outgoing connections. No two ports of the topologies that tests start differ
# by a multiple of the step, so no cluster gets a port that another one still asks.
OFFSETS = range(10_000, 19_500, 153)
# Processes that share the tests must not find the same ports free.
WORKER, WORKERS = (
    int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]),
    int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")),
)

T = TypeVar("T")


def eventually(what: Callable[[], T], seconds: float = 20.0) -> T:
    """The first true answer of `what`; fails with the last answer after some seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s; the last answer was {answer!r}"
        time.sleep(0.05)
    return answer


class RunningCluster:
    """A cluster by its topology file and folder; `up` starts it, `down` stops it."""

    def __init__(
        self,
        data: Path,
        *,
        topology_file: Path = DEMO,
        offset: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.topology_file = topology_file
        self.topology = (
            _on_free_ports(topology_file) if offset is None else topology.load(topology_file, port_offset=offset)
        )
        self.places: Places = places_of(self.topology, data)
        self._more_environment = dict(environment or {})
        self.supervisor: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Of every process of this cluster: nothing of the developer's nor of the in-process tests'."""
        ours = ("PODS_", "POD_ID", "DJANGO_SETTINGS_MODULE")
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        return inherited | {
            "PODS_TOPOLOGY": str(self.topology_file),
            "PODS_PORT_OFFSET": str(self.topology.port_offset),
            "PODS_DATA": str(self.places.data.parent),
            **self._more_environment,
        }

    def spawn(self, *options: str) -> subprocess.Popen[bytes]:
        """A supervisor that is on its way up and ends with this process."""
        self.places.logs.mkdir(parents=True, exist_ok=True)
        with log_of(self.places.logs, "supervisor").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "manage.py", "cluster", "up", "--no-fsync", *options],
                env=self.environment,
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **tethered(death_signal=signal.SIGTERM),
            )
        return self.supervisor

    def up(self, *options: str) -> None:
        """Return when the cluster is ready."""
        supervisor = self.spawn(*options)

        def is_up() -> bool:
            assert supervisor.poll() is None, f"the cluster did not come up:\n{self.log('supervisor')}"
            try:
                return bool(self.ask("status")["ready"])
            except ClusterError:
                return False

        eventually(is_up, UP_SECONDS)

    def down(self) -> None:
        """Stop it, if it runs."""
        if self.supervisor and self.supervisor.poll() is None:
            self.supervisor.terminate()
            self.supervisor.wait(DOWN_SECONDS)
        elif lock.is_held(self.places):
            self.ask("down")
        assert lock.wait_until_free(self.places, DOWN_SECONDS)

    def ask(self, what: str, name: str | None = None) -> dict[str, Any]:
        """The supervisor's answer, without the second that a command takes to start."""
        return control.ask(self.places.control_socket, {"do": what, "name": name})

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`manage.py cluster …`; fails when the command does, unless `check` is false."""
        done = self.manage("cluster", *arguments)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def manage(self, *arguments: str, pod: str | None = None) -> subprocess.CompletedProcess[str]:
        """`manage.py …`, as a pod when one is named."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment | ({"POD_ID": pod} if pod else {}),
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def load_demo(self) -> None:
        """Load the demo data, as the supervisor does for a new cluster."""
        done = self.manage("demo")
        assert done.returncode == 0, done.stdout + done.stderr

    def processes(self) -> dict[str, dict[str, Any]]:
        """Each process's report by its name."""
        return {process["name"]: process for process in self.ask("status")["processes"]}

    def pid(self, name: str) -> int:
        """The process id of a running process."""
        pid: int = self.processes()[name]["pid"]
        return pid

    def kill(self, name: str) -> int:
        """Kill a process with -9 and return the process id that it had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def status(self) -> dict[str, Any]:
        """What `cluster status --json` tells while no setting says otherwise, without the second that it takes."""
        # The file as it is now: a test may have changed it since the cluster was started.
        now = topology.load(self.topology_file, port_offset=self.topology.port_offset)
        late = Settings().replica_lag_seconds
        with closing(Surveyor(now, self.places, late_from_seconds=lambda: late)) as surveyor:
            return Status(now.instance, surveyor.facts(), self.ask("status")).as_json

    def lag(self, region: str, how_long: str) -> None:
        """What `cluster lag` does: from now on the region's replicas show everything that much later."""
        for replica in replicas_of_region(self.topology, region):
            work = set_lag(self.places, replica, parse_lag(how_long))
            # In a thread of its own: the browser tests have a loop in this one.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, work).result()

    def part(self, name: str) -> dict[str, Any]:
        """What the status tells of one pod, router (by its own name) or server."""
        regions = self.status()["cluster"]["regions"]
        parts = [part for region in regions for kind in ("routers", "pods", "servers") for part in region[kind]]
        return next(part for part in parts if part["name"] == name)

    def wait_until_healthy(self) -> None:
        """Return when every process runs and says that it is well; fails with what those say that are not."""
        deadline = time.monotonic() + HEALTHY_SECONDS
        while not (status := self.status())["healthy"]:
            ill = [process for process in status["processes"] if not process["healthy"]]
            assert time.monotonic() < deadline, f"not healthy within {HEALTHY_SECONDS:g} s: {ill}"
            time.sleep(0.05)

    def url(self, router: str = "us") -> str:
        """The address of a region's router, as the beginning of a URL."""
        return f"http://{self.topology.routers[router].address}"

    def pod_url(self, pod: str) -> str:
        """A pod's own address, as the beginning of a URL."""
        return f"http://{self.topology.pod(pod).address}"

    def log(self, name: str, lines: int = 40) -> str:
        """The end of a process's log."""
        return last_lines(log_of(self.places.logs, name), lines)

    def access_log(self, router: str = "us") -> list[dict[str, Any]]:
        """What a router has logged so far, one entry for each request; Envoy writes it a moment later."""
        path = log_of(self.places.logs, f"{router_process(router)}-access")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def metrics(self, pod: str) -> dict[str, float]:
        """What a pod counts (`/-/metrics`): sample, labels included, to its value."""
        text = httpx.get(f"{self.pod_url(pod)}/-/metrics", timeout=10, verify=False).raise_for_status().text
        samples = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
        return {sample: float(value) for sample, value in samples}

    def restore(self) -> None:
        """Start what a test stopped, take back every lag, and wait until all is well."""
        for name, process in self.processes().items():
            if process["state"] in {"stopped", "failed"}:
                self.ask("start", name)
        for region in self.status()["cluster"]["regions"]:
            if any((server["replication"] or {}).get("asked_lag_ms") for server in region["servers"]):
                self.lag(region["name"], "0")
        self.wait_until_healthy()


@contextmanager
def running_cluster(
    *options: str, topology_file: Path = DEMO, environment: Mapping[str, str] | None = None
) -> Iterator[RunningCluster]:
    """A cluster that is up for the time of the block, in a folder and on ports of its own."""
    with cluster_folder() as folder:
        cluster = RunningCluster(folder, topology_file=topology_file, environment=environment)
        try:
            cluster.up(*options)
            yield cluster
        finally:
            cluster.down()
            remove_folders(cluster.places)


@contextmanager
def cluster_folder() -> Iterator[Path]:
    """An empty folder that the account of root's servers can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="pods-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _on_free_ports(topology_file: Path) -> Topology:
    offsets = OFFSETS[WORKER::WORKERS]
    for offset in random.sample(offsets, len(offsets)):
        moved = topology.load(topology_file, port_offset=offset)
        if all(_is_free(address) for held in ports.listeners_of(moved).values() for address in held):
            return moved
    raise AssertionError("no free ports for a cluster")


def _is_free(address: Address) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
        return True
