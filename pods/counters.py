"""A pod's metrics, shown at `/-/metrics`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import nan

from django.conf import settings
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from admin_settings.poll import State
from admin_settings.poll import state as settings_in_force
from moves.watching import moves_here
from pods import disks, log_output
from schemas.servers import silent_servers

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

registry = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)
GCCollector(registry=registry)

POD = settings.POD.name if settings.POD else ""


def _counter(name: str, documentation: str, *labels: str) -> Counter:
    return Counter(name, documentation, ("pod", *labels), registry=registry)


requests = _counter("pods_requests", "Requests by URL pattern and class of status.", "view", "status")
learned = _counter("pods_learn", "Answers of learn by source, and refusals by status.", "source")
misrouted = _counter("pods_misrouted", "Requests for what another pod owns.").labels(POD)
undrained = _counter("pods_undrained", "Misrouted requests whose body was not read to its end.").labels(POD)
not_active = _counter("pods_not_active", "Requests for an organization of this pod that is being moved.").labels(POD)
unconfirmed = _counter("pods_routes_unreachable", "Requests while the routes schema could not be read.").labels(POD)
pinned = _counter("pods_pinned", "Requests that read a primary since the replica was behind.").labels(POD)
waits = _counter("pods_position_waits", "Responses that waited for the replica, by outcome.", "outcome")
paddings = _counter("pods_conceal_paddings", "Concealed responses without a router, by outcome.", "outcome")
database_failures = _counter("pods_database_failures", "Requests that a database failed, by outcome.", "outcome")

_lost = Gauge("pods_log_lines_lost", "Log lines that could not be written.", ("pod",), registry=registry)
_lost.labels(POD).set_function(log_output.lost)
_free = Gauge(
    "pods_disk_free_bytes", "What is left on a disk that the pod writes to.", ("pod", "disk"), registry=registry
)
for _disk, _free_bytes in disks.WATCHED.items():
    _free.labels(POD, _disk).set_function(_free_bytes)
_silent = Gauge(
    "pods_servers_silent", "Database servers that take in questions and do not answer.", ("pod",), registry=registry
)
_silent.labels(POD).set_function(lambda: float(len(silent_servers())))

_release = Gauge("pods_release", "1, with the release that this pod runs.", ("pod", "release"), registry=registry)
_release.labels(POD, settings.RELEASE).set(1)

_seconds = Histogram("pods_request_seconds", "Time that requests took.", ("pod",), buckets=SECONDS, registry=registry)
_learn_seconds = Histogram(
    "pods_learn_seconds", "Time that learn's answers took.", ("pod",), buckets=SECONDS, registry=registry
)
request_seconds = _seconds.labels(POD)
learn_seconds = _learn_seconds.labels(POD)


def _gauge(name: str, documentation: str, value: Callable[[State], float]) -> None:
    """Of the settings that are in force; NaN where none are polled."""
    gauge = Gauge(name, documentation, ("pod",), registry=registry).labels(POD)
    gauge.set_function(lambda: nan if (now := settings_in_force()) is None else value(now))


_gauge("pods_settings_version", "Version of the settings in force.", lambda now: now.version.number)
_gauge("pods_settings_heard_seconds", "Time since the admin schema answered.", lambda now: now.seconds_since_heard())
_gauge("pods_settings_refused", "Stored settings that cannot be used.", lambda now: len(now.problems))


class _Moves(Collector):
    """Open moves to this pod. Durations are in milliseconds, as their drivers measure them."""

    MEASURED = (
        ("pods_move_rows_per_second", "Rows that are copied in a second.", "rows_per_second"),
        ("pods_move_lag_milliseconds", "How far the target is behind the source, by schema.", "lag_ms_"),
        ("pods_move_lag_bytes", "The same in bytes of the source's log.", "lag_bytes_"),
        ("pods_move_kept_bytes", "What the source's server keeps of its log for the move.", "kept_bytes_"),
        ("pods_move_pause_milliseconds", "How long writes waited during the cut-over.", "pause_ms"),
    )

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield what this process last read of them."""
        labels = ("pod", "organization", "source")
        state = GaugeMetricFamily("pods_move_state", "1, with the state of an open move.", labels=(*labels, "state"))
        measured = {
            key: GaugeMetricFamily(name, documentation, labels=(*labels, "schema"))
            for name, documentation, key in self.MEASURED
        }
        for move in moves_here():
            named = (POD, str(move.organization_id), move.source)
            state.add_metric((*named, move.state), 1)
            for key, family in measured.items():
                for name, value in move.measured.items():
                    if name.startswith(key) and isinstance(value, int | float):
                        family.add_metric((*named, name.removeprefix(key) or "all"), value)
        yield state
        yield from measured.values()


registry.register(_Moves())
