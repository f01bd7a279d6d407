"""One embedded PostgreSQL server: its files, and the command that runs it.

Servers listen on Unix sockets only and let in the operating system's own
account (`peer` with a map of names): there is no password to lose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster.account import Account
from cluster.programs import Programs
from topology import Server
from topology.databases import MOVER
from topology.files import replace_file
from topology.places import SOCKET_PORT, Places

SUPERUSER = "postgres"
APPLICATION = "pods"
REPLICATOR = "replicator"
ROLES = (SUPERUSER, APPLICATION, REPLICATOR, MOVER)

STANDBY_SIGNAL = "standby.signal"
# The slot of a stopped replica keeps this much log, for this long.
KEPT_LOG = "512MB"
KEPT_SLOT = "1d"


@dataclass(frozen=True)
class EmbeddedServer:
    """A server of the topology, placed on this machine."""

    server: Server
    data: Path
    socket: Path
    primary_socket: Path | None
    account: Account
    programs: Programs
    fsync: bool

    @property
    def name(self) -> str:
        """The server's name in the topology."""
        return self.server.name

    @property
    def slot(self) -> str:
        """The replication slot that this replica holds on its primary."""
        return slot_of(self.server)

    @property
    def command(self) -> list[str]:
        """The command line that runs the server in the foreground."""
        return [self.programs.path("postgres"), "-D", str(self.data)]


def embedded_server(
    server: Server, servers: Mapping[str, Server], places: Places, account: Account, programs: Programs, *, fsync: bool
) -> EmbeddedServer:
    """Return a server of the topology with its paths on this machine."""
    primary = servers[server.replica_of] if server.replica_of else None
    return EmbeddedServer(
        server=server,
        # The resolved path: the account may not enter the folder that the link is in.
        data=places.server_data(server).resolve(),
        socket=places.server_socket(server),
        primary_socket=places.server_socket(primary) if primary else None,
        account=account,
        programs=programs,
        fsync=fsync,
    )


def slot_of(server: Server) -> str:
    """Return the name of a replica's slot, in which PostgreSQL allows no hyphens."""
    return server.name.replace("-", "_")


def write_configuration(server: EmbeddedServer) -> None:
    """Rewrite the server's configuration, so that it always matches this release and these paths.

    Settings made with `ALTER SYSTEM` are in another file and stay.
    """
    _write(server, "postgresql.conf", _settings(server))
    _write(server, "pg_hba.conf", "local all all peer map=cluster\nlocal replication all peer map=cluster\n")
    names = server.account.login_names
    _write(server, "pg_ident.conf", "".join(f'cluster "{name}" "{role}"\n' for name in names for role in ROLES))
    if server.primary_socket:
        _write(server, STANDBY_SIGNAL, "")


def _write(server: EmbeddedServer, name: str, text: str) -> None:
    replace_file(server.data / name, text.encode(), prepare=server.account.give)


def _settings(server: EmbeddedServer) -> str:
    settings: dict[str, str | int] = {
        "listen_addresses": "",
        "port": SOCKET_PORT,
        "unix_socket_directories": str(server.socket),
        "unix_socket_permissions": "0700",
        "cluster_name": server.name,
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %a ",
        # Enough for four pods with eight aliases and a few threads each, the tests, and the replicas.
        "max_connections": 200,
        # A move has four streams, of `main` and `ci` in both directions, and the two back stay for a day. Both ends
        # of each may be this server. What waits for a slot is refused, not slow, and costs next to nothing here.
        "max_wal_senders": 64,
        "max_replication_slots": 64,
        "max_active_replication_origins": 128,
        "max_logical_replication_workers": 64,
        "max_worker_processes": 80,
        "shared_buffers": "32MB",
        "min_wal_size": "32MB",
        "max_wal_size": "256MB",
        "io_method": "sync",
        "jit": "off",
        "huge_pages": "off",
        "wal_level": "logical",
        "synchronous_commit": "on",
        "wal_keep_size": "64MB",
        "max_slot_wal_keep_size": KEPT_LOG,
        "idle_replication_slot_timeout": KEPT_SLOT,
        # With the default of 5 s, a replica would need that long to notice that its primary is back.
        "wal_retrieve_retry_interval": "300ms",
        "wal_receiver_timeout": "10s",
        "wal_sender_timeout": "10s",
        "wal_receiver_status_interval": "1s",
        "hot_standby_feedback": "on",
        "fsync": "on" if server.fsync else "off",
        "full_page_writes": "on" if server.fsync else "off",
    }
    if server.primary_socket:
        settings["primary_slot_name"] = server.slot
        settings["primary_conninfo"] = (
            f"host={server.primary_socket} port={SOCKET_PORT} user={REPLICATOR} application_name={server.name}"
        )
    return "".join(f"{key} = {_quoted(value)}\n" for key, value in settings.items())


def _quoted(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
