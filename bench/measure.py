"""Measure several subjects turn by turn, so that what else the machine does meets them all alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.cpu import cpu_seconds
from bench.load import Generators, Load
from cluster.family import family

MICRO = 1e6


@dataclass(frozen=True)
class Subject:
    """Something that answers requests. `load` makes the load of a round (counted from 0, which warms up);
    `processes` are the roots of what its CPU time is counted for, by the name of the part that they are.
    """

    name: str
    load: Callable[[int], Load]
    processes: Mapping[str, int]
    status: int = 200


@dataclass(frozen=True)
class Sample:
    """One turn: CPU of each part and median latency in µs a request, answers per second."""

    parts: Mapping[str, float]
    latency: float
    per_second: float

    @property
    def cpu(self) -> float:
        """CPU of all parts together, in µs a request."""
        return sum(self.parts.values())


def interleaved(subjects: Sequence[Subject], generators: Generators, *, rounds: int) -> dict[str, list[Sample]]:
    """Samples of each subject by name, after a round that counts for nothing.

    Raises `AnswersWrong` when a subject does not answer what it should.
    """
    samples: dict[str, list[Sample]] = {subject.name: [] for subject in subjects}
    for number in range(rounds + 1):
        for subject in subjects:
            sample = _turn(subject, generators, number)
            if number:
                samples[subject.name].append(sample)
    return samples


def _turn(subject: Subject, generators: Generators, number: int) -> Sample:
    load = subject.load(number)
    families = {part: family(root) for part, root in subject.processes.items()}
    before = {part: cpu_seconds(processes) for part, processes in families.items()}
    answers = generators.send(load)
    used = {part: cpu_seconds(processes) - before[part] for part, processes in families.items()}
    answers.expect(subject.status)
    parts = {part: seconds / answers.count * MICRO for part, seconds in used.items()}
    return Sample(parts, answers.percentile(50) * MICRO, answers.per_second)


def middle(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    """The median of one value over all turns."""
    return median(value(sample) for sample in samples)


def ratio(samples: Sequence[Sample], floor: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    """How many times the floor, as the median of the ratios within each round."""
    return median(value(one) / value(other) for one, other in zip(samples, floor, strict=True))
