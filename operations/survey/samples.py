"""What parts said when they were asked: raw, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PodSample:
    """A pod's readiness and counters. `counters` are samples of `/-/metrics` by name and label, as it writes them."""

    problem: str = ""
    """Why there is nothing; empty when it answered."""
    ready: bool = False
    release: str = ""
    serves: Mapping[str, object] = field(default_factory=dict)
    degradations: tuple[str, ...] = ()
    counters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RouterSample:
    """A router's counts since its start, by the names of `router.statistics`."""

    problem: str = ""
    serving: bool = False
    """Whether clients can connect."""
    counts: Mapping[str, int] = field(default_factory=dict)
    pods_reached: int = 0
    """How many pods its own health checks find ready."""
    pods_known: int = 0


@dataclass(frozen=True)
class ServerSample:
    """A database server. Log positions are bytes since the log's beginning; times are in seconds."""

    problem: str = ""
    release: str = ""
    is_replica: bool = False
    position: int = 0
    """Flushed on a primary, replayed on a replica."""
    streams: bool = False
    since_commit: float | None = None
    """Since the last commit that was replayed had been made."""
    asked_lag_ms: int = 0
    replay_lags: Mapping[str, float | None] = field(default_factory=dict)
    """On a primary that may tell: by replica, how late it replays; None when nothing is on its way."""


@dataclass(frozen=True)
class DatabaseSample:
    """Which migrations a database has, by app the newest, and their number."""

    problem: str = ""
    applied: int = 0
    newest: str = ""
    """The one that was applied last, as app.name."""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OrganizationsSample:
    """How many active organizations live on each pod."""

    problem: str = ""
    by_pod: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """All parts at one moment. `at` is of the monotonic clock, in seconds."""

    at: float
    pods: Mapping[str, PodSample]
    routers: Mapping[str, RouterSample]
    servers: Mapping[str, ServerSample]
    databases: Mapping[str, DatabaseSample]
    """By server and database: `shared/users`."""
    organizations: OrganizationsSample
