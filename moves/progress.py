"""The progress of moves, for the command, the Admin Area and metrics. Read from `routes` alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from moves.exceptions import MoveUnknown
from moves.models import OrganizationMove
from moves.states import TERMINAL, State

SILENT_SECONDS = 30.0
# How many times slower neighbours are before anyone is told.
SLOWER_SHOWN = 1.2


@dataclass(frozen=True)
class TableProgress:
    """One table."""

    schema: str
    name: str
    rows: int
    estimated_rows: int | None
    bytes: int
    done: bool

    @property
    def share(self) -> float:
        """From 0 to 1; of a table whose rows were not counted, 0 until it is done."""
        if self.done:
            return 1.0
        return min(0.99, self.rows / self.estimated_rows) if self.estimated_rows else 0.0


@dataclass(frozen=True)
class Progress:
    """One move. Times are aware datetimes, durations are in the unit that the name ends with."""

    id: uuid.UUID
    organization: str
    organization_id: int
    kind: str
    source: str
    target: str
    state: str
    doing: str
    attempt: int
    wanted: str | None
    paused: bool
    error: str
    asked_by: str
    created_at: datetime
    changed_at: datetime
    heartbeat_at: datetime | None
    driver: str
    rows: int
    estimated_rows: int | None
    bytes: int
    rows_per_second: float | None
    lag_ms: float | None
    lag_bytes: int | None
    kept_bytes: int | None
    probe_ratio: float | None
    duty: float | None
    forecast_ms: float | None
    pause_ms: float | None
    compared_rows: int | None
    restarts: int
    flipped_at: datetime | None
    reverse_until: datetime | None
    is_certified: bool
    is_equal: bool | None
    tables: tuple[TableProgress, ...]

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state not in TERMINAL

    @property
    def is_silent(self) -> bool:
        """Whether no driver has been heard for a while though one should be at work."""
        waits = self.paused or self.state in {State.PLANNED, State.SETTLED, State.PURGING} or not self.is_open
        heard = self.heartbeat_at or self.created_at
        return not waits and (timezone.now() - heard).total_seconds() > SILENT_SECONDS

    @property
    def slowdown(self) -> float | None:
        """How many times slower neighbours are; None when that is not worth telling."""
        ratio = self.probe_ratio or 0.0
        return ratio if ratio >= SLOWER_SHOWN else None

    @property
    def can_return(self) -> bool:
        """Whether the way back is open, until `reverse_until`."""
        return self.state == State.SETTLED and self.reverse_until is not None and self.reverse_until > timezone.now()

    @property
    def share(self) -> float:
        """How much is copied, from 0 to 1."""
        if not self.estimated_rows:
            return sum(table.share for table in self.tables) / len(self.tables) if self.tables else 0.0
        return min(1.0, self.rows / self.estimated_rows)

    @property
    def seconds_left(self) -> float | None:
        """Of the copy, by its speed now; None when that is not known."""
        if self.state != State.COPYING or not self.rows_per_second or self.estimated_rows is None:
            return None
        return max(0, self.estimated_rows - self.rows) / self.rows_per_second

    @property
    def as_json(self) -> dict[str, Any]:
        """All of it, as `json.dumps` takes it."""
        found = asdict(self) | {"share": self.share, "seconds_left": self.seconds_left, "is_silent": self.is_silent}
        return {key: _plain(value) for key, value in found.items()}


def open_moves() -> list[Progress]:
    """Return the moves that have not ended, the oldest first."""
    return _read(OrganizationMove.objects.using("routes").exclude(state__in=TERMINAL).order_by("created_at"))


def ended_moves(limit: int = 20) -> list[Progress]:
    """Return the moves that have ended, the newest first."""
    ended = OrganizationMove.objects.using("routes").filter(state__in=TERMINAL).order_by("-created_at")
    return _read(ended[:limit])


def progress_of(move_id: uuid.UUID) -> Progress:
    """Return one move; raises `MoveUnknown`."""
    found = _read(OrganizationMove.objects.using("routes").filter(pk=move_id))
    if not found:
        raise MoveUnknown(f"there is no move {move_id}")
    return found[0]


def _read(moves: Any) -> list[Progress]:
    return [_progress(move) for move in moves.select_related("organization").prefetch_related("tables")]


def _progress(move: OrganizationMove) -> Progress:
    tables = tuple(
        TableProgress(each.schema, each.name, each.rows, each.estimated_rows, each.bytes, each.done)
        for each in sorted(move.tables.all(), key=lambda each: (each.schema, each.name))
    )
    measured, certificate = move.measured, move.certificate or {}
    estimates = [table.estimated_rows for table in tables]
    return Progress(
        id=move.pk,
        organization=move.organization.path,
        organization_id=move.organization_id,
        kind=move.kind,
        source=move.source,
        target=move.target,
        state=move.state,
        doing=move.get_state_display(),
        attempt=move.attempt,
        wanted=move.wanted,
        paused=move.paused,
        error=move.error,
        asked_by=move.asked_by,
        created_at=move.created_at,
        changed_at=move.changed_at,
        heartbeat_at=move.heartbeat_at,
        driver=move.driver,
        rows=sum(table.rows for table in tables),
        estimated_rows=sum(each or 0 for each in estimates) if estimates and None not in estimates else None,
        bytes=sum(table.bytes for table in tables),
        rows_per_second=measured.get("rows_per_second") if move.state == State.COPYING else None,
        lag_ms=_worst(measured, "lag_ms"),
        lag_bytes=_worst(measured, "lag_bytes"),
        kept_bytes=_worst(measured, "kept_bytes"),
        probe_ratio=measured.get("probe_ratio"),
        duty=measured.get("duty"),
        forecast_ms=(move.rehearsal or {}).get("forecast_ms"),
        pause_ms=measured.get("pause_ms"),
        compared_rows=measured.get("compared_rows"),
        restarts=move.restarts,
        flipped_at=move.flipped_at,
        reverse_until=move.reverse_until,
        is_certified=bool(certificate),
        is_equal=certificate.get("equal"),
        tables=tables,
    )


def _worst(measured: dict[str, Any], what: str) -> Any:
    """Of both schemas."""
    found = [value for key, value in measured.items() if key.startswith(f"{what}_") and value is not None]
    return max(found, default=None)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value
