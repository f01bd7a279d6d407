"""Streams that a driver left behind when it died: dropped by the janitor when their move has ended.

A stream's name says which move it is of. What belongs to no move that `routes` knows (a promotion may have lost the
row) is told of, and never dropped by a machine.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator, Mapping

import psycopg
from django.conf import settings
from psycopg import sql

from moves import streams
from moves.databases import Databases, Session
from moves.models import OrganizationMove
from moves.states import TERMINAL, State
from moves.tables import SCHEMAS
from schemas.identity import this_topology
from topology import TopologyError

NAME = re.compile(rf"{streams.PREFIX}([0-9a-f]{{32}})_[a-z]+_[a-z]+(_copy)?")
FOUND = (
    "SELECT pubname::text FROM pg_publication UNION SELECT slot_name::text FROM pg_replication_slots "
    "WHERE database = current_database() UNION SELECT subname::text FROM pg_subscription JOIN pg_database "
    "ON pg_database.oid = subdbid WHERE datname = current_database()"
)

logger = logging.getLogger(__name__)


def tidy(pod: str, limit: int) -> Mapping[str, int]:
    """A step of the janitor: drop what is left on this pod of the streams of moves that have ended."""
    databases = Databases(this_topology(), settings.PLACES)
    dropped = 0
    try:
        for schema in SCHEMAS:
            session = databases.pod(pod, schema)
            for name in left_over(session):
                if dropped < limit:
                    _drop(session, name)
                    dropped += 1
    except (psycopg.Error, TopologyError) as error:
        logger.warning("what ended moves have left is dropped later: %s", error)
    finally:
        databases.close()
    return {"streams": dropped}


def left_over(session: Session) -> Iterator[str]:
    """Yield the names of streams of ended moves that a database still has a part of; tell of those of no move."""
    for (name,) in session.run(FOUND):
        found = NAME.fullmatch(name)
        if found is None:
            continue
        move_id = uuid.UUID(found[1])
        move = OrganizationMove.objects.using("routes").filter(pk=move_id).first()
        if move is None:
            logger.warning("%s belongs to no move that routes knows; drop it if nobody needs it", name)
        elif move.state in TERMINAL and not _is_in_use(move):
            yield name


def _is_in_use(move: OrganizationMove) -> bool:
    """Whether a return goes over its reverse stream."""
    returns = OrganizationMove.objects.using("routes").filter(returns=move).exclude(state__in=TERMINAL)
    return move.state == State.RETURNED and returns.exists()


def _drop(session: Session, name: str) -> None:
    streams.drop_subscription(session, name)
    streams.drop_slot(session, name)
    session.run(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(name)))
