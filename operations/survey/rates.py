"""How often and how fast, from what was counted at two moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from operations.survey.samples import Sample

LEARN = "pods_learn_seconds"
# Of all learn answers, this share is quicker than what is called slow.
SLOW_SHARE = 0.95


@dataclass(frozen=True)
class Learn:
    """What learn costs a pod: answers per second, and their milliseconds, on average and for the slowest twentieth."""

    per_second: float | None = None
    mean_ms: float | None = None
    slow_ms: float | None = None


@dataclass(frozen=True)
class Period:
    """Counters at its end and at its beginning; `seconds` is None when the latter are not known."""

    now: Mapping[str, float]
    before: Mapping[str, float]
    seconds: float | None

    @classmethod
    def of(cls, sample: Sample, before: Sample | None, now: Mapping[str, float], then: Mapping[str, float]) -> Period:
        """Of a part whose counters were `now` and `then`. Nothing is known when it was silent at either moment."""
        return cls(now, then, sample.at - before.at if before and now and then else None)

    def more(self, name: str) -> float:
        """By how much a counter has grown; one that is smaller has begun anew since."""
        now, before = self.now.get(name, 0.0), self.before.get(name, 0.0)
        return now - before if now >= before else now

    def per_second(self, name: str) -> float | None:
        """How often in a second; None when nobody knows."""
        return self.more(name) / self.seconds if self.seconds else None


def share(part: float, whole: float) -> float | None:
    """0 to 1; None of nothing."""
    return part / whole if whole else None


def learn(period: Period) -> Learn:
    """What learn did in a period; its times are those since the start of the pod when there was no sample before."""
    answers = period.more(f"{LEARN}_count")
    mean = share(period.more(f"{LEARN}_sum") * 1000, answers)
    return Learn(period.per_second(f"{LEARN}_count"), mean, _slow_ms(period, answers))


def _slow_ms(period: Period, answers: float) -> float | None:
    """As Prometheus' histogram_quantile: within a bucket, times count as evenly spread."""
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
