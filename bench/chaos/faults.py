"""What breaks: processes are killed or stopped, sessions are ended, replicas lag. Everything comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.chaos.looks import Looks
from bench.chaos.plan import Do, Fault, Victim
from bench.freezing import frozen
from bench.scratch import Scratch
from cluster import control
from cluster.exceptions import ClusterError
from cluster.family import family
from cluster.replication import replicas_of_region, set_lag
from topology.places import router_process

SENDERS = """
SELECT pid FROM pg_stat_replication WHERE starts_with(application_name, 'move_') AND application_name LIKE %s
"""
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE starts_with(application_name, %s)"
DRIVER = "SELECT driver FROM organization_moves WHERE id = %s"
END = "SELECT pg_terminate_backend(%s)"
RUNNING, FAILED = "running", {"failed", "stopped"}


@dataclass(frozen=True)
class Aim:
    """The move that a fault is aimed at."""

    id: str
    source: str
    target: str


@dataclass
class Faults:
    """Those that were made, and those that found no victim."""

    scratch: Scratch
    made: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def make(self, fault: Fault, aim: Aim) -> None:
        """Make one; return when it is over."""
        with closing(Looks(self.scratch)) as looks:
            try:
                done = self._make(looks, fault, aim)
            except (ProcessLookupError, psycopg.Error, ClusterError):
                done = False
        with self.lock:
            (self.made if done else self.missed)[fault.kind] += 1

    def _make(self, looks: Looks, fault: Fault, aim: Aim) -> bool:
        if fault.victim is Victim.REPLICAS:
            return self._lag(fault)
        if fault.victim is Victim.SESSIONS:
            return self._end(looks, (aim.source, aim.target)[fault.choice % 2], fault, SESSIONS, f"move {_hex(aim)}")
        if fault.victim is Victim.SENDER and fault.do is Do.END:
            pod = (aim.source, aim.target)[fault.choice % 2]
            return self._end(looks, pod, fault, SENDERS, f"move_{_hex(aim)}%")
        pid = self._victim(looks, fault, aim)
        if pid is None:
            return False
        if fault.do is Do.KILL:
            os.kill(pid, signal.SIGKILL)
            return True
        with frozen(pid, alone=fault.victim in {Victim.SENDER, Victim.DRIVER}):
            time.sleep(fault.seconds)
        return True

    def _victim(self, looks: Looks, fault: Fault, aim: Aim) -> int | None:
        topology = self.scratch.topology
        if fault.victim is Victim.DRIVER:
            return _driver(looks, aim)
        if fault.victim is Victim.SENDER:
            return _first(looks, aim.source, SENDERS, f"move_{_hex(aim)}%", fault.choice)
        routers = [router_process(name) for name in topology.routers]
        names: dict[Victim, Callable[[], str]] = {
            Victim.SOURCE_POD: lambda: aim.source,
            Victim.TARGET_POD: lambda: aim.target,
            Victim.SOURCE_SERVER: lambda: topology.pod(aim.source).schemas["main"].server,
            Victim.TARGET_SERVER: lambda: topology.pod(aim.target).schemas["main"].server,
            Victim.SHARED: lambda: topology.schemas["routes"].server,
            Victim.ROUTER: lambda: routers[fault.choice % len(routers)],
        }
        return pids(self.scratch).get(names[fault.victim]())

    def _end(self, looks: Looks, pod: str, fault: Fault, query: str, name: str) -> bool:
        pid = _first(looks, pod, query, name, fault.choice)
        return pid is not None and bool(looks.look(pod, "main", END, pid))

    def _lag(self, fault: Fault) -> bool:
        regions = list(self.scratch.topology.regions)
        replicas = replicas_of_region(self.scratch.topology, regions[fault.choice % len(regions)])
        for milliseconds in (round(fault.seconds * 500), 0):
            for replica in replicas:
                asyncio.run(set_lag(self.scratch.places, replica, milliseconds))
            if milliseconds:
                time.sleep(2 * fault.seconds)
        return True


def pids(scratch: Scratch) -> dict[str, int]:
    """The process ids of the processes that run, by their names."""
    return {each["name"]: each["pid"] for each in processes(scratch) if each["state"] == RUNNING}


def start_again(scratch: Scratch) -> None:
    """Start what the supervisor has given up, because it was killed too often."""
    for each in processes(scratch):
        if each["state"] in FAILED:
            with suppress(ClusterError):
                control.ask(scratch.places.control_socket, {"do": "start", "name": each["name"]})


def processes(scratch: Scratch) -> list[dict[str, Any]]:
    """What the supervisor says of each process."""
    found: list[dict[str, Any]] = control.ask(scratch.places.control_socket, {"do": "status"})["processes"]
    return found


def _driver(looks: Looks, aim: Aim) -> int | None:
    """The process that drives a move, if it is one of this cluster's and not this benchmark."""
    rows = looks.look(aim.target, "routes", DRIVER, aim.id)
    if not rows or not rows[0][0]:
        return None
    pid = int(rows[0][0].rpartition(":")[2])
    return pid if pid in family(os.getpid()) - {os.getpid()} else None


def _first(looks: Looks, pod: str, query: str, name: str, choice: int) -> int | None:
    rows = looks.look(pod, "main", query, name)
    return int(rows[choice % len(rows)][0]) if rows else None


def _hex(aim: Aim) -> str:
    return aim.id.replace("-", "")
