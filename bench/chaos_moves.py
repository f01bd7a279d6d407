"""Organizations move while people write and everything is killed or stopped; then nothing may be lost or left over.

A plan is drawn from a seed: who moves where, what the operator wants in the end, and which process dies or stands
still in which state of which move. Drivers are the pods' own and one `manage.py move run`.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.chaos.always import always
from bench.chaos.audit import Found, audit, left_overs
from bench.chaos.faults import Faults
from bench.chaos.looks import Looks
from bench.chaos.moving import Operators
from bench.chaos.people import Ledger, at_work
from bench.chaos.plan import Planned, planned
from bench.chaos.world import Filled, fill, sums, triggers
from bench.exceptions import AnswersWrong
from bench.hung import demo_cluster
from bench.move import LIMITS, MOST_A_MINUTE
from bench.scratch import MANAGE, Scratch
from bench.tables import Cell, markdown
from cluster.tether import tethered
from topology.places import CHECKOUT

LEFT_OVER_SECONDS = 60.0
# The janitor forgets these after a while, whosever they are.
FORGOTTEN = "claim_outcomes"
NEIGHBOUR = "chaos-neighbour"
WRITTEN_NEIGHBOUR = "chaos-busy-neighbour"


@dataclass
class Run:
    """Everything of one run."""

    seed: int
    looks: Looks
    organizations: list[Filled]
    busy: Filled
    operators: Operators
    seconds: float = 0.0
    ledger: Ledger = field(default_factory=Ledger)
    moments: int = 0


@contextmanager
def a_driver_beside_the_pods(scratch: Scratch) -> Iterator[None]:
    """`manage.py move run` for the time of the block; a new one when it is killed."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.is_set():
            with (scratch.places.data / "move-run.log").open("ab") as log:
                process = subprocess.Popen(
                    [*MANAGE, "move", "run"],
                    env=scratch.environment,
                    cwd=CHECKOUT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    **tethered(),
                )
                while process.poll() is None and not stop.wait(0.2):
                    pass
                process.kill()
                process.wait()

    # A child ends with the thread that started it, so that thread is this one's only.
    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def make_everything(looks: Looks, options: argparse.Namespace) -> Run:
    """The organizations on pods that the seed draws, one that is written and never moves, and neighbours."""
    scratch, draw = looks.scratch, random.Random(options.seed)  # noqa: S311
    pods = list(scratch.topology.pods)
    for setting in LIMITS:
        scratch.manage("settings", "set", setting, str(MOST_A_MINUTE))
    organizations = [
        fill(looks, f"chaos-{number}", draw.choice(pods), options.rows) for number in range(options.organizations)
    ]
    for pod in pods:
        fill(looks, f"{NEIGHBOUR}-{pod.replace('_', '-')}", pod, options.rows)
    busy = fill(looks, WRITTEN_NEIGHBOUR, draw.choice(pods), options.rows)
    say = print if options.verbose else _say_nothing
    return Run(options.seed, looks, organizations, busy, Operators(looks, Faults(scratch), organizations, say))


def _say_nothing(text: str) -> None:
    """Without `--verbose`."""


def make_moves(scratch: Scratch, run: Run, plan: list[Planned], at_once: int) -> Found:
    """Make all moves of a plan, and compare. Raises `AnswersWrong` with everything that is not as it must be."""
    written = [*run.organizations, run.busy]
    before = sums(run.looks, [each.id for each in written]), triggers(run.looks)
    started = time.monotonic()
    by_id = {each.id: each for each in written}
    with (
        a_driver_beside_the_pods(scratch),
        always(lambda: Looks(scratch)) as seen,
        at_work(lambda: Looks(scratch), by_id, run.seed) as ledger,
    ):
        run.operators.run(plan, at_once, lambda: seen.wrong)
    run.seconds, run.ledger, run.moments = time.monotonic() - started, ledger, seen.seen
    found = audit(run.looks, written, ledger)
    found.wrong[:0] = seen.wrong
    found.wrong += _left_over(run.looks)
    after = sums(run.looks, [each.id for each in written]), triggers(run.looks)
    found.wrong += _different(before[0], after[0]) + _different(before[1], after[1])
    if found.wrong:
        raise AnswersWrong(_told(run, found))
    return found


