"""Where a cluster keeps its files on this machine: data, logs, secrets and sockets."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from topology.model import Server, Topology

CHECKOUT = Path(__file__).resolve().parent.parent
SOCKET_PORT = 5432


@dataclass(frozen=True)
class Places:
    """Every path of one cluster; nothing is created by asking."""

    data: Path
    sockets: Path

    @property
    def secrets(self) -> Path:
        """The secrets that an embedded cluster made for itself, as JSON, readable by its owner only."""
        return self.data / "secrets.json"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.data / "logs"

    @property
    def mail(self) -> Path:
        """The mails that the cluster would have sent."""
        return self.data / "mail"

    def settings_of(self, pod: str) -> Path:
        """The settings that a pod acted by last, as JSON, readable by its owner only."""
        return self.data / "settings" / f"{pod}.json"

    @property
    def control_socket(self) -> Path:
        """Where the supervisor listens for `manage.py cluster stop` and the like."""
        return self.sockets / "control"

    def server_data(self, server: Server) -> Path:
        """The data folder of an embedded PostgreSQL server."""
        return self.data / "postgres" / server.name

    def server_socket(self, server: Server) -> Path:
        """The folder of an embedded PostgreSQL server's Unix socket."""
        return self.sockets / server.name

    def envoy_admin(self, router: str) -> Path:
        """Envoy's own admin interface: a Unix socket, since any local page could reach a port."""
        return self.sockets / f"envoy-{router}"


def router_process(router: str) -> str:
    """The name of a router's process, which differs from its region's name."""
    return f"router-{router}"


def places_of(topology: Topology, data: Path) -> Places:
    """The places of a cluster: one folder below `data` for each instance.

    Socket folders are short and outside of it: a Unix socket's path ends at 107 bytes.
    """
    data = data.resolve() / topology.instance
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:10]
    return Places(data=data, sockets=Path(tempfile.gettempdir()) / f"pods-{os.getuid()}-{digest}")
