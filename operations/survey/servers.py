"""Ask a database server: does it accept connections, what is its log position, and what is in its databases?

It connects as the pods' role, on separate connections: Django's belong to requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from operations.survey.connection import BriefConnection
from operations.survey.disks import free_for
from operations.survey.samples import DatabaseSample, OrganizationsSample, ServerSample
from topology import SCHEMAS, Server, Topology, TopologyInvalid
from topology.databases import connection
from topology.model import Placement
from topology.places import Places
from topology.words import in_words

STATEMENT_SECONDS = 2
APPLICATION = "survey"

# The position is what a replica has replayed, and what a primary has flushed (PostgreSQL manual 9.28.4).
_SERVER = """
    SELECT current_setting('server_version'),
        pg_is_in_recovery(),
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0',
        EXISTS (SELECT FROM pg_stat_wal_receiver),
        extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float,
        (SELECT setting::int FROM pg_settings WHERE name = 'recovery_min_apply_delay')
"""
_REPLICAS = """
    SELECT application_name, extract(epoch FROM replay_lag)::float FROM pg_stat_replication WHERE state = 'streaming'
"""
_APPLIED = "SELECT app, name FROM django_migrations ORDER BY id"
_ORGANIZATIONS = "SELECT pod_id, count(*) FROM organizations WHERE state = 'active' GROUP BY pod_id"


@dataclass(frozen=True)
class Database:
    """A database of a server: its schema, and its pod if it is pod-local."""

    server: str
    schema: str
    placement: Placement
    pod: str | None = None

    @property
    def name(self) -> str:
        """The name of the database within the server."""
        return self.placement.database

    @property
    def key(self) -> str:
        """Return a key that is unique in the cluster."""
        return f"{self.server}/{self.name}"


def databases_of(topology: Topology, server: Server) -> list[Database]:
    """Return the databases of a server; those of a replica are its primary's."""
    primary = server.replica_of or server.name
    databases = [
        Database(server.name, schema, placement)
        for schema, placement in topology.schemas.items()
        if placement.server == primary
    ]
    for pod in topology.pods.values():
        databases += [
            Database(server.name, schema, pod.schemas[schema], pod.name)
            for schema in SCHEMAS
            if schema in pod.schemas and pod.schemas[schema].server == primary
        ]
    return databases


async def ask(topology: Topology, server: Server, places: Places) -> ServerSample:
    """Return the server's sample; a server that does not answer is a sample with a problem."""
    databases, free = databases_of(topology, server), free_for(server, places)
    if not databases:
        return ServerSample(problem="has no database in the topology", free_bytes=free)
    try:
        async with await _connect(databases[0].placement, [server], places) as connected:
            [row] = await _rows(connected, _SERVER)
            lags = {} if row[1] else dict(await _rows(connected, _REPLICAS))
    except (psycopg.Error, TopologyInvalid) as error:
        return ServerSample(problem=_told(error), free_bytes=free)
    release, is_replica, position, streams, since_commit, asked_lag_ms = row
    return ServerSample(
        release=release,
        is_replica=is_replica,
        position=int(position or 0),
        streams=streams,
        since_commit=since_commit,
        asked_lag_ms=asked_lag_ms,
        free_bytes=free,
        replay_lags=lags,
    )


async def ask_database(database: Database, server: Server, places: Places) -> DatabaseSample:
    """Return the applied migrations of a database."""
    try:
        async with await _connect(database.placement, [server], places) as connected:
            applied = await _rows(connected, _APPLIED)
    except (psycopg.Error, TopologyInvalid) as error:
        return DatabaseSample(problem=_told(error))
    newest = ".".join(applied[-1]) if applied else ""
    return DatabaseSample(applied=len(applied), newest=newest, versions=dict(sorted(applied)))


async def ask_organizations(topology: Topology, places: Places, region: str) -> OrganizationsSample:
    """Return the number of organizations on each pod, from the first server of `routes` that answers, nearest first."""
    placement = topology.schemas["routes"]
    servers = sorted(
        _servers_of(topology, placement), key=lambda server: (server.region != region, not server.replica_of)
    )
    try:
        async with await _connect(placement, servers, places) as connected:
            return OrganizationsSample(by_pod=dict(await _rows(connected, _ORGANIZATIONS)))
    except (psycopg.Error, TopologyInvalid) as error:
        return OrganizationsSample(problem=_told(error))


def _servers_of(topology: Topology, placement: Placement) -> Iterator[Server]:
    for server in topology.servers.values():
        if placement.server in {server.name, server.replica_of}:
            yield server


async def _connect(
    placement: Placement, servers: Iterable[Server], places: Places
) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    """Connect to the first server that answers. Raises `psycopg.Error` and `TopologyInvalid`."""
    found = connection(placement, tuple(servers), places)
    return await BriefConnection.connect(
        host=found["HOST"],
        port=found["PORT"],
        dbname=found["NAME"],
        user=found["USER"],
        password=found["PASSWORD"] or None,
        autocommit=True,
        application_name=APPLICATION,
        **found["OPTIONS"]
        | {"options": f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={STATEMENT_SECONDS}s"},
    )


async def _rows(connected: psycopg.AsyncConnection[tuple[Any, ...]], query: str) -> list[tuple[Any, ...]]:
    cursor = await connected.execute(query.encode())
    return await cursor.fetchall()


def _told(error: Exception) -> str:
    return f"does not answer: {in_words(error)}"
