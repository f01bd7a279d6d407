"""What learn costs, as ratios to a bare WSGI application with the same SELECT, at two sizes of the routes table.

CPU is that of the pod and of the replica that it reads. Every round measures all four, one after the other.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.load import Generators, Load, generators, get
from bench.many_routes import fill
from bench.measure import Sample, Subject, interleaved, middle, ratio
from bench.processes import running
from bench.scratch import scratch_cluster
from bench.tables import Cell, markdown, times
from pods.serve import BACKLOG, BACKPRESSURE
from routing.classify import Lookup
from routing.lookup import SQL

ONE_POD = Path(__file__).with_name("one_pod.toml")
SIZES = (10_000, 1_000_000)
OFFSET_BETWEEN = 200
FLOOR_PORT = 8150
NAMES = 5_000
CONNECTIONS = 4
SECONDS = 0.5
POD, DATABASE = "pod", "PostgreSQL"
QUESTION = "/api/v4/pods/learn?method=GET&path_info=/bench-group-1/project-1/-/issues"
SERVE = [sys.executable, "-m", "pods.serve"]


@dataclass(frozen=True)
class Size:
    """One size of the routes table, with the names of its two subjects."""

    routes: int

    @property
    def learn(self) -> str:
        """The row of learn."""
        return f"learn, {self.routes:,} routes"

    @property
    def floor(self) -> str:
        """The row of the floor."""
        return f"floor, {self.routes:,} routes"


@contextmanager
def subjects_of(size: Size, folder: Path, port_offset: int) -> Iterator[list[Subject]]:
    """A scratch cluster with so many routes, its pod, and the floor on the same replica."""
    options = ("--databases-only", "--no-demo")
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_cluster(ONE_POD, folder, port_offset=port_offset, options=options))
        scratch.manage("cluster", "migrate")
        [pod] = scratch.topology.pods.values()
        groups = fill(scratch, pod, size.routes)
        database = scratch.process("shared-us")
        environment = scratch.pod_environment(pod.name, BENCH_SQL=SQL[Lookup.NAME])

        def start(command: list[str], port: int) -> Subject:
            log = folder / f"{port}.log"
            serving = running(command, port=port, log=log, path=QUESTION, environment=environment)
            name = size.learn if port == pod.address.port else size.floor
            return Subject(name, loads(port), {POD: stack.enter_context(serving), DATABASE: database})

        loads = _loads(groups)
        floor_port = FLOOR_PORT + port_offset
        yield [start(floor_command(floor_port), floor_port), start(SERVE, pod.address.port)]


def floor_command(port: int) -> list[str]:
    """Granian with the settings of a pod and the floor for an application."""
    served = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "2"]
    served += ["--no-ws", "--http", "1", "--backlog", str(BACKLOG), "--backpressure", str(BACKPRESSURE)]
    return [*served, "--host", "127.0.0.1", "--port", str(port), "bench.floor:application"]


def _loads(groups: int) -> Callable[[int], Callable[[int], Load]]:
    random = Random(groups)  # noqa: S311  a benchmark has to repeat itself
    names = [1 + random.randrange(groups) for _ in range(NAMES)]
    requests = [get(QUESTION.replace("group-1", f"group-{name}")) for name in names]
    return lambda port: lambda _round: Load("127.0.0.1", port, requests, connections=CONNECTIONS, seconds=SECONDS)


def report(sizes: list[Size], samples: dict[str, list[Sample]]) -> str:
    """The table of costs, and the two figures that the aims speak of."""
    rows: list[list[Cell]] = []
    for size in sizes:
        floor = samples[size.floor]
        for name in (size.floor, size.learn):
            found = samples[name]
            rows.append(
                [
                    name,
                    f"{middle(found, lambda s: s.parts[POD]):.0f}",
                    f"{middle(found, lambda s: s.parts[DATABASE]):.0f}",
                    times(ratio(found, floor, lambda s: s.cpu)),
                    f"{middle(found, lambda s: s.per_second):,.0f}",
                    times(ratio(found, floor, lambda s: s.per_second)),
                ]
            )
    headers = ["", "CPU µs, pod", "CPU µs, PostgreSQL", "CPU ratio", "answers/s", "throughput ratio"]
    small, large = samples[sizes[0].learn], samples[sizes[-1].learn]
    grown = ratio(large, small, lambda s: s.cpu)
    of_sizes = f"Learn at {sizes[-1].routes:,} routes costs {times(grown)} what it does at {sizes[0].routes:,}."
    return f"{markdown(headers, rows)}\n\n{of_sizes}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench learn`."""
    parser.add_argument("--routes", type=int, nargs=2, default=SIZES, help="two sizes of the routes table")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--port-offset", type=int, default=6000, help="added to every port")


def run(options: argparse.Namespace) -> str:
    """The report of `bench learn`."""
    sizes = [Size(routes) for routes in options.routes]
    with tempfile.TemporaryDirectory(prefix="pods-bench-") as folder, ExitStack() as stack:
        subjects = [
            subject
            for number, size in enumerate(sizes)
            for subject in stack.enter_context(
                subjects_of(size, Path(folder), options.port_offset + number * OFFSET_BETWEEN)
            )
        ]
        senders: Generators = stack.enter_context(generators(1))
        return report(sizes, interleaved(subjects, senders, rounds=options.rounds))
