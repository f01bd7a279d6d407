"""A cluster for one benchmark: brought up from a topology file, filled, and gone without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import topology
from bench.exceptions import ClusterNotUp
from cluster import control
from cluster.exceptions import ClusterError
from cluster.tether import tethered
from topology import Topology
from topology.places import CHECKOUT, Places, places_of

COMMAND_SECONDS = 180
POLL_SECONDS = 0.05
# What says which pod, and with which settings, the process is that runs the benchmark.
OF_OTHERS = frozenset({"POD_ID", "DJANGO_SETTINGS_MODULE"})
MANAGE = (sys.executable, str(CHECKOUT / "manage.py"))


@dataclass(frozen=True)
class Scratch:
    """A running scratch cluster. `environment` is what its commands and pods need; pods add `POD_ID`."""

    topology: Topology
    places: Places
    environment: Mapping[str, str]

    def manage(self, *words: str) -> str:
        """What a `manage.py` command prints; raises `ClusterNotUp` with what it said when it fails."""
        done = subprocess.run(
            [*MANAGE, *words],
            env=self.environment,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if done.returncode:
            said = (done.stdout + done.stderr)[-2000:]
            raise ClusterNotUp(f"manage.py {' '.join(words)} failed:\n{said}")
        return done.stdout

    def process(self, name: str) -> int:
        """The process id of one of the cluster's servers or pods."""
        processes = json.loads(self.manage("cluster", "status", "--json"))["processes"]
        return next(int(process["pid"]) for process in processes if process["name"] == name)

    def pod_environment(self, pod: str, **more: str) -> dict[str, str]:
        """The environment of a process that is a pod of this cluster."""
        return {**self.environment, "POD_ID": pod, **more}


@contextmanager
def scratch_cluster(file: Path, data: Path, *, port_offset: int, options: tuple[str, ...]) -> Iterator[Scratch]:
    """The cluster of a topology file, without fsync, until the block ends. `options` are those of `cluster up`.

    Raises `ClusterNotUp`.
    """
    described = topology.load(file, port_offset=port_offset)
    environment = {key: value for key, value in os.environ.items() if key not in OF_OTHERS} | {
        "PODS_TOPOLOGY": str(file),
        "PODS_PORT_OFFSET": str(port_offset),
        "PODS_DATA": str(data),
    }
    scratch = Scratch(described, places_of(described, data), environment)
    data.mkdir(parents=True, exist_ok=True)
    log = data / "up.log"
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            [*MANAGE, "cluster", "up", "--no-fsync", *options],
            env=environment,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A benchmark that is killed leaves no cluster behind.
            **tethered(death_signal=signal.SIGTERM),
        )
    try:
        _wait_until_up(scratch, supervisor, log)
        yield scratch
    finally:
        scratch.manage("cluster", "reset", "--yes")
        supervisor.wait(COMMAND_SECONDS)


def _wait_until_up(scratch: Scratch, supervisor: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + COMMAND_SECONDS
    while supervisor.poll() is None and time.monotonic() < deadline:
        try:
            if control.ask(scratch.places.control_socket, {"do": "status"})["ready"]:
                return
        except ClusterError:
            pass
        time.sleep(POLL_SECONDS)
    said = log.read_text(errors="replace")[-2000:]
    raise ClusterNotUp(f"manage.py cluster up failed, or took longer than {COMMAND_SECONDS} s:\n{said}")
