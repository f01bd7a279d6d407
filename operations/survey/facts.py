"""What is known of a cluster at one moment: made of one sample, and of an earlier one for what happens in a second."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from operations.survey import rates
from operations.survey.disks import complaint
from operations.survey.pods import FREE
from operations.survey.rates import Learn
from operations.survey.samples import DatabaseSample, PodSample, RouterSample, Sample, ServerSample
from operations.survey.servers import databases_of
from topology import Pod, Router, Server, Topology


class State(StrEnum):
    """State of a component. Degraded: works, with problems. Down: does not answer or cannot serve."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True)
class PodFacts:
    """A pod. Numbers are None when unknown; rates are per second."""

    name: str
    region: str
    address: str
    state: State
    problems: tuple[str, ...]
    release: str
    serves: Mapping[str, object]
    """The versions that the pod can serve, by shared schema."""
    is_legacy: bool
    is_latest: bool
    is_draining: bool
    organizations: int | None
    requests_per_second: float | None
    learn: Learn
    free_bytes: Mapping[str, int]
    """What is left on each disk that the pod writes to and knows: `logs`, `data`, `database`."""


@dataclass(frozen=True)
class RouterFacts:
    """A router. `requests` and `hit_rate` (0 to 1) count from its start, the other numbers from the previous sample."""

    name: str
    region: str
    address: str
    state: State
    problems: tuple[str, ...]
    requests: int | None
    hit_rate: float | None
    recent_hit_rate: float | None
    requests_per_second: float | None
    learned_per_second: float | None
    misrouted_per_second: float | None
    pods_reached: int | None
    pods_known: int | None


@dataclass(frozen=True)
class Replication:
    """How far a replica is behind its primary: `seconds` is 0.0 when it is up to date, None when unknown.

    From `late_from_seconds` on the replica is lagging, and its server is degraded.
    """

    primary: str
    streams: bool
    seconds: float | None
    bytes_behind: int | None
    asked_lag_ms: int
    late_from_seconds: float


@dataclass(frozen=True)
class DatabaseFacts:
    """A database: its schema, its pod if it is pod-local, and its schema version, which is the newest migration."""

    name: str
    schema: str
    pod: str | None
    version: str
    migrations: int
    apps: Mapping[str, str]
    """The newest migration of each app."""


@dataclass(frozen=True)
class ServerFacts:
    """A database server; `release` is PostgreSQL's version, `replication` is None on a primary."""

    name: str
    region: str
    role: str
    state: State
    problems: tuple[str, ...]
    release: str
    replication: Replication | None
    free_bytes: int | None
    """What is left on the disk of its data; None for a server on another machine than the one that asks."""
    databases: tuple[DatabaseFacts, ...]


@dataclass(frozen=True)
class RegionFacts:
    """The components of one region, in the order of the topology."""

    name: str
    routers: tuple[RouterFacts, ...]
    pods: tuple[PodFacts, ...]
    servers: tuple[ServerFacts, ...]

    @property
    def parts(self) -> tuple[PodFacts | RouterFacts | ServerFacts, ...]:
        """All components of the region."""
        return (*self.routers, *self.pods, *self.servers)


@dataclass(frozen=True)
class Facts:
    """The whole cluster. `at` is a Unix time; `seconds` is the period of the rates (None when there are no rates)."""

    name: str
    state: State
    """The worst state of any component."""
    at: float
    seconds: float | None
    regions: tuple[RegionFacts, ...]

    @property
    def parts(self) -> list[PodFacts | RouterFacts | ServerFacts]:
        """All pods, routers and servers."""
        return [part for region in self.regions for part in region.parts]

    @property
    def as_json(self) -> dict[str, Any]:
        """Return the facts as values that JSON can hold."""
        return asdict(self)


def summary_of(states: Iterable[tuple[str, State]]) -> str:
    """Return one sentence, without a full stop, about components by name."""
    named = list(states)
    troubled = {state: [name for name, each in named if each is state] for state in (State.DOWN, State.DEGRADED)}
    phrases = [
        f"{_enumerated(names)} {'is' if len(names) == 1 else 'are'} {state}"
        for state, names in troubled.items()
        if names
    ]
    return "; ".join(phrases) or f"All {len(named)} components are healthy"


