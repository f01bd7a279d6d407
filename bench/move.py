"""How long writes wait while an organization moves to another pod, what neighbours notice, and that nothing is lost.

Organizations of the demo's `mia` move one after another from one region to the other. Meanwhile people open issues in
them through both routers, and in an organization that stays.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from urllib.parse import quote

import httpx

from bench.crowd import connected
from bench.exceptions import AnswersWrong
from bench.hung import demo_cluster
from bench.scratch import Scratch
from bench.tables import Cell, markdown, percent, times

SOURCE, TARGET = "pod_eu0", "pod_us1"
OWNER = "mia"
NEIGHBOUR = "bench-neighbour"
PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 30.0
LONGEST_MOVE_SECONDS = 600.0
# Copying and comparing, each with its rests.
SLOWEST_ROWS_PER_SECOND = 1_000
LOOK_SECONDS = 0.02
# Before the move and after it, to compare with.
CALM_SECONDS = 3.0
WAY_BACK_SECONDS = 3600
CREATED, REFUSED = 201, 503
# One user writes for everybody here.
LIMITS, MOST_A_MINUTE = ("api_requests_a_minute", "api_requests_a_minute_of_an_address"), 100_000
FILL = """
INSERT INTO issues (organization_id, project_id, iid, title, description, state, author_id, created_at)
SELECT organization_id, id, n, 'Issue ' || n, 'It is about ' || n, 'open', 0, now()
FROM projects, generate_series(1, %(rows)s) n WHERE full_path = %(path)s
"""
COUNTED = "UPDATE projects SET last_issue = %(rows)s WHERE full_path = %(path)s"
STANDS = """
SELECT m.state, certificate IS NOT NULL, measured, rehearsal,
    (SELECT extract(epoch FROM min(at) FILTER (WHERE state = 'streaming') - min(at) FILTER (WHERE state = 'copying'))
     FROM organization_move_events WHERE move_id = m.id)::float8,
    coalesce((SELECT sum(rows) FROM organization_move_tables WHERE move_id = m.id), 0)::bigint, m.error
FROM organization_moves m JOIN organizations o ON o.id = m.organization_id WHERE o.path = %s
"""
TITLES = """
SELECT title FROM issues JOIN projects ON projects.id = issues.project_id
WHERE projects.full_path = %s AND title LIKE 'from %%'
"""


@dataclass
class Writers:
    """People who open issues in one project, one through each router."""

    scratch: Scratch
    project: str
    statuses: Counter[str] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    seconds: list[tuple[float, float]] = field(default_factory=list)
    """When a write began and how long it took, for those that were acknowledged."""

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """For the time of the block."""
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._write, args=(name, str(router.address), stop))
            for name, router in self.scratch.topology.routers.items()
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _write(self, router: str, address: str, stop: threading.Event) -> None:
        url = f"http://{address}/api/v4/projects/{quote(self.project, safe='')}/issues"
        number = 0
        with _client() as client:
            while not stop.wait(PAUSE_SECONDS):
                title, started = f"from {router} {(number := number + 1)}", time.monotonic()
                try:
                    status = client.post(url, json={"title": title}).status_code
                except httpx.HTTPError as error:
                    self.statuses[type(error).__name__] += 1
                    continue
                self.statuses[str(status)] += 1
                if status == CREATED:
                    self.acknowledged.append(title)
                    self.seconds.append((started, time.monotonic() - started))

    def took(self, since: float, until: float) -> list[float]:
        """How long the writes took that began in this time, in seconds."""
        return [seconds for started, seconds in self.seconds if since <= started < until]


@dataclass(frozen=True)
class Moved:
    """One move. Times in milliseconds."""

    rows: int
    rows_per_second: float
    forecast: float
    pause: float
    longest_write: float
    written: int
    refused: int
    otherwise: int
    lost: int
    doubled: int
    neighbours: float
    """The 99th percentile of a neighbour's writes during the move, as a ratio to before and after it."""

    def cells(self, number: int) -> list[Cell]:
        """A row of the report."""
        figures = [f"{self.rows_per_second:,.0f}", f"{self.forecast:.0f}", f"{self.pause:.0f}"]
        waited = f"{self.longest_write:.0f}"
        counts: list[Cell] = [self.written, self.refused, self.otherwise, self.lost, self.doubled]
        return [f"move {number}", self.rows, *figures, waited, *counts, times(self.neighbours)]


def prepare(scratch: Scratch, organization: str, rows: int) -> str:
    """Make an organization on the source, with a project of so many issues; return the project's path."""
    scratch.manage("organization", "create", organization, "--name", organization, "--owner", OWNER, "--pod", SOURCE)
    api = f"http://{scratch.topology.routers['eu'].address}/api/v4/organizations/{organization}"
    group = f"{organization}-group"
    with _client() as client:
        made = _made(client.post(f"{api}/groups", json={"path": group, "name": group}))
        _made(client.post(f"{api}/projects", json={"path": "p", "name": "p", "namespace_id": made["id"]}))
    values = {"rows": rows, "path": f"{group}/p"}
    with connected(scratch, scratch.topology.pod(SOURCE), "main") as main:
        for statement in (FILL, COUNTED):
            main.execute(statement, values)
    return f"{group}/p"


