"""How long answers take when requests arrive at a fixed rate, and what a proxy adds to that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.load import Generators, Load
from bench.measure import MICRO

# A subject that answers fewer of the requests that were due fell behind.
KEPT_UP = 0.98


@dataclass(frozen=True)
class Arrivals:
    """One turn: the median and the 99th percentile in µs since requests were due, and answers per second."""

    p50: float
    p99: float
    per_second: float


def arrivals(
    loads: Mapping[str, Callable[[int], Load]], senders: Generators, *, rounds: int
) -> dict[str, list[Arrivals]]:
    """Turns of each subject by name, one after another in each round, after a round that counts for nothing."""
    turns: dict[str, list[Arrivals]] = {name: [] for name in loads}
    for number in range(rounds + 1):
        for name, load in loads.items():
            answers = senders.send(load(number))
            answers.expect(200)
            if number:
                p50, p99 = (answers.percentile(percent) * MICRO for percent in (50, 99))
                turns[name].append(Arrivals(p50, p99, answers.per_second))
    return turns


def added(turns: Sequence[Arrivals], direct: Sequence[Arrivals], value: Callable[[Arrivals], float]) -> float:
    """What a subject adds to the time without it, as the median of the differences within each round."""
    return median(value(one) - value(other) for one, other in zip(turns, direct, strict=True))


def kept_up(turns: Mapping[str, Sequence[Arrivals]], rate: float) -> str:
    """A sentence about who could not answer so many requests a second; empty when everybody could."""
    reached = {name: median(turn.per_second for turn in each) for name, each in turns.items()}
    behind = [f"{name} ({number:,.0f})" for name, number in reached.items() if number < KEPT_UP * rate]
    return f"Fewer than {rate:,.0f} answers a second: {', '.join(behind)}." if behind else ""
