"""Create missing roles and databases on a running primary."""

from __future__ import annotations

import psycopg
from psycopg import sql

from cluster.connect import Row, all_rows, connect
from cluster.postgres import APPLICATION, REPLICATOR
from topology import Server, Topology
from topology.databases import MOVER
from topology.places import Places

# CREATEDB lets tests create databases; pg_read_all_stats shows replicas' positions.
ROLE_OPTIONS = {
    APPLICATION: sql.SQL("LOGIN CREATEDB IN ROLE pg_read_all_stats"),
    REPLICATOR: sql.SQL("LOGIN REPLICATION"),
    # Subscriptions of anybody else need a password, and these servers know none. Who may connect as this role may
    # connect as the superuser too.
    MOVER: sql.SQL("LOGIN SUPERUSER REPLICATION"),
}


def databases_on(topology: Topology, server: Server) -> list[str]:
    """Return the names of the databases that the topology places on a server."""
    placements = [*topology.schemas.values()]
    for pod in topology.pods.values():
        placements += pod.schemas.values()
    return [placement.database for placement in placements if placement.server == server.name]


async def provision_all(topology: Topology, places: Places) -> None:
    """Create missing roles and databases on all embedded primaries, such as for a new pod."""
    for server in topology.servers.values():
        if server.embedded and server.replica_of is None:
            async with await connect(places, server) as connection:
                await provision(connection, databases_on(topology, server))


async def provision(connection: psycopg.AsyncConnection[Row], databases: list[str]) -> None:
    """Create missing roles and databases on one primary."""
    roles = {name for (name,) in await all_rows(connection, sql.SQL("SELECT rolname FROM pg_roles"))}
    for role, options in ROLE_OPTIONS.items():
        if role not in roles:
            await connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), options))
    existing = {name for (name,) in await all_rows(connection, sql.SQL("SELECT datname FROM pg_database"))}
    for database in databases:
        if database not in existing:
            await connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 STRATEGY file_copy").format(
                    sql.Identifier(database), sql.Identifier(APPLICATION)
                )
            )
