"""The row that decides, and what it is compared with when it changes.

Read and written on the primary of `routes`, without the ORM: a driver has connections of its own.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from moves.databases import Session
from moves.exceptions import Lost, MoveUnknown
from moves.states import NEW_ATTEMPT, State


@dataclass(frozen=True)
class Move:
    """A row of `organization_moves`, as it was read."""

    id: uuid.UUID
    organization_id: int
    kind: str
    returns_id: uuid.UUID | None
    source: str
    target: str
    state: str
    attempt: int
    wanted: str | None
    paused: bool
    cutover: str
    cutover_at: datetime | None
    rate: int | None
    max_pause_ms: int
    way_back_seconds: int
    error: str
    schema_fingerprint: str
    restarts: int
    rehearsal: dict[str, Any] | None
    flipped_epoch: int | None
    flipped_at: datetime | None
    reverse_until: datetime | None
    purge_after: datetime | None
    certificate: dict[str, Any] | None
    asked_by: str
    created_at: datetime

    @property
    def is_return(self) -> bool:
        """Whether it goes back over the reverse stream of another move."""
        return self.returns_id is not None


COLUMNS = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(Move))


def load(routes: Session, move_id: uuid.UUID) -> Move:
    """Return the row as it is now; raises `MoveUnknown`."""
    query = sql.SQL("SELECT {} FROM organization_moves WHERE id = %s").format(COLUMNS)
    rows = routes.run(query, (move_id,))
    if not rows:
        raise MoveUnknown(f"there is no move {move_id}")
    return Move(*rows[0])


def advance(routes: Session, move: Move, to: State, who: str, text: str = "", **columns: Any) -> Move:
    """Change the state and record the event. Raises `Lost` when another driver changed it first. Clears the error."""
    following = move.attempt + 1 if to in NEW_ATTEMPT else move.attempt
    columns = {"state": str(to), "attempt": following, "error": ""} | columns
    query = sql.SQL(
        "WITH moved AS (UPDATE organization_moves SET {assigned}, changed_at = clock_timestamp() "
        "WHERE id = %(id)s AND state = %(was)s AND attempt = %(attempt_was)s RETURNING *), "
        "told AS (INSERT INTO organization_move_events (move_id, who, state, attempt, text) "
        "SELECT id, %(who)s, state, attempt, %(text)s FROM moved) "
        "SELECT {columns} FROM moved"
    ).format(assigned=_assigned(columns), columns=COLUMNS)
    values = {name: jsonb(value) for name, value in columns.items()}
    compared = {"id": move.id, "was": move.state, "attempt_was": move.attempt, "who": who}
    rows = routes.run(query, values | compared | {"text": text or f"{move.state} → {to}"})
    if not rows:
        raise Lost(f"{move.state} → {to}: another driver has taken the move on")
    return Move(*rows[0])


def update(routes: Session, move: Move, **columns: Any) -> None:
    """Change columns that decide nothing."""
    query = sql.SQL("UPDATE organization_moves SET {} WHERE id = %(id)s").format(_assigned(columns))
    routes.run(query, {name: jsonb(value) for name, value in columns.items()} | {"id": move.id})


def heed(routes: Session, move: Move, wanted: str) -> None:
    """Clear a wish that is granted, unless another one has taken its place."""
    routes.run("UPDATE organization_moves SET wanted = NULL WHERE id = %s AND wanted = %s", (move.id, wanted))


def tell(routes: Session, move: Move, who: str, text: str) -> None:
    """Add to what happened."""
    routes.run(
        "INSERT INTO organization_move_events (move_id, who, state, attempt, text) VALUES (%s, %s, %s, %s, %s)",
        (move.id, who, move.state, move.attempt, text),
    )


def _assigned(columns: dict[str, Any]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in columns
    )


def jsonb(value: Any) -> Any:
    """Return a value as a parameter: dictionaries and lists as JSON."""
    return Jsonb(value) if isinstance(value, dict | list) else value
