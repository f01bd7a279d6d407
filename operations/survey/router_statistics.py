"""What a running router has counted, read from its statistics listener."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from operations.hints import command
from router.clusters import ANY
from topology import Address
from topology.words import in_words

TIMEOUT_SECONDS = 2.0
OUTCOME = "vhost.pods.vcluster.{}.upstream_rq_completed"
COUNTED_BY_LUA = "http.router.lua.pods.{}"


class StatisticsUnreadable(Exception):
    """The router does not run, or something else listens at the address of its statistics."""


@dataclass(frozen=True)
class Statistics:
    """Counts since the router's start."""

    hit: int
    miss: int
    stale: int
    misrouted: int
    learn: int
    learn_failed: int
    negative: int
    refused: int
    undelivered: int
    conceal_shed: int
    lua_errors: int

    @property
    def requests(self) -> int:
        """Requests that went to a pod."""
        return self.hit + self.miss + self.stale

    @property
    def hit_rate(self) -> float | None:
        """The share of requests that needed no question, 0 to 1; None before the first request."""
        return self.hit / self.requests if self.requests else None


@dataclass(frozen=True)
class Reach:
    """How many pods a router knows, and how many of them its own health checks find ready."""

    known: int
    ready: int


def read(address: Address, *, timeout: float = TIMEOUT_SECONDS) -> Statistics:
    """The statistics of the router whose `statistics` address this is. Raises `StatisticsUnreadable`."""
    return _statistics(_counts(address, r"^(vhost\.pods\.vcluster\.|http\.router\.lua\.(pods|streamed)\.)", timeout))


def read_reach(address: Address, *, timeout: float = TIMEOUT_SECONDS) -> Reach:
    """The pods of the same router. Raises `StatisticsUnreadable`."""
    counts = _counts(address, rf"^cluster\.{ANY}\.membership_", timeout)
    known, ready = (counts.get(f"cluster.{ANY}.membership_{which}", 0) for which in ("total", "healthy"))
    return Reach(known, ready)


def _counts(address: Address, names: str, timeout: float) -> dict[str, int]:
    url = f"http://{address}/-/statistics"
    try:
        response = httpx.get(url, params={"format": "json", "filter": names}, timeout=timeout, trust_env=False)
        return {stat["name"]: stat["value"] for stat in response.json()["stats"] if "value" in stat}
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise StatisticsUnreadable(
            f"no statistics at {address} ({in_words(error)}); "
            f"check that the router runs with: {command('cluster status')}"
        ) from None


def _statistics(counts: dict[str, int]) -> Statistics:
    def lua(name: str) -> int:
        return counts.get(COUNTED_BY_LUA.format(name), 0)

    return Statistics(
        **{outcome: counts.get(OUTCOME.format(outcome), 0) for outcome in ("hit", "miss", "stale")},
        **{
            name: lua(name)
            for name in ("misrouted", "learn", "learn_failed", "negative", "refused", "undelivered", "conceal_shed")
        },
        lua_errors=lua("errors") + counts.get("http.router.lua.streamed.errors", 0),
    )
