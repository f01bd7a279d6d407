"""Servers of an operator's own: those of a second cluster, by their addresses."""

from __future__ import annotations

from pathlib import Path

from tests.running_cluster import RunningCluster


def on_servers_of(servers: RunningCluster, topology_file: Path) -> Path:
    """A topology as the demo's, on servers that run already and that it does not own."""
    text = servers.topology_file.read_text(encoding="utf-8").replace('name = "demo"', 'name = "external"')
    for server in servers.topology.servers.values():
        hosted = f'[servers.{server.name}]\nhost = "{servers.places.server_socket(server)}"\n'
        text = text.replace(f"[servers.{server.name}]\n", hosted)
    topology_file.write_text(text, encoding="utf-8")
    return topology_file
