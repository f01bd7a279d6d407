"""Rates and durations from counters at two moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from operations.survey.samples import Sample

LEARN = "pods_learn_seconds"
# This share of all learn answers is faster than `slow_ms`.
SLOW_SHARE = 0.95


@dataclass(frozen=True)
class Learn:
    """What learn costs a pod: answers per second, and their milliseconds, on average and for the slowest twentieth."""

    per_second: float | None = None
    mean_ms: float | None = None
    slow_ms: float | None = None


@dataclass(frozen=True)
class Period:
    """Counters at the start and the end of a period; `seconds` is None when those at the start are unknown."""

    now: Mapping[str, float]
    before: Mapping[str, float]
    seconds: float | None

    @classmethod
    def of(cls, sample: Sample, before: Sample | None, now: Mapping[str, float], then: Mapping[str, float]) -> Period:
        """Return the period of a component with counters `now` and `then`; unknown if it did not answer either time."""
        return cls(now, then, sample.at - before.at if before and now and then else None)

    def more(self, name: str) -> float:
        """Return by how much a counter has grown; a smaller value means that the counter was reset."""
        now, before = self.now.get(name, 0.0), self.before.get(name, 0.0)
        return now - before if now >= before else now

    def per_second(self, name: str) -> float | None:
        """Return a counter's rate per second; None when unknown."""
        return self.more(name) / self.seconds if self.seconds else None


def share(part: float, whole: float) -> float | None:
    """Return `part / whole`, from 0 to 1, or None when `whole` is 0."""
    return part / whole if whole else None


def learn(period: Period) -> Learn:
    """Return learn's rate and times in a period; without an earlier sample, the times since the pod's start."""
    answers = period.more(f"{LEARN}_count")
    mean = share(period.more(f"{LEARN}_sum") * 1000, answers)
    return Learn(period.per_second(f"{LEARN}_count"), mean, _slow_ms(period, answers))


def _slow_ms(period: Period, answers: float) -> float | None:
    """Interpolate as Prometheus' histogram_quantile does: times within a bucket count as evenly spread."""
    prefix = f"{LEARN}_bucket:"
    bounds = sorted((float(name.removeprefix(prefix)), name) for name in period.now if name.startswith(prefix))
    wanted = SLOW_SHARE * answers
    below, quicker = 0.0, 0.0
    for bound, name in bounds:
        counted = period.more(name)
        if answers and counted >= wanted:
            if bound == float("inf"):
                return below * 1000
            return (below + (bound - below) * (wanted - quicker) / max(counted - quicker, 1.0)) * 1000
        below, quicker = bound, counted
    return None
