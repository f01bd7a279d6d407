"""What the cluster page shows of each component: a card with a few lines."""

from __future__ import annotations

from dataclasses import dataclass

from operations.survey import Facts, State
from operations.survey.disks import in_units
from operations.survey.facts import PodFacts, RegionFacts, RouterFacts, ServerFacts, summary_of

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Card:
    """One component. `lines` are labels and values; `details` are more of them, below a heading."""

    kind: str
    name: str
    state: State
    problems: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    details_title: str = ""
    details: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """Names the card within the page."""
        return f"{self.kind}-{self.name}"


@dataclass(frozen=True)
class Tier:
    """Components of one kind in one region."""

    label: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Column:
    """A region, from its router down to its databases."""

    name: str
    tiers: tuple[Tier, ...]


def columns(facts: Facts) -> list[Column]:
    """Return a column for each region."""
    return [Column(region.name, _tiers(region)) for region in facts.regions]


def summary(facts: Facts) -> str:
    """Summarize the state of the cluster in one sentence."""
    return f"{summary_of((part.name, part.state) for part in facts.parts)}."


def _tiers(region: RegionFacts) -> tuple[Tier, ...]:
    tiers = (
        Tier("Router", tuple(map(_router, region.routers))),
        Tier("Pods", tuple(map(_pod, region.pods))),
        Tier("Database servers", tuple(map(_server, region.servers))),
    )
    return tuple(tier for tier in tiers if tier.cards)


def _router(router: RouterFacts) -> Card:
    lines = (
        ("Hit rate", _percent(router.recent_hit_rate)),
        ("Hit rate since start", _percent(router.hit_rate)),
        ("Requests", _rate(router.requests_per_second)),
        ("Learn", _rate(router.learned_per_second)),
        ("Misrouted", _rate(router.misrouted_per_second)),
        ("Pods ready", UNKNOWN if router.pods_known is None else f"{router.pods_reached} of {router.pods_known}"),
    )
    return Card("router", router.name, router.state, router.problems, lines)


def _pod(pod: PodFacts) -> Card:
    roles = {"legacy pod": pod.is_legacy, "latest pod": pod.is_latest, "draining": pod.is_draining}
    lines = [
        ("Release", pod.release or UNKNOWN),
        ("Organizations", UNKNOWN if pod.organizations is None else str(pod.organizations)),
        ("Requests", _rate(pod.requests_per_second)),
        ("Learn", _rate(pod.learn.per_second)),
        ("Learn time", _times(pod)),
    ]
    lines += [(f"Disk of {disk}", in_units(free)) for disk, free in pod.free_bytes.items()]
    held = ", ".join(role for role, holds in roles.items() if holds)
    if held:
        lines.insert(0, ("Role", held))
    return Card("pod", pod.name, pod.state, pod.problems, tuple(lines))


def _server(server: ServerFacts) -> Card:
    lines = [("Role", server.role if server.replication is None else f"replica of {server.replication.primary}")]
    if server.replication:
        behind = server.replication
        asked = f", of which {behind.asked_lag_ms} ms configured" if behind.asked_lag_ms else ""
        lines.append(("Behind", f"{_seconds(behind.seconds)}, {_bytes(behind.bytes_behind)}{asked}"))
        lines.append(("Lag threshold", f"{behind.late_from_seconds:g} s"))
    lines.append(("PostgreSQL", server.release or UNKNOWN))
    lines.append(("Disk", UNKNOWN if server.free_bytes is None else in_units(server.free_bytes)))
    schemas = tuple(
        (each.name, f"{each.version} ({each.migrations})" if each.version else UNKNOWN) for each in server.databases
    )
    return Card("server", server.name, server.state, server.problems, tuple(lines), "Schema versions", schemas)


def _times(pod: PodFacts) -> str:
    if pod.learn.mean_ms is None or pod.learn.slow_ms is None:
        return "not asked" if pod.learn.per_second == 0 else UNKNOWN
    return f"{pod.learn.mean_ms:.1f} ms, 95% below {pod.learn.slow_ms:.1f} ms"


def _percent(share: float | None) -> str:
    return "no requests" if share is None else f"{share:.1%}"


def _rate(rate: float | None) -> str:
    return UNKNOWN if rate is None else f"{rate:.1f}/s"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return f"time {UNKNOWN}"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _bytes(number: int | None) -> str:
    return f"bytes {UNKNOWN}" if number is None else f"{number:,} bytes"
