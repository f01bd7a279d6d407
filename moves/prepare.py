"""Prepare: an empty target that lets nobody write, and the streams, which run from the start.

The stream comes before the copy. Changes to rows that are not there yet are skipped by PostgreSQL; what is copied later
is locked while it is, and so is newer than all that was skipped (copy.py). No snapshot pins the source's log.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from moves import stores, streams
from moves.exceptions import MoveRefused, StreamLost
from moves.journey import Journey
from moves.purge import delete_rows, drop_stream
from moves.states import State
from moves.tables import SCHEMAS, Table, all_tables, fingerprint

COUNT_SECONDS = 10


def prepare(journey: Journey) -> None:
    """Make everything again, whatever an earlier attempt left. This attempt has a number of its own."""
    journey.advance(State.PREPARING, "prepares the target")
    found = fingerprint_now(journey)
    for schema in SCHEMAS:
        _await_on_target(journey, schema)
        _adopt_on_source(journey, schema)
    if journey.move.is_return:
        _take_over_streams(journey)
        journey.advance(State.STREAMING, "takes over the reverse stream", schema_fingerprint=found)
        return
    for schema in SCHEMAS:
        drop_stream(journey, journey.back(schema))
        drop_stream(journey, journey.there(schema))
        empty_target(journey, schema)
        streams.make(journey.databases, journey.there(schema))
    with journey.speaking():
        stores.each(lambda store: store.prepare(journey.move))
    _list_tables(journey)
    journey.advance(State.COPYING, "the streams run", schema_fingerprint=found)


def empty_target(journey: Journey, schema: str) -> None:
    """Delete what an earlier attempt, or an earlier stay, has left on the target. Only rows that nobody is served."""
    # Who gives up a way back leaves a pod on which the organization has lived.
    remember = journey.move.is_return
    delete_rows(journey, schema, journey.target(schema, "purge"), "incoming", remember=remember)
    journey.target(schema).run("DELETE FROM move_checkpoint WHERE move_id = %s", (journey.move.id,))


def fingerprint_now(journey: Journey) -> str:
    """Return the digest of the tables' columns, if source and target agree. Raises `MoveRefused`."""
    found = {}
    for side in (journey.source, journey.target):
        found[side] = "".join(fingerprint(side(schema), schema)[:32] for schema in SCHEMAS)
    if found[journey.source] != found[journey.target]:
        raise MoveRefused(
            f"the tables of {journey.move.source} and {journey.move.target} have different columns; "
            "run `manage.py cluster migrate` first"
        )
    return found[journey.source]


def _await_on_target(journey: Journey, schema: str) -> None:
    """Make the target say that the organization arrives. Raises `MoveRefused` when it serves it."""
    move = journey.move
    ((epoch,),) = journey.routes.run("SELECT epoch FROM organizations WHERE id = %s", (move.organization_id,))
    changed = journey.target(schema).change(
        "INSERT INTO organization_state (id, state, epoch, move_id, attempt) VALUES (%s, 'incoming', %s, %s, %s) "
        "ON CONFLICT (id) DO UPDATE SET state = 'incoming', move_id = excluded.move_id, attempt = excluded.attempt, "
        "fenced_until = NULL WHERE organization_state.state = 'moved' OR (organization_state.state = 'incoming' "
        "AND (organization_state.move_id <> excluded.move_id OR organization_state.attempt < excluded.attempt))",
        (move.organization_id, epoch, move.id, move.attempt),
    )
    if not changed:
        raise MoveRefused(f"{move.target} already serves the organization in {schema}; run `manage.py move repair`")


def _adopt_on_source(journey: Journey, schema: str) -> None:
    """Write down on the source which move may shut its gate. Raises `MoveRefused` unless it serves the organization."""
    move = journey.move
    changed = journey.source(schema).change(
        "UPDATE organization_state SET attempt = CASE WHEN move_id = %(move)s THEN attempt ELSE 0 END, "
        "move_id = %(move)s WHERE id = %(organization)s AND state = 'active'",
        {"move": move.id, "organization": move.organization_id},
    )
    if not changed:
        raise MoveRefused(f"{move.source} does not serve the organization in {schema}; run `manage.py move repair`")


def _take_over_streams(journey: Journey) -> None:
    """Check that the streams of the way back have lost nothing. Raises `StreamLost`."""
    for schema in SCHEMAS:
        if not streams.is_whole(journey.databases, journey.there(schema)):
            raise StreamLost(f"the reverse stream of {schema} is gone")


def _list_tables(journey: Journey) -> None:
    """Begin the progress of each table, with the number of its rows."""
    for table in all_tables():
        journey.routes.run(
            "INSERT INTO organization_move_tables (move_id, schema, name, estimated_rows) "
            "VALUES (%(move)s, %(schema)s, %(name)s, %(rows)s) ON CONFLICT (move_id, schema, name) "
            "DO UPDATE SET rows = 0, bytes = 0, done = false, copied_to = NULL, "
            "estimated_rows = excluded.estimated_rows",
            {
                "move": journey.move.id,
                "schema": table.schema,
                "name": table.name,
                "rows": _number_of_rows(journey, table),
            },
        )
        journey.breathe()


def _number_of_rows(journey: Journey, table: Table) -> int | None:
    """How many rows the organization has in a table, or None when counting them takes long."""
    session = journey.source(table.schema, "count")
    session.run(f"SET statement_timeout = '{COUNT_SECONDS}s'")
    try:
        rows = session.run(
            sql.SQL("SELECT count(*) FROM {} WHERE organization_id = %s").format(sql.Identifier(table.name)),
            (journey.move.organization_id,),
        )
    except psycopg.errors.QueryCanceled:
        return None
    return int(rows[0][0])
