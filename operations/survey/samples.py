"""The raw answers of the components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PodSample:
    """A pod's readiness and counters. `counters` are the samples of `/-/metrics`, by name and label as printed
    there.
    """

    problem: str = ""
    """Why there is no sample; empty when the component answered."""
    ready: bool = False
    release: str = ""
    serves: Mapping[str, object] = field(default_factory=dict)
    degradations: tuple[str, ...] = ()
    counters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RouterSample:
    """A router's counts since its start, by the names of `router_statistics`."""

    problem: str = ""
    serving: bool = False
    """Whether clients can connect."""
    counts: Mapping[str, int] = field(default_factory=dict)
    pods_reached: int = 0
    """The number of pods that the router's health checks find ready."""
    pods_known: int = 0


@dataclass(frozen=True)
class ServerSample:
    """A database server. Log positions are bytes since the start of the log; times are in seconds."""

    problem: str = ""
    release: str = ""
    is_replica: bool = False
    position: int = 0
    """Flushed on a primary, replayed on a replica."""
    streams: bool = False
    since_commit: float | None = None
    """Seconds since the last replayed commit was made."""
    asked_lag_ms: int = 0
    free_bytes: int | None = None
    """What is left on the disk of its data, where that is on this machine."""
    replay_lags: Mapping[str, float | None] = field(default_factory=dict)
    """On a primary that shows it, the replay lag of each replica; None when nothing is in flight."""


@dataclass(frozen=True)
class DatabaseSample:
    """The applied migrations of a database: the newest of each app, and their number."""

    problem: str = ""
    applied: int = 0
    newest: str = ""
    """The migration that was applied last, as app.name."""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OrganizationsSample:
    """The number of active organizations on each pod."""

    problem: str = ""
    by_pod: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """All components at one moment. `at` is a monotonic time in seconds."""

    at: float
    pods: Mapping[str, PodSample]
    routers: Mapping[str, RouterSample]
    servers: Mapping[str, ServerSample]
    databases: Mapping[str, DatabaseSample]
    """By server and database, such as `shared/users`."""
    organizations: OrganizationsSample
