"""Fill the routes of a scratch cluster: organizations with groups, and four projects in each group."""

from __future__ import annotations

import psycopg

from bench.scratch import Scratch
from topology import Pod
from topology.places import SOCKET_PORT

ORGANIZATIONS = 100
PROJECTS = 4
FILL = (
    """
INSERT INTO organizations (path, name, pod_id, epoch, state, created_at)
SELECT 'bench-organization-' || n, 'Organization ' || n, %(pod)s, 1, 'active', now()
FROM generate_series(1, %(organizations)s) n
""",
    """
INSERT INTO routes (path, kind, organization_id, pod_id, entity_type, entity_id, created_at)
SELECT 'bench-group-' || n, 'live', o.id, o.pod_id, 'group', n, now()
FROM generate_series(1, %(groups)s) n
JOIN organizations o ON o.path = 'bench-organization-' || (1 + n %% %(organizations)s)
""",
    """
INSERT INTO routes (path, kind, organization_id, entity_type, entity_id, created_at)
SELECT g.path || '/project-' || n, 'live', g.organization_id, 'project', g.entity_id * %(projects)s + n, now()
FROM routes g CROSS JOIN generate_series(1, %(projects)s) n
WHERE g.path LIKE 'bench-group-%%' AND g.pod_id IS NOT NULL
""",
    "ANALYZE organizations",
    "ANALYZE routes",
)


def fill(scratch: Scratch, pod: Pod, routes: int) -> int:
    """Add so many routes on the primary and wait until the replica has them; returns the number of groups."""
    groups = routes // (PROJECTS + 1)
    values = {"pod": pod.name, "organizations": ORGANIZATIONS, "groups": groups, "projects": PROJECTS}
    placement = scratch.topology.placement("routes", pod)
    primary = scratch.topology.server(placement.server)
    with _connect(scratch, primary.name, placement.database) as connection:
        for statement in FILL:
            connection.execute(statement, values if "%(" in statement else None)
    # VACUUM sets the hint bits and the visibility map, as autovacuum would in the long run.
    with _connect(scratch, primary.name, placement.database) as connection:
        connection.execute("VACUUM routes")
        row = connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
    for replica in scratch.topology.replicas(primary.name, pod.region):
        with _connect(scratch, replica.name, placement.database) as connection:
            _wait_for(connection, str(row[0]) if row else "0/0")
    return groups


def _connect(scratch: Scratch, server: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
    named = scratch.topology.server(server)
    socket = scratch.places.server_socket(named)
    return psycopg.connect(host=str(socket), port=SOCKET_PORT, dbname=database, user=named.user, autocommit=True)


WAIT = """
DO $$ BEGIN
    FOR attempt IN 1..600 LOOP
        EXIT WHEN pg_last_wal_replay_lsn() >= '{lsn}'::pg_lsn;
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$
"""


def _wait_for(connection: psycopg.Connection[tuple[object, ...]], lsn: str) -> None:
    connection.execute(WAIT.format(lsn=lsn).encode())
