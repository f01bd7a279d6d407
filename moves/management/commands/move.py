"""`manage.py move …`: take an organization to another pod while people work in it."""

from __future__ import annotations

import getpass
import json
import os
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, _SubParsersAction
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from moves import certificate, draining, operating, refusals, repair
from moves.driver import Driver
from moves.exceptions import MoveError
from moves.models import OrganizationMove
from moves.progress import Progress, ended_moves, open_moves, progress_of
from moves.states import Wanted
from moves.watching import Watcher
from organizations.models import Organization
from topology import TopologyError

WATCH_SECONDS = 0.5
LONGEST_PAUSE_MS = 10_000
# Of a column of four bytes.
LARGEST = 2**31 - 1
BAR = 24
NO_MOVES = "No organization is being moved."
# What Ctrl-C leaves as it is, by subcommand.
INTERRUPTED = {
    "start": "The move continues; see manage.py move status.",
    "status": "The move continues; see manage.py move status.",
    "drain": "The moves that have started continue. Run the same command again to start the others.",
    "run": "This process drives no move any more. The target's pod goes on, or another manage.py move run.",
}


class Command(BaseCommand):
    """Each subcommand is a method with its name. They only write down what is wanted: Ctrl-C stops watching, not
    moving.
    """

    help = "move an organization to another pod while people work in it"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The subcommands and their options."""
        commands = parser.add_subparsers(dest="do", required=True, metavar="COMMAND")
        _add_start(commands)
        status = commands.add_parser("status", help="show the open moves, or one move")
        status.add_argument("move", nargs="?", metavar="MOVE", help="path of the organization, or id of the move")
        shown = status.add_mutually_exclusive_group()
        shown.add_argument("--watch", action="store_true", help="refresh until the target serves or the move ends")
        shown.add_argument("--json", action="store_true", help="print a list of moves as JSON")
        cutover = _add(commands, "cutover", "cut over as soon as a rehearsal has found both pods equal")
        cutover.add_argument("--max-pause", type=_milliseconds, metavar="TIME", help="such as 300ms")
        _add(commands, "rehearse", "rehearse the cut-over: forecast the pause and compare both pods")
        _add(commands, "pause", "pause copying")
        _add(commands, "resume", "continue a paused move")
        _add(commands, "abort", "abort the move; possible until the cut-over")
        _add(commands, "rollback", "move back and keep everything written since; possible while the way back is open")
        _add(commands, "finish", "close the way back now; the source's rows are deleted a minute later")
        drain = commands.add_parser("drain", help="move every organization of a pod to other pods")
        drain.add_argument("pod", metavar="POD")
        drain.add_argument("--at-once", type=_at_least(1), default=2, metavar="N", help="moves at a time (default: 2)")
        _add_way_back(drain)
        verify = commands.add_parser("verify", help="check a certificate, or compare both pods again")
        verify.add_argument("move", metavar="MOVE", help="file of a certificate, path of the organization, or move id")
        verify.add_argument("--again", action="store_true", help="compare both pods now")
        commands.add_parser("repair", help="after a promotion of routes: make routes and the pods agree again")
        run = commands.add_parser("run", help="drive moves in this process, beside the pods")
        run.add_argument("move", nargs="?", metavar="MOVE", help="only this one, until it has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one subcommand. Errors are one message and exit code 1."""
        try:
            getattr(self, f"_{options['do']}")(options)
            self.stdout.flush()
        except (MoveError, TopologyError) as error:
            raise CommandError(str(error)) from error
        except Error as error:
            raise CommandError(f"a database cannot be reached: {error}") from error
        except KeyboardInterrupt:
            self.stdout.write(f"\n{INTERRUPTED.get(options['do'], 'Interrupted.')}")
        except BrokenPipeError:
            # The reader of the pipe has seen enough. Nor does Python find a pipe to flush at its exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _start(self, options: dict[str, Any]) -> None:
        organization = Organization.objects.using("routes").filter(path__iexact=options["organization"]).first()
        if organization is None:
            raise CommandError(f"there is no organization {options['organization']!r}")
        target = settings.TOPOLOGY.pod(options["pod"]).name
        at = options["cutover"]
        cutover_at = None if at in OrganizationMove.Cutover.values else _moment(at)
        refusals.refuse(organization, target)
        move = operating.plan(
            organization,
            target,
            _who(),
            operating.Wishes(
                cutover=at if at in OrganizationMove.Cutover.values else OrganizationMove.Cutover.AUTO,
                cutover_at=cutover_at,
                rate=options["rate"],
                max_pause_ms=options["max_pause"],
                way_back_seconds=options["way_back"],
            ),
        )
        self.stdout.write(f"Move {move.pk}: {organization.path} from {move.source} to {target}.")
        if options["watch"]:
            self._watch(str(move.pk))

    def _status(self, options: dict[str, Any]) -> None:
        if options["watch"]:
            self._watch(options["move"])
            return
        if options["move"]:
            found = [progress_of(operating.move_of(options["move"]).pk)]
        else:
            found = open_moves() or ended_moves(5)
        if options["json"]:
            self.stdout.write(json.dumps([each.as_json for each in found]))
            return
        if not found:
            self.stdout.write(NO_MOVES)
        for each in found:
            for line in lines_of(each):
                self.stdout.write(line)

    def _watch(self, key: str | None) -> None:
        """Show it until it ends, or until the target serves and nothing that was asked for is left to do."""
        shown: list[str] = []
        while True:
            # A return is a move of its own: the newest one of the organization.
            found = [progress_of(operating.move_of(key).pk)] if key else open_moves()
            lines = [line for each in found for line in lines_of(each)] or [NO_MOVES]
            if lines != shown:
                if self.stdout.isatty() and shown:
                    self.stdout.write(f"\033[{len(shown)}A\033[J", ending="")
                self.stdout.write("\n".join(lines))
                self.stdout.flush()
                shown = lines
            settled = all(each.flipped_at and each.is_certified and not each.wanted for each in found if each.is_open)
            if settled:
                return
            time.sleep(WATCH_SECONDS)

    def _rehearse(self, options: dict[str, Any]) -> None:
        self._ask(options, Wanted.REHEARSE)

    def _cutover(self, options: dict[str, Any]) -> None:
        columns = {"max_pause_ms": options["max_pause"]} if options["max_pause"] else {}
        self._ask(options, Wanted.CUTOVER, **columns)

    def _abort(self, options: dict[str, Any]) -> None:
        self._ask(options, Wanted.ABORT)

    def _rollback(self, options: dict[str, Any]) -> None:
        self._ask(options, Wanted.ROLLBACK)

    def _ask(self, options: dict[str, Any], wanted: Wanted, **columns: Any) -> None:
        move = operating.move_of(options["move"])
        operating.ask(move, wanted, _who(), **columns)
        self.stdout.write(
            f"Asked for {wanted}: {move.organization.path}. Follow it with: manage.py move status --watch "
            + move.organization.path
        )

    def _pause(self, options: dict[str, Any]) -> None:
        move = operating.move_of(options["move"])
        operating.pause(move, _who(), paused=True)
        self.stdout.write(f"Paused: {move.organization.path}. Continue with: manage.py move resume {options['move']}")

    def _resume(self, options: dict[str, Any]) -> None:
        move = operating.move_of(options["move"])
        operating.pause(move, _who(), paused=False)
        self.stdout.write(f"Continued: {move.organization.path}.")

    def _finish(self, options: dict[str, Any]) -> None:
        move = operating.move_of(options["move"])
        operating.finish(move, _who())
        self.stdout.write(
            f"Closed the way back of {move.organization.path}. Its rows on {move.source} are deleted in a minute."
        )

    def _drain(self, options: dict[str, Any]) -> None:
        pod = settings.TOPOLOGY.pod(options["pod"])
        wishes = operating.Wishes(way_back_seconds=options["way_back"])
        refused = draining.drain(pod, _who(), at_once=options["at_once"], wishes=wishes, tell=self.stdout.write)
        if refused:
            raise CommandError(f"{pod.name} still serves {len(refused)} organizations, see above")
        self.stdout.write(f"{pod.name} serves no organization that can be moved.")

    def _verify(self, options: dict[str, Any]) -> None:
        file = Path(options["move"])
        if file.is_file():
            told = _read(file)
        else:
            move = operating.move_of(options["move"])
            if options["again"]:
                operating.ask(move, Wanted.VERIFY, _who())
                self.stdout.write("Both pods are compared; run this command again for the new certificate.")
                return
            if move.certificate is None:
                raise CommandError(f"the move is {move.state} and has no certificate yet")
            told = move.certificate
        certificate.check(told)
        self.stdout.write(json.dumps(told, indent=1))
        if not told["equal"]:
            raise CommandError(f"source and target {'differed' if told['equal'] is False else 'were not compared'}")

    def _repair(self, options: dict[str, Any]) -> None:
        lines = list(repair.repair(settings.TOPOLOGY, settings.PLACES, _who()))
        self.stdout.write("\n".join(lines) or "routes and the pods agree.")

    def _run(self, options: dict[str, Any]) -> None:
        if options["move"]:
            move = operating.move_of(options["move"])
            Driver(settings.TOPOLOGY, settings.PLACES, move.pk).run()
            return
        for pod in settings.TOPOLOGY.pods:
            Watcher(pod).start()
        while True:
            time.sleep(WATCH_SECONDS)