def _enumerated(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def facts_of(topology: Topology, sample: Sample, before: Sample | None, *, late_from_seconds: float) -> Facts:
    """Return the facts. Without an earlier sample there are no rates, and learn's times cover the time since each pod's
    start.

    A replica is lagging from `late_from_seconds` on.
    """
    seconds = sample.at - before.at if before else None
    regions = tuple(
        RegionFacts(
            name=name,
            routers=tuple(_router(each, sample, before) for each in topology.routers.values() if each.region == name),
            pods=tuple(_pod(topology, each, sample, before) for each in topology.pods_of(name)),
            servers=tuple(
                _server(topology, each, sample, late_from_seconds)
                for each in topology.servers.values()
                if each.region == name
            ),
        )
        for name in topology.regions
    )
    states = {part.state for region in regions for part in region.parts}
    worst = next((state for state in (State.DOWN, State.DEGRADED) if state in states), State.HEALTHY)
    return Facts(topology.instance, worst, time.time(), seconds, regions)


def _pod(topology: Topology, pod: Pod, sample: Sample, before: Sample | None) -> PodFacts:
    now = sample.pods[pod.name]
    period = rates.Period.of(sample, before, now.counters, before.pods[pod.name].counters if before else {})
    state, problems = _state_of_pod(now)
    counts = sample.organizations
    return PodFacts(
        name=pod.name,
        region=pod.region,
        address=str(pod.address),
        state=state,
        problems=problems,
        release=now.release,
        serves=now.serves,
        is_legacy=pod.name == topology.legacy_pod,
        is_latest=pod.name == topology.latest_pod,
        is_draining=pod.draining,
        organizations=None if counts.problem else counts.by_pod.get(pod.name, 0),
        requests_per_second=period.per_second("pods_requests_total"),
        learn=rates.learn(period),
        free_bytes=_free_bytes(now),
    )


def _free_bytes(now: PodSample) -> dict[str, int]:
    known = {name: value for name, value in now.counters.items() if not math.isnan(value)}
    return {name.partition(":")[2]: int(value) for name, value in known.items() if name.startswith(f"{FREE}:")}


def _state_of_pod(now: PodSample) -> tuple[State, tuple[str, ...]]:
    if now.problem:
        return State.DOWN, (now.problem,)
    if not now.ready:
        return State.DOWN, ("not ready", *now.degradations)
    return (State.DEGRADED if now.degradations else State.HEALTHY), now.degradations


def _router(router: Router, sample: Sample, before: Sample | None) -> RouterFacts:
    now = sample.routers[router.name]
    known = bool(now.counts)
    period = rates.Period.of(sample, before, now.counts, before.routers[router.name].counts if before else {})
    state, problems = _state_of_router(now)
    return RouterFacts(
        name=router.name,
        region=router.region,
        address=str(router.address),
        state=state,
        problems=problems,
        requests=now.counts["requests"] if known else None,
        hit_rate=rates.share(now.counts["hit"], now.counts["requests"]) if known else None,
        recent_hit_rate=rates.share(period.more("hit"), period.more("requests")) if before else None,
        requests_per_second=period.per_second("requests"),
        learned_per_second=period.per_second("learn"),
        misrouted_per_second=period.per_second("misrouted"),
        pods_reached=now.pods_reached if known else None,
        pods_known=now.pods_known if known else None,
    )


def _state_of_router(now: RouterSample) -> tuple[State, tuple[str, ...]]:
    if not now.serving:
        return State.DOWN, ("does not accept connections",)
    if now.problem:
        return State.DEGRADED, (now.problem,)
    if now.pods_known and not now.pods_reached:
        return State.DOWN, ("finds no ready pod",)
    return State.HEALTHY, ()


def _server(topology: Topology, server: Server, sample: Sample, late_from: float) -> ServerFacts:
    now = sample.servers[server.name]
    replication = _replication(server, now, sample, late_from) if server.replica_of else None
    state, problems = _state_of_server(server, now, replication)
    return ServerFacts(
        name=server.name,
        region=server.region,
        role="replica" if server.replica_of else "primary",
        state=state,
        problems=problems,
        release=now.release,
        replication=replication,
        free_bytes=now.free_bytes,
        databases=tuple(
            DatabaseFacts(each.name, each.schema, each.pod, *_version(sample.databases[each.key]))
            for each in databases_of(topology, server)
        ),
    )


def _version(sample: DatabaseSample) -> Iterable[Any]:
    return sample.newest, sample.applied, sample.versions


def _replication(server: Server, now: ServerSample, sample: Sample, late_from: float) -> Replication:
    primary_name = server.replica_of or ""
    primary = sample.servers[primary_name]
    if now.problem or primary.problem:
        return Replication(primary_name, now.streams, None, None, now.asked_lag_ms, late_from)
    behind = max(primary.position - now.position, 0)
    # The primary measures the lag, and reports none when nothing is in flight.
    seconds = primary.replay_lags.get(server.name) if behind else 0.0
    if seconds is None:
        seconds = now.since_commit
    return Replication(primary_name, now.streams, seconds, behind, now.asked_lag_ms, late_from)


def _state_of_server(
    server: Server, now: ServerSample, replication: Replication | None
) -> tuple[State, tuple[str, ...]]:
    said = complaint(now.free_bytes)
    disk = (f"its {said}",) if said else ()
    if now.problem:
        return State.DOWN, (now.problem, *disk)
    if replication is None and now.is_replica:
        return State.DOWN, ("refuses writes: it is a replica", *disk)
    if replication is None:
        return (State.DEGRADED if disk else State.HEALTHY), disk
    if not now.is_replica:
        return State.DOWN, (f"is no longer a replica of {replication.primary}", *disk)
    problems: tuple[str, ...] = disk if now.streams else (f"does not receive changes from {replication.primary}", *disk)
    if replication.seconds is not None and replication.seconds > replication.late_from_seconds:
        problems += (f"{replication.seconds:.0f} s behind {replication.primary}",)
    return (State.DEGRADED if problems else State.HEALTHY), problems
