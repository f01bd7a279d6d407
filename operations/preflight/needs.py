"""What each server has to have, as the topology says."""

from __future__ import annotations

from dataclasses import dataclass

from topology import POD_LOCAL_SCHEMAS, Placement, Server, Topology

STATISTICS = "pg_read_all_stats"
SUBSCRIPTIONS = "pg_create_subscription"
OLDEST_VERSION = 16
ORIGIN_FUNCTIONS = (
    "pg_replication_origin_create(text)",
    "pg_replication_origin_drop(text)",
    "pg_replication_origin_oid(text)",
    "pg_replication_origin_session_is_setup()",
    "pg_replication_origin_session_setup(text)",
    "pg_replication_origin_session_reset()",
)


@dataclass(frozen=True)
class Needs:
    """The databases of one primary, and those of them between which organizations move."""

    server: Server
    databases: tuple[str, ...]
    moved: tuple[str, ...]
    replicas: tuple[Server, ...]


def needs_of(topology: Topology, server: Server) -> Needs:
    """Return what a primary has to have; for a replica, what its primary has."""
    primary = topology.server(server.replica_of) if server.replica_of else server
    here = [(schema, place) for schema, place in _placements(topology) if place.server == primary.name]
    return Needs(
        server=server,
        databases=tuple(place.database for _, place in here),
        moved=tuple(place.database for schema, place in here if schema in POD_LOCAL_SCHEMAS)
        if server.move_user
        else (),
        replicas=tuple(each for each in topology.servers.values() if each.replica_of == server.name),
    )


def own_servers(topology: Topology) -> list[Server]:
    """The servers that the operator runs, primaries first."""
    own = [server for server in topology.servers.values() if not server.embedded]
    return sorted(own, key=lambda server: server.replica_of is not None)


def address_of(server: Server) -> str:
    """Return where a server is, in words."""
    return f"{server.host}:{server.port}"


def _placements(topology: Topology) -> list[tuple[str, Placement]]:
    return [*topology.schemas.items(), *(each for pod in topology.pods.values() for each in pod.schemas.items())]