def lines_of(move: Progress) -> Iterator[str]:
    """Yield what the command shows of a move."""
    yield f"{move.organization}: {move.source} → {move.target}, {move.state} ({move.doing})"
    if move.paused:
        yield "  paused; continue with: manage.py move resume " + move.organization
    if move.wanted:
        yield f"  asked for: {move.wanted}"
    if move.error:
        yield f"  problem: {move.error}"
    if move.is_silent:
        yield "  no driver reports: check that the target's pod is running, or run manage.py move run"
    for table in move.tables:
        if move.is_open and not move.flipped_at:
            yield f"  {_bar(table.share)} {table.rows:>9} rows  {table.schema}.{table.name}"
    facts = [
        f"{move.rows_per_second:.0f} rows/s" if move.rows_per_second else "",
        f"{move.seconds_left:.0f} s left" if move.seconds_left is not None else "",
        f"lag {move.lag_ms:.0f} ms" if move.lag_ms is not None else "",
        f"neighbours {move.slowdown:.1f} times slower" if move.slowdown is not None else "",
        f"forecast of the pause {move.forecast_ms:.0f} ms" if move.forecast_ms is not None else "",
        f"pause {move.pause_ms:.0f} ms" if move.pause_ms is not None else "",
        {None: "", True: "both pods were equal", False: "the pods DIFFER"}[move.is_equal],
        f"can be rolled back until {move.reverse_until:%Y-%m-%d %H:%M} UTC" if move.can_return else "",
    ]
    if any(facts):
        yield "  " + ", ".join(filter(None, facts))


