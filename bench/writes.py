"""What pages and API calls read and write in the shared schemas, and the delay that a far primary adds to each.

The seed's Cons: "We need to do an analysis on write TPS for the relevant tables to determine if this is feasible."
The pod is in `eu`, the primary in `us`: a real socket in front of it delays every message by half the distance.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.exceptions import NotMeasurable
from bench.scratch import Scratch, scratch_cluster
from bench.statements import READS, WRITES
from bench.tables import Cell, markdown
from topology import SHARED_SCHEMAS
from topology.places import CHECKOUT

DEMO = CHECKOUT / "topology" / "examples" / "demo.toml"
# The second is the legacy pod, which alone serves some pages; it is put as far away.
PODS = ("pod_eu0", "pod_us0")
VISITS_SECONDS = 600
TITLES = {"pages": "pages", "calls": "API calls", "unasked": "a pod by itself"}

Found = dict[str, list[dict[str, Any]]]


class DistanceInvalid(argparse.ArgumentTypeError):
    """The distance is no time."""


def distance(text: str) -> float:
    """Seconds of `80ms` or `0.08s`; raises `DistanceInvalid`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", text)
    if match is None:
        raise DistanceInvalid(f"{text!r} is no distance; write there and back as a time, for example 80ms")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def visits(scratch: Scratch, pod: str, near: Path, seconds: float, rounds: int) -> Found:
    """What `bench/far_pod.py` finds on a pod of this cluster, by table; raises `NotMeasurable`."""
    placement = scratch.topology.schemas["users"]
    far = scratch.places.server_socket(scratch.topology.server(placement.server))
    command = [sys.executable, "-m", "bench.far_pod", str(far), str(seconds), str(rounds)]
    environment = scratch.pod_environment(pod, BENCH_NEAR=str(near))
    done = subprocess.run(
        command,
        env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=VISITS_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NotMeasurable(f"what {pod} does could not be asked for:\n{done.stderr[-3000:]}")
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def report(found: Found, seconds: float) -> str:
    """The tables of statements, round trips and delays."""
    return "\n\n".join(_table(TITLES[table], rows, seconds) for table, rows in found.items())


def _table(title: str, found: list[dict[str, Any]], seconds: float) -> str:
    rows: list[list[Cell]] = []
    for visit in found:
        counts = [str(visit["statements"].get(f"{s} {kind}", "")) for s in SHARED_SCHEMAS for kind in (READS, WRITES)]
        delay = (visit["far"] - visit["near"]) * 1000
        times = [f"{visit['near'] * 1000:.0f}", f"{delay:.0f}" if visit["trips"] else "0"]
        rows.append([visit["name"], *counts, visit["trips"] or "", *times])
    columns = [f"{schema} {kind}" for schema in SHARED_SCHEMAS for kind in (READS, WRITES)]
    headers = [title, *columns, "trips to the primary", "ms", f"ms more at {seconds * 1000:g} ms"]
    return markdown(headers, rows)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench writes`."""
    parser.add_argument(
        "--distance", type=distance, default=0.08, metavar="TIME", help="between the regions, there and back (80ms)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each is asked, near and far")
    parser.add_argument("--port-offset", type=int, default=6000, help="tells this cluster from others")


def run(options: argparse.Namespace) -> str:
    """The report of `bench writes`."""
    arguments = ("--databases-only", "--no-demo")
    with (
        tempfile.TemporaryDirectory(prefix="pods-bench-") as folder,
        scratch_cluster(DEMO, Path(folder), port_offset=options.port_offset, options=arguments) as scratch,
    ):
        scratch.manage("cluster", "migrate")
        scratch.manage("demo")
        near = Path(folder) / "near"
        by_pod = [visits(scratch, pod, near, options.distance, options.rounds) for pod in PODS]
        found = {table: [visit for each in by_pod for visit in each.get(table, [])] for table in TITLES}
        return report(found, options.distance)
