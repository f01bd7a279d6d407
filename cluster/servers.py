"""The embedded servers as the supervisor's children: created when missing, provisioned, lost replicas created again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import psycopg

from cluster.account import Account
from cluster.child import Child, Launch, State
from cluster.connect import connect, is_heard
from cluster.exceptions import ServerBroken
from cluster.folders import demo_marker
from cluster.making import forget, is_made, make_primary, make_replica
from cluster.postgres import EmbeddedServer, embedded_server, write_configuration
from cluster.programs import Programs
from cluster.provision import databases_on, provision
from cluster.replication import drop_slot, ensure_slot, slot_is_lost
from cluster.together import together
from operations.log_files import open_log
from topology import Topology
from topology.places import Places
from topology.words import in_words

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
HUNG_SECONDS = 30.0
# How long servers of a killed supervisor may take to shut down; after half of it they get the signal again.
PREDECESSOR_SECONDS = 20.0
POLL_SECONDS = 0.02


class EmbeddedServers:
    """All embedded servers of a topology."""

    def __init__(
        self, topology: Topology, places: Places, account: Account, programs: Programs, *, fsync: bool
    ) -> None:
        self._topology = topology
        self._places = places
        self._servers = {
            server.name: embedded_server(server, topology.servers, places, account, programs, fsync=fsync)
            for server in topology.servers.values()
            if server.embedded
        }
        self.children = {name: self._child(server) for name, server in self._servers.items()}

    @property
    def primaries(self) -> list[str]:
        """Names of the primaries."""
        return [name for name, server in self._servers.items() if not server.primary_socket]

    @property
    def replicas(self) -> list[str]:
        """Names of the replicas."""
        return [name for name, server in self._servers.items() if server.primary_socket]

    async def start_all(self) -> None:
        """Start every server, and return when all are ready, with roles and databases. Raises `StartFailed`."""
        await together(self._start_with_replicas(primary) for primary in self.primaries)

    async def start(self, name: str) -> None:
        """Start one server, creating what is missing. Raises `StartFailed`."""
        await self.children[name].start(READY_SECONDS)
        server = self._servers[name]
        if not server.primary_socket:
            async with await connect(self._places, server.server) as connection:
                await provision(connection, databases_on(self._topology, server.server))

    async def remake_lost_replicas(self) -> None:
        """Create those replicas again whose primary no longer has the log that they need."""
        for name in self.replicas:
            child = self.children[name]
            if child.state is State.RUNNING and await self._is_lost(self._servers[name]):
                await child.stop()
                await child.start(READY_SECONDS)

    async def _start_with_replicas(self, primary: str) -> None:
        await self.start(primary)
        await together(self.start(name) for name in self.replicas if self._servers[name].server.replica_of == primary)

    def _child(self, server: EmbeddedServer) -> Child:
        launch = Launch(
            command=server.command,
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            folder=Path("/"),
            account=server.account,
            # "Fast" shutdown, PostgreSQL manual 18.5: sessions end, nothing is lost.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            grace=STOP_SECONDS,
        )
        return Child(
            name=server.name,
            kind="replica" if server.primary_socket else "primary",
            logs=self._places.logs,
            launch=lambda: launch,
            is_ready=lambda: self._answers(server),
            is_heard=lambda seconds: is_heard(self._places, server.server, seconds),
            hung_seconds=HUNG_SECONDS,
            prepare=lambda: self._prepare(server),
        )

    async def _answers(self, server: EmbeddedServer) -> bool:
        try:
            async with await connect(self._places, server.server):
                return True
        except psycopg.OperationalError:
            return False

    async def _prepare(self, server: EmbeddedServer) -> None:
        await _wait_for_predecessor(server)
        if server.primary_socket:
            await self._prepare_replica(server)
        elif not is_made(server):
            # Copies of a lost primary cannot follow its successor: the histories differ.
            for replica in self._replicas_of(server):
                forget(replica)
            demo_marker(self._places).unlink(missing_ok=True)
            await make_primary(server)
        write_configuration(server)

    async def _prepare_replica(self, server: EmbeddedServer) -> None:
        if is_made(server):
            if not await self._is_lost(server):
                return
            with open_log(self.children[server.name].log) as log:
                log.write(
                    b"supervisor: the primary no longer keeps the log that this replica needs; creating it again\n"
                )
            forget(server)
        primary = self._topology.server(server.server.replica_of or "")
        try:
            async with await connect(self._places, primary) as connection:
                await drop_slot(connection, server.slot)
                await ensure_slot(connection, server.slot)
        except psycopg.Error as error:
            raise ServerBroken(
                f"its primary {primary.name} cannot create a replication slot: {in_words(error)}"
            ) from None
        await make_replica(server)

    async def _is_lost(self, server: EmbeddedServer) -> bool:
        """Whether the replica's log is lost; False while its primary is down."""
        primary = self._topology.server(server.server.replica_of or "")
        with contextlib.suppress(psycopg.Error):
            async with await connect(self._places, primary) as connection:
                return await slot_is_lost(connection, server.slot)
        return False

    def _replicas_of(self, primary: EmbeddedServer) -> list[EmbeddedServer]:
        return [server for server in self._servers.values() if server.server.replica_of == primary.name]


async def _wait_for_predecessor(server: EmbeddedServer) -> None:
    """Wait until the server of a killed supervisor has shut down: two servers would corrupt the folder.

    Raises `ServerBroken` when it does not shut down.
    """
    lock = server.data / "postmaster.pid"
    deadline = time.monotonic() + PREDECESSOR_SECONDS
    told = False
    while (pid := _lock_holder(lock, server.data)) is not None:
        if time.monotonic() > deadline:
            raise ServerBroken(f"process {pid} still uses {server.data}; end it with: kill -QUIT {pid}")
        if not told and time.monotonic() > deadline - PREDECESSOR_SECONDS / 2:
            told = True
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        await asyncio.sleep(POLL_SECONDS)


def _lock_holder(lock: Path, data: Path) -> int | None:
    try:
        pid = int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    if sys.platform != "linux":
        return pid
    try:
        if Path(f"/proc/{pid}/cwd").samefile(data):
            return pid
    except OSError:
        return None
    # The process id now belongs to another program, which PostgreSQL would mistake for a server.
    lock.unlink(missing_ok=True)
    return None
