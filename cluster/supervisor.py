"""The process that runs all others of a cluster: starts them in order, keeps them running, stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management import get_commands

from cluster import control, web
from cluster.account import server_account
from cluster.child import Child, State
from cluster.exceptions import ClusterError
from cluster.folders import check_disk, demo_marker, make_folders, postgres_folder
from cluster.jobs import manage, run_job
from cluster.lock import only_one
from cluster.made_secrets import make_secrets
from cluster.ports import check_ports, listeners_of
from cluster.programs import programs_for
from cluster.servers import EmbeddedServers
from cluster.together import together
from operations.exceptions import NameUnknown
from operations.log_files import cut_logs
from topology import Topology
from topology.places import Places

WATCH_SECONDS = 5.0
# The start order; they stop in reverse order.
KINDS = ("primary", "replica", "pod", "router")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """The options of `cluster up`. `databases_only`: no pods and no routers."""

    topology_file: Path
    demo: bool = True
    fsync: bool = True
    databases_only: bool = False


class Supervisor:
    """One running cluster."""

    def __init__(self, topology: Topology, places: Places, options: Options, say: Say) -> None:
        self._topology = topology
        self._places = places
        self._options = options
        self._out = say
        self._children: dict[str, Child] = {}
        self._servers: EmbeddedServers | None = None
        self._stop = asyncio.Event()
        self._ready = False
        self._began = time.monotonic()

    async def run(self, when_ready: Callable[[], None]) -> None:
        """Start the cluster, call `when_ready`, and keep the cluster running until it is told to stop.

        Raises `ClusterError` when it cannot be started; everything that was started is stopped first.
        """
        with only_one(self._places):
            await self._check()
            self._children = self._make_children()
            listener = await control.listen(self._places.control_socket, self._answer)
            self._mind_signals()
            try:
                if await self._unless_stopped(self._start()):
                    when_ready()
                    await self._unless_stopped(self._watch())
            finally:
                await self._stop_all()
                listener.close()
                self._places.control_socket.unlink(missing_ok=True)

    async def _check(self) -> None:
        """Check everything that can be checked before anything is started."""
        account = server_account()
        elsewhere = make_folders(self._topology, self._places, account)
        if elsewhere:
            self._say(
                f"Databases are in {elsewhere}, because account {account.name!r} cannot reach {self._places.data}."
            )
        if not self._options.databases_only:
            await check_ports(listeners_of(self._topology))
        if any(server.embedded for server in self._topology.servers.values()):
            check_disk(self._topology, self._places)
            make_secrets(self._places.secrets)
            programs = programs_for(account, postgres_folder(self._places))
            fsync = self._options.fsync
            self._servers = EmbeddedServers(self._topology, self._places, account, programs, fsync=fsync)

    def _make_children(self) -> dict[str, Child]:
        children = list(self._servers.children.values()) if self._servers else []
        if not self._options.databases_only:
            environment = self._environment()
            children += [web.pod_child(pod, self._places, environment) for pod in self._topology.pods.values()]
            children += [
                web.router_child(self._topology, router, self._places, environment)
                for router in self._topology.routers.values()
            ]
        for child in children:
            child.tell = self._log
        return {child.name: child for child in children}

    def _environment(self) -> dict[str, str]:
        """Return this process's environment with the variables that identify the cluster, without those of a pod."""
        inherited = {key: value for key, value in os.environ.items() if key != "POD_ID"}
        return inherited | {
            "PODS_TOPOLOGY": str(self._options.topology_file),
            "PODS_PORT_OFFSET": str(self._topology.port_offset),
            "PODS_DATA": str(self._places.data.parent),
        }

    def _say(self, line: str) -> None:
        """Print a line; a closed terminal must not prevent a shutdown."""
        with contextlib.suppress(OSError):
            self._out(line)

    def _log(self, line: str) -> None:
        """Print what happened to a process, with the time."""
        self._say(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC: {line}")

    async def _start(self) -> None:
        if self._servers:
            self._say(f"Starting {len(self._servers.children)} database servers …")
            await self._servers.start_all()
        if not self._options.databases_only:
            await self._migrate()
            self._say(f"Starting {' '.join(child.name for child in self._of_kinds('pod', 'router'))} …")
            # Routers last: a router that gets requests before a pod is ready stops learning for a moment, and sends the
            # first requests to the latest pod.
            for kind in ("pod", "router"):
                await together(child.start(web.READY_SECONDS) for child in self._of_kinds(kind))
        self._ready = True
        self._say(f"Ready after {time.monotonic() - self._began:.1f} s.")

    async def _migrate(self) -> None:
        self._say("Migrating the databases …")
        # The pods are about to be started here, so none of those that the databases list still runs.
        without = [f"--without={pod}" for pod in self._topology.pods]
        await run_job("migrate", manage("cluster", "migrate", *without), self._places.logs, self._environment())
        loaded = demo_marker(self._places)
        # An application that has sample data loads it in a command `demo`. Your own servers never get demo data
        # unless you ask for it, and changes to the demo data are never undone.
        if self._options.demo and "demo" in get_commands() and self._servers and not loaded.exists():
            self._say("Loading the demo data …")
            await run_job("demo", manage("demo"), self._places.logs, self._environment())
            loaded.touch()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            # A failure is tried again in the next round; the cluster keeps running meanwhile.
            with contextlib.suppress(ClusterError, OSError):
                cut_logs(self._places.logs)
                if self._servers:
                    await self._servers.remake_lost_replicas()

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether `work` finished before the cluster was told to stop."""
        task = asyncio.create_task(work)
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            task.result()
            return True
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return False

    def _mind_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._told_to_stop)

    def _told_to_stop(self) -> None:
        if self._stop.is_set():
            for child in self._children.values():
                child.kill()
        self._stop.set()

    async def _stop_all(self) -> None:
        self._ready = False
        self._say("Stopping …")
        for kind in reversed(KINDS):
            await together(child.stop() for child in self._of_kinds(kind))
        self._say("Stopped.")

    def _of_kinds(self, *kinds: str) -> list[Child]:
        return [child for child in self._children.values() if child.kind in kinds]

    async def _answer(self, request: control.Message) -> control.Message:
        match request.get("do"):
            case "status":
                processes = [child.report() for child in self._children.values()]
                return {
                    "ready": self._ready,
                    "pid": os.getpid(),
                    "databases_only": self._options.databases_only,
                    "processes": processes,
                }
            case "stop":
                await self._child(request.get("name")).stop()
            case "start":
                await self._start_again(self._child(request.get("name")))
            case "down":
                self._stop.set()
                return {"pid": os.getpid()}
            case unknown:
                raise ClusterError(f"the supervisor does not know the request {unknown!r}")
        return {}

    def _child(self, name: object) -> Child:
        child = self._children.get(str(name))
        if child is None:
            # An alias of a pod works like its name.
            child = self._children.get(self._topology.pod_names.get(str(name), ""))
        if child is None:
            raise NameUnknown(f"this cluster has no process {name!r}; its processes are: {', '.join(self._children)}")
        return child

    async def _start_again(self, child: Child) -> None:
        if self._servers and child.name in self._servers.children:
            await self._servers.start(child.name)
            return
        if child.state in {State.STOPPED, State.FAILED}:
            await check_ports({name: held for name, held in listeners_of(self._topology).items() if name == child.name})
        await child.start(web.READY_SECONDS)