def _left_over(looks: Looks) -> list[str]:
    """Janitors have some time: what a driver left that died at the end is theirs."""
    deadline = time.monotonic() + LEFT_OVER_SECONDS
    while (found := left_overs(looks)) and time.monotonic() < deadline:
        time.sleep(1.0)
    return found


def _different(before: Mapping[Any, object], after: Mapping[Any, object]) -> list[str]:
    return [
        f"{' '.join(key)}: {before.get(key)} before, {after.get(key)} after, and no move is about these"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key) and FORGOTTEN not in key
    ]


def _told(run: Run, found: Found) -> str:
    """What disagrees, and what happened to those organizations."""
    events = [line for each in sorted(found.organizations) for line in run.operators.events(each)]
    return "\n".join(
        [f"seed {run.seed}: {len(found.wrong)} things are not as they must be", *found.wrong[:50], *events]
    )


def report(run: Run, found: Found, moves: int) -> str:
    """Both tables."""
    ended = run.operators.ended
    headers = ["seed", "moves", "done", "rolled back", "aborted", "rescued", "minutes"]
    headers += ["acknowledged writes", "lost", "doubled"]
    aborted = ended["aborted"] + ended["aborted by itself"]
    cells: list[Cell] = [str(run.seed), moves, ended["done"], ended["rolled back"], aborted, _rescued(run)]
    cells += [run.seconds / 60, run.ledger.acknowledged, found.lost, found.doubled]
    made = run.operators.faults.made
    faults = markdown(["fault", "times"], [[kind, times] for kind, times in sorted(made.items())])
    statuses = ", ".join(f"{number:,} x {status}" for status, number in run.ledger.statuses.most_common())
    return (
        f"{markdown(headers, [cells])}\n\n{faults}\n\n{sum(made.values())} faults; "
        f"{run.operators.faults.missed.total()} more found no victim. Answers: {statuses}. "
        f"{run.moments:,} looks at organizations under way found at most one pod that serves."
    )


def _rescued(run: Run) -> int:
    """How often a driver went on with what another had begun."""
    pod = next(iter(run.looks.scratch.topology.pods))
    query = "SELECT count(*) FROM organization_move_events WHERE text = 'the driver before this one did not finish'"
    ((number,),) = run.looks.must(pod, "routes", query)
    return int(number)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `bench chaos-moves`."""
    parser.add_argument("--moves", type=int, default=20, help="how many moves")
    parser.add_argument("--organizations", type=int, default=20, help="of which each moves in turn")
    parser.add_argument("--at-once", type=int, default=8, help="how many moves at a time")
    parser.add_argument("--rows", type=int, default=1200, help="issues in each organization")
    parser.add_argument("--faults", type=float, default=1.5, help="faults a move, on average")
    parser.add_argument("--seed", type=int, default=None, help="repeats the plan of another run")
    parser.add_argument("--verbose", action="store_true", help="print the plan and how each move ends")
    parser.add_argument("--port-offset", type=int, default=6000, help="tells this cluster from others")


def run(options: argparse.Namespace) -> str:
    """The report of `bench chaos-moves`."""
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(10_000)
    plan = planned(options.seed, options.moves, options.organizations, options.faults)
    with demo_cluster(options.port_offset) as scratch, closing(Looks(scratch)) as looks:
        running = make_everything(looks, options)
        try:
            found = make_moves(scratch, running, plan, options.at_once)
        except AnswersWrong as wrong:
            _keep_logs(scratch)
            raise AnswersWrong(f"repeat with --seed {options.seed}\n{wrong}") from wrong
        return report(running, found, options.moves)


def _keep_logs(scratch: Scratch) -> None:
    """Keep the logs of all processes, to find the cause."""
    kept = Path(scratch.places.data.parent).with_suffix(".logs")
    shutil.copytree(scratch.places.logs, kept, dirs_exist_ok=True)
    print(f"The logs are kept in {kept}.", flush=True)


__all__ = ["add_arguments", "run"]
