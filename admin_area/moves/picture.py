"""What the page of a move shows: one sentence, facts, and a bar for each table."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat

from moves.progress import Progress
from moves.states import State


@dataclass(frozen=True)
class Bar:
    """How far one table is. `percent` is from 0 to 100."""

    table: str
    percent: int
    rows: int


@dataclass(frozen=True)
class Picture:
    """One move."""

    summary: str
    problems: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]


def picture_of(move: Progress) -> Picture:
    """Return what to show of a move."""
    bars = () if move.flipped_at or move.state in {State.PLANNED, State.ABORTED} else move.tables
    return Picture(
        summary=f"{move.organization}, {move.source} to {move.target}: {move.state}, {move.doing}.",
        problems=tuple(_problems(move)),
        facts=tuple((label, value) for label, value in _facts(move) if value),
        bars=tuple(Bar(f"{bar.schema}.{bar.name}", round(100 * bar.share), bar.rows) for bar in bars),
    )


def _problems(move: Progress) -> list[str]:
    found = []
    if move.error and move.is_open:
        found.append(f"The move is stuck: {move.error}.")
    if move.is_silent:
        found.append(f"No driver reports. Check that {move.target} is running, or run `manage.py move run`.")
    if move.is_equal is False:
        found.append("Source and target differed at the cut-over. Look at the certificate and roll the move back.")
    return found


def _facts(move: Progress) -> list[tuple[str, str]]:
    return [
        ("Paused", "yes" if move.paused else ""),
        ("Requested", move.wanted or ""),
        ("Rows copied", f"{move.rows:,} ({filesizeformat(move.bytes)})" if move.rows else ""),
        ("Speed", f"{move.rows_per_second:,.0f} rows/s" if move.rows_per_second is not None else ""),
        ("Time left", f"{move.seconds_left:.0f} s" if move.seconds_left is not None else ""),
        ("Replication lag", _milliseconds(move.lag_ms)),
        ("Log kept on the source", filesizeformat(move.kept_bytes) if move.kept_bytes is not None else ""),
        ("Slowdown of neighbours", f"{move.slowdown:.1f} times" if move.slowdown is not None else ""),
        ("Forecast of the pause", _milliseconds(move.forecast_ms)),
        ("Pause of writes", _milliseconds(move.pause_ms)),
        ("Rows compared", f"{move.compared_rows:,}" if move.compared_rows is not None else ""),
        ("Both pods equal", {None: "", True: "yes", False: "no"}[move.is_equal]),
        ("Copy restarted", f"{move.restarts} times" if move.restarts else ""),
        ("Driver", move.driver if move.is_open else ""),
        ("Can be rolled back until", f"{move.reverse_until:%Y-%m-%d %H:%M} UTC" if move.can_return else ""),
    ]


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f} ms"