def move(scratch: Scratch, organization: str, project: str, neighbour: Writers, rows: int) -> Moved:
    """Move an organization while people write; raises `AnswersWrong` when it does not arrive."""
    writers = Writers(scratch, project)
    with writers.at_work(), neighbour.at_work():
        calm = time.monotonic()
        time.sleep(CALM_SECONDS)
        started = time.monotonic()
        scratch.manage("move", "start", organization, TARGET, "--way-back", str(WAY_BACK_SECONDS))
        measured, rehearsal, copied, speed = _wait_until_settled(scratch, organization, rows)
        ended = time.monotonic()
        time.sleep(CALM_SECONDS)
    with connected(scratch, scratch.topology.pod(TARGET), "main") as main:
        there = Counter(title for (title,) in main.execute(TITLES, (project,)))
    written, refused = writers.statuses[str(CREATED)], writers.statuses[str(REFUSED)]
    quiet = neighbour.took(calm, started) + neighbour.took(ended, time.monotonic())
    return Moved(
        rows=copied,
        rows_per_second=speed,
        forecast=rehearsal["forecast_ms"],
        pause=measured["pause_ms"],
        longest_write=max(writers.took(started, ended)) * 1000,
        written=written,
        refused=refused,
        otherwise=writers.statuses.total() - written - refused,
        lost=sum(title not in there for title in writers.acknowledged),
        doubled=sum(number > 1 for number in there.values()),
        neighbours=_p99(neighbour.took(started, ended)) / _p99(quiet),
    )


def _wait_until_settled(
    scratch: Scratch, organization: str, rows: int
) -> tuple[dict[str, float], dict[str, float], int, float]:
    """Return what was measured, the rehearsal, the rows copied, and how many were copied a second."""
    deadline = time.monotonic() + LONGEST_MOVE_SECONDS + rows / SLOWEST_ROWS_PER_SECOND
    with connected(scratch, scratch.topology.pod(SOURCE), "routes") as routes:
        while True:
            found = routes.execute(STANDS, (organization,)).fetchall()
            state, certified, measured, rehearsal, seconds, copied, error = found[0]
            if state == "settled" and certified:
                return measured, rehearsal, copied, copied / seconds
            if state == "aborted" or time.monotonic() > deadline:
                raise AnswersWrong(f"the move of {organization} is {state}: {error}")
            time.sleep(LOOK_SECONDS)


def _client() -> httpx.Client:
    return httpx.Client(headers={"PRIVATE-TOKEN": f"glpat-demo-{OWNER}"}, timeout=PATIENCE_SECONDS)


def _made(response: httpx.Response) -> dict[str, object]:
    if response.status_code != CREATED:
        raise AnswersWrong(f"{response.url}: {response.status_code} {response.text[:500]}")
    found: dict[str, object] = response.json()
    return found


def _p99(seconds: list[float]) -> float:
    return quantiles(seconds, n=100)[-1] if len(seconds) > 1 else max(seconds)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench move`."""
    parser.add_argument("--moves", type=int, default=10, help="how many organizations move, one after another")
    parser.add_argument("--rows", type=int, default=10_000, help="issues in each when it begins to move")
    parser.add_argument("--port-offset", type=int, default=6000, help="tells this cluster from others")


def run(options: argparse.Namespace) -> str:
    """The report of `bench move`."""
    with demo_cluster(options.port_offset) as scratch:
        for setting in LIMITS:
            scratch.manage("settings", "set", setting, str(MOST_A_MINUTE))
        neighbour = Writers(scratch, prepare(scratch, NEIGHBOUR, 0))
        moved = []
        for number in range(options.moves):
            organization = f"bench-{number}"
            moved.append(
                move(scratch, organization, prepare(scratch, organization, options.rows), neighbour, options.rows)
            )
    headers = ["", "rows", "rows/s", "forecast ms", "pause ms", "longest write ms"]
    headers += ["written", "refused", "else", "lost", "doubled", "neighbour's p99"]
    pauses = [each.pause for each in moved]
    waits = [each.longest_write for each in moved]
    wrong = [abs(each.forecast / each.pause - 1) for each in moved]
    table = markdown(headers, [each.cells(number) for number, each in enumerate(moved, start=1)])
    return (
        f"{table}\n\nPause: {median(pauses):.0f} ms in the median, {max(pauses):.0f} ms at most. "
        f"The longest write of a move: {median(waits):.0f} ms in the median, {max(waits):.0f} ms at most. "
        f"The forecast of the pause was {percent(median(wrong))} off in the median."
    )