def _bar(share: float) -> str:
    full = round(share * BAR)
    return f"[{'#' * full}{'.' * (BAR - full)}] {share:4.0%}"


def _add(commands: _SubParsersAction[Any], name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("move", metavar="MOVE", help="path of the organization, or id of the move")
    return parser


def _add_start(commands: _SubParsersAction[Any]) -> None:
    start = commands.add_parser("start", help="start moving an organization")
    start.add_argument("organization", metavar="ORGANIZATION", help="its path")
    start.add_argument("pod", metavar="POD")
    start.add_argument("--rate", type=_at_least(1), metavar="ROWS", help="copy at most this many rows a second")
    start.add_argument(
        "--cutover",
        default="auto",
        metavar="WHEN",
        help="auto: after a rehearsal that found both pods equal (default); manual: when you ask; or a time such as "
        "2026-12-01T03:00",
    )
    start.add_argument(
        "--max-pause", type=_milliseconds, default=500, metavar="TIME", help="the longest that writes may wait"
    )
    _add_way_back(start)
    start.add_argument("--watch", action="store_true", help="show the progress")


def _add_way_back(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--way-back",
        type=_at_least(0),
        default=86_400,
        metavar="SECONDS",
        help="how long the move can be rolled back (default: a day)",
    )


def _at_least(least: int) -> Callable[[str], int]:
    """Reads a number that argparse refuses, in words, when it is smaller."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= LARGEST:
            raise ArgumentTypeError(f"{text!r} is not a whole number from {least} to {LARGEST}")
        return int(text)

    return read


def _milliseconds(text: str) -> int:
    number = text.removesuffix("ms")
    if not number.isdecimal() or not 1 <= int(number) <= LONGEST_PAUSE_MS:
        raise ArgumentTypeError(f"{text!r} is not a time from 1ms to {LONGEST_PAUSE_MS}ms, such as 300ms")
    return int(number)


def _moment(text: str) -> datetime:
    with suppress(ValueError):
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    raise CommandError(f"--cutover {text!r} is not auto, manual or a time such as 2026-12-01T03:00")


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise CommandError(f"{file} is not a certificate: {error}") from error
    if not isinstance(found, dict):
        raise CommandError(f"{file} is not a certificate: it is no JSON object")
    return found


def _who() -> str:
    """Who asks, for the record."""
    try:
        return f"{getpass.getuser()} ({sys.argv[0].rsplit('/', 1)[-1]})"
    except (OSError, KeyError):
        return "an operator"
