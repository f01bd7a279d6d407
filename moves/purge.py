"""Purge: delete the rows that a pod no longer serves, slowly, and remember the ids that people may still ask it for.

Every chunk looks in its own transaction whether they still are what nobody is served.
"""

from __future__ import annotations

import time
from datetime import timedelta

from psycopg import sql

from moves import copy, stores, streams
from moves.databases import Session
from moves.exceptions import MoveRefused
from moves.journey import Journey
from moves.pace import Pace
from moves.states import State
from moves.tables import SCHEMAS, Table, tables_of
from routing.learn import models_by_birth


def begin_purge(journey: Journey) -> None:
    """Close the way back. Those who read the source's rows have a minute to finish."""
    drop_streams(journey)
    wait = timedelta(seconds=journey.tempo.open_reads_seconds)
    ((now,),) = journey.routes.run("SELECT clock_timestamp()")
    journey.advance(State.PURGING, "the way back is closed", wanted=None, purge_after=now + wait)


def purge(journey: Journey) -> None:
    """Delete the source's rows. Raises `MoveRefused` when routes says that the source serves them."""
    move = journey.move
    _refuse_owner(journey)
    for schema in SCHEMAS:
        delete_rows(journey, schema, journey.source(schema, "purge"), "moved", remember=True)
    with journey.speaking():
        stores.each(lambda store: store.purge(move))
    drop_streams(journey)
    forget_markers(journey)
    journey.advance(State.DONE, f"{move.source} has no rows of the organization any more")


def drop_streams(journey: Journey) -> None:
    """Drop both directions."""
    for stream in journey.streams():
        drop_stream(journey, stream)


def drop_stream(journey: Journey, stream: streams.Stream) -> None:
    """Drop a stream, and the origin of its copy, which the session that copies holds."""
    streams.drop(journey.databases, stream)
    journey.databases.end(stream.subscriber, stream.schema, "write")
    copy.drop_origin(journey.databases.pod(stream.subscriber, stream.schema), stream.name)


def forget_markers(journey: Journey) -> None:
    """Delete the markers and checkpoints of this move, and of those that it followed, on both pods."""
    rows = journey.routes.run(
        "SELECT id FROM organization_moves WHERE organization_id = %s", (journey.move.organization_id,)
    )
    ids = [move_id for (move_id,) in rows]
    for side in (journey.source, journey.target):
        for schema in SCHEMAS:
            session = replica(side(schema, "purge"))
            session.run("DELETE FROM move_marker WHERE move_id = ANY (%s)", (ids,))
            session.run("DELETE FROM move_checkpoint WHERE move_id = ANY (%s)", (ids,))


def replica(session: Session) -> Session:
    """The same session, in which no trigger fires."""
    session.run("SET session_replication_role = replica")
    return session


def delete_rows(journey: Journey, schema: str, session: Session, state: str, *, remember: bool) -> None:
    """Delete the organization's rows of a schema in chunks, each only while the pod's state is this move's `state`.

    `remember` the ids that people may still ask this pod for (`routing.learn.models_by_birth`).
    """
    replica(session)
    pace = Pace(journey.tempo.duty, journey.rest, probed=(session,))
    asked_for = {model._meta.db_table for model in models_by_birth()} if remember else set()
    for table in reversed(tables_of(schema)):
        while True:
            started = time.monotonic()
            with session.transaction():
                copy.guard(session, journey, state)
                deleted = _delete_chunk(journey, session, table, remember=table.name in asked_for)
            if not deleted:
                break
            pace.rest(time.monotonic() - started, deleted)
            journey.breathe()


def _delete_chunk(journey: Journey, session: Session, table: Table, *, remember: bool) -> int:
    organization, limit = journey.move.organization_id, journey.tempo.chunk_rows
    name, key = sql.Identifier(table.name), sql.Identifier(table.key)
    delete = sql.SQL(
        "WITH gone AS (DELETE FROM {name} WHERE organization_id = %(organization)s AND {key} IN "
        "(SELECT {key} FROM {name} WHERE organization_id = %(organization)s LIMIT %(limit)s) RETURNING {key} AS key)"
    ).format(name=name, key=key)
    kept = sql.SQL(
        ", kept AS (INSERT INTO departed_ids (kind, id, organization_id) "
        "SELECT %(table)s, key, %(organization)s FROM gone "
        "ON CONFLICT (kind, id) DO UPDATE SET organization_id = excluded.organization_id)"
    )
    rows = session.run(
        delete + (kept if remember else sql.SQL("")) + sql.SQL(" SELECT count(*) FROM gone"),
        {"organization": organization, "limit": limit, "table": table.name},
    )
    return int(rows[0][0])


def _refuse_owner(journey: Journey) -> None:
    move = journey.move
    ((pod,),) = journey.routes.run("SELECT pod_id FROM organizations WHERE id = %s", (move.organization_id,))
    if pod == move.source:
        raise MoveRefused(f"routes says that {pod} serves the organization; its rows are not deleted")
