"""Streams that a driver left behind when it died: dropped by the janitor when their move has ended.

A stream's name says which move it is of. What belongs to no move that `routes` knows (a promotion may have lost the
row) is told of, and never dropped by a machine.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator, Mapping
from itertools import islice

import psycopg
from django.conf import settings
from psycopg import sql

from moves import streams
from moves.databases import Databases, Session
from moves.states import TERMINAL
from moves.tables import SCHEMAS
from schemas.identity import this_topology
from topology import Topology, TopologyError
from topology.places import Places

NAME = re.compile(rf"{streams.PREFIX}([0-9a-f]{{32}})_[a-z]+_[a-z]+(_copy)?")
FOUND = (
    "SELECT pubname::text FROM pg_publication UNION SELECT slot_name::text FROM pg_replication_slots "
    "WHERE database = current_database() UNION SELECT subname::text FROM pg_subscription JOIN pg_database "
    "ON pg_database.oid = subdbid WHERE datname = current_database()"
)
# A return goes over the reverse stream of the move that it undoes.
NEEDED = (
    "SELECT state <> ALL (%(ended)s) OR EXISTS (SELECT FROM organization_moves AS others "
    "WHERE others.returns_id = moves.id AND others.state <> ALL (%(ended)s)) "
    "FROM organization_moves AS moves WHERE id = %(move)s"
)

logger = logging.getLogger(__name__)


def tidy(pod: str, limit: int) -> Mapping[str, int]:
    """A step of the janitor: drop what is left on this pod of the streams of moves that have ended."""
    try:
        return {"streams": tidy_pod(this_topology(), settings.PLACES, pod, limit)}
    except TopologyError:
        # No role moves anything here.
        return {}
    except psycopg.Error as error:
        logger.warning("what ended moves have left is dropped later: %s", error)
        return {}


def tidy_pod(topology: Topology, places: Places, pod: str, limit: int) -> int:
    """Drop at most `limit` left-overs on a pod; return how many there were."""
    databases, dropped = Databases(topology, places), 0
    try:
        for schema in SCHEMAS:
            session = databases.pod(pod, schema)
            for name in islice(left_over(databases.routes(), session), limit - dropped):
                _drop(session, name)
                dropped += 1
    finally:
        databases.close()
    return dropped


def left_over(routes: Session, session: Session) -> Iterator[str]:
    """Yield the names of streams of ended moves that a database still has a part of; tell of those of no move."""
    for (name,) in session.run(FOUND):
        found = NAME.fullmatch(name)
        if found is None:
            continue
        needed = routes.run(NEEDED, {"move": uuid.UUID(found[1]), "ended": list(TERMINAL)})
        if not needed:
            logger.warning("%s belongs to no move that routes knows; drop it if nobody needs it", name)
        elif needed == [(False,)]:
            yield name


def _drop(session: Session, name: str) -> None:
    streams.drop_subscription(session, name)
    streams.drop_slot(session, name)
    session.run(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(name)))
