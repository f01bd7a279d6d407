"""CPU and queries of the pages that people open most, on a pod with 200,000 projects and 400,000 issues.

Each page is visited by an owner of the organization with most of the projects, by a member who sees a tenth of them
and by a guest. The shared schemas have a million routes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.crowd import VIEWERS, Crowd, fill
from bench.exceptions import NotMeasurable
from bench.learn import ONE_POD
from bench.scratch import Scratch, scratch_cluster
from bench.tables import Cell, markdown
from topology.places import CHECKOUT

FULL = Crowd(projects=200_000, issues=400_000, routes=1_000_000)
QUICK = Crowd(projects=2_000, issues=4_000, routes=10_000)
VISITS_SECONDS = 500
MOST_QUERIES, MOST_MS = 12, 100

Found = list[dict[str, Any]]


def visits(scratch: Scratch, crowd: Crowd, rounds: int) -> Found:
    """Return what `bench/crowded_pod.py` finds; raises `NotMeasurable`."""
    [pod] = scratch.topology.pods.values()
    servers = [str(scratch.process(name)) for name in scratch.topology.servers]
    command = [sys.executable, "-m", "bench.crowded_pod", str(rounds), str(crowd.issues), *servers]
    done = subprocess.run(
        command,
        env=scratch.pod_environment(pod.name),
        cwd=CHECKOUT, capture_output=True, text=True, timeout=VISITS_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NotMeasurable(f"the pages could not be visited:\n{done.stderr[-3000:]}")
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def report(found: Found) -> str:
    """Return the table, and which pages take more than they should."""
    pages: dict[str, dict[str, dict[str, Any]]] = {}
    for each in found:
        pages.setdefault(each["page"], {})[each["viewer"]] = each
    rows = [_row(page, by_viewer) for page, by_viewer in pages.items()]
    headers = ["page", "queries", *(f"CPU ms, {viewer}" for viewer in VIEWERS), "of it PostgreSQL"]
    beyond = [each for each in found if each["queries"] > MOST_QUERIES or _cpu(each) > MOST_MS]
    names = ", ".join(f"{each['page']} ({each['viewer']})" for each in beyond) or "none"
    return f"{markdown(headers, rows)}\n\nMore than {MOST_QUERIES} queries or {MOST_MS} ms of CPU: {names}."


def _row(page: str, by_viewer: dict[str, dict[str, Any]]) -> list[Cell]:
    """A line: the most queries, the CPU of each viewer (a visitor's stands for all), the most of PostgreSQL."""
    all_ = [*by_viewer.values()]
    cpu = [f"{_cpu(by_viewer.get(viewer, all_[0])):.0f}" for viewer in VIEWERS]
    return [page, max(each["queries"] for each in all_), *cpu, f"{max(each['database'] for each in all_):.0f}"]


def _cpu(each: dict[str, Any]) -> float:
    milliseconds: float = each["pod"] + each["database"]
    return milliseconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench pages`."""
    parser.add_argument("--quick", action="store_true", help="a hundredth of the rows: shows that the command works")
    parser.add_argument("--rounds", type=int, default=9, help="how often each page is visited")
    parser.add_argument("--port-offset", type=int, default=6000, help="tells this cluster from others")


def run(options: argparse.Namespace) -> str:
    """Return the report of `bench pages`."""
    crowd = QUICK if options.quick else FULL
    arguments = ("--databases-only", "--no-demo")
    with (
        tempfile.TemporaryDirectory(prefix="pods-bench-") as folder,
        scratch_cluster(ONE_POD, Path(folder), port_offset=options.port_offset, options=arguments) as scratch,
    ):
        scratch.manage("cluster", "migrate")
        [pod] = scratch.topology.pods.values()
        fill(scratch, pod, crowd)
        return report(visits(scratch, crowd, options.rounds))
