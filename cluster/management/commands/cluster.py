"""`manage.py cluster …`: start a cluster, show its status, break it on purpose, stop it."""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, _SubParsersAction
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cluster import control, detach, follow, lock, replication, status
from cluster.exceptions import ClusterError, NotRunning
from cluster.folders import remove_folders
from cluster.provision import provision_all
from cluster.supervisor import Options, Supervisor
from cluster.welcome import welcome
from moves.migrating import abort_and_wait
from operations.exceptions import OperationsError
from operations.hints import command
from operations.migrate import LOCK_SECONDS, lines_of_plan, migrate_cluster
from operations.reconcile import reconcile_pod, reconcile_shared
from operations.survey import SurveyLate
from topology import Topology, TopologyError
from topology.places import Places

DOWN_SECONDS = 60.0
NOT_HEALTHY = 1
NOT_UP = 3
STARTED_AGAIN = "CLUSTER_COMMAND_STARTED_AGAIN"
PORT_OFFSET = "add N to every port, as PODS_PORT_OFFSET does"


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (seconds := float(text)) < math.inf:
            return seconds
    raise ArgumentTypeError(f"{text!r} is not a number of seconds; for example 2.5, or 0")


WAIT: dict[str, Any] = {
    "type": _seconds,
    "default": LOCK_SECONDS,
    "metavar": "S",
    "help": "how long to wait for another migration to finish (default: %(default)g s)",
}


class Command(BaseCommand):
    """Each subcommand is a method with its name."""

    help = "Start the cluster of the topology on this machine, show its status, stop it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The subcommands and their options."""
        parser.add_argument("--port-offset", type=int, metavar="N", help=PORT_OFFSET)
        commands = parser.add_subparsers(dest="do", required=True, metavar="COMMAND")
        _add_up(commands)
        _add_status(commands)
        for verb, text in (("stop", "stop one process and keep it stopped"), ("start", "start one process again")):
            _add(commands, verb, text).add_argument(
                "name", metavar="NAME", help="name of a pod, a router such as router-us, or a server"
            )
        _add(commands, "down", "stop the cluster")
        reset = _add(commands, "reset", "stop the cluster and delete its data")
        reset.add_argument("--yes", action="store_true", help="do not ask for confirmation")
        logs = _add(commands, "logs", "show the end of the logs")
        logs.add_argument("name", metavar="NAME", nargs="?", help="show one process only")
        logs.add_argument("--follow", action="store_true", help="keep printing new lines")
        logs.add_argument("--lines", type=_count, default=20, metavar="N", help="lines per process (default: 20)")
        lag = _add(commands, "lag", "make the replicas of a region lag")
        lag.add_argument("region", metavar="REGION")
        lag.add_argument("time", metavar="TIME", help="lag, such as 500ms or 2s; 0 for none")
        migrate = _add(commands, "migrate", "apply every unapplied migration of every schema")
        migrate.add_argument("--wait", **WAIT)
        migrate.add_argument(
            "--plan", action="store_true", help="print what would be done and which pods support it, and change nothing"
        )
        migrate.add_argument(
            "--without",
            action="append",
            default=[],
            metavar="POD",
            help="ignore this pod's announcement, because it no longer runs",
        )
        migrate.add_argument(
            "--abort-moves", action="store_true", help="abort the moves that stand against it, then migrate"
        )
        _add_reconcile(commands)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one subcommand. Errors are one message and exit code 1."""
        _be_the_whole_cluster(options["port_offset"])
        try:
            getattr(self, f"_{options['do']}")(settings.TOPOLOGY, settings.PLACES, options)
        except NotRunning:
            raise CommandError(_not_up(settings.TOPOLOGY)) from None
        except (OperationsError, TopologyError, SurveyLate) as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _up(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        try:
            self._up_unless_running(topology, places, options)
        except lock.AlreadyRunning:
            self._say(f"{topology.instance} is already running; nothing was changed.")
            self._say(f"Show its status with: {command('cluster status')}")

    def _up_unless_running(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        lock.check_free(places)
        if options["detach"]:
            detach.up_in_background(places, _up_arguments(options), self._say)
            self._welcome(topology, places, options, f"Stop it with: {command('cluster down')}")
            return
        asked = Options(
            topology_file=settings.ENVIRONMENT.topology.resolve(),
            demo=not options["no_demo"],
            fsync=not options["no_fsync"],
            databases_only=options["databases_only"],
        )

        def when_ready() -> None:
            if not options["in_background"]:
                self._welcome(topology, places, options, "Stop it with Ctrl-C.")

        supervisor = Supervisor(topology, places, asked, self._say)
        asyncio.run(supervisor.run(when_ready))

    def _welcome(self, topology: Topology, places: Places, options: dict[str, Any], how_to_stop: str) -> None:
        for line in (*welcome(topology, places, databases_only=options["databases_only"]), how_to_stop):
            self._say(line)

    def _status(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        found = status.read_status(topology, places, seconds=options["seconds"])
        if found is None:
            self._say(_not_up(topology))
            sys.exit(NOT_UP)
        if options["json"]:
            self._say(json.dumps(found.as_json))
        else:
            for line in status.lines_of(found):
                self._say(line)
        if not found.healthy:
            sys.exit(NOT_HEALTHY)

    def _stop(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        control.ask(places.control_socket, {"do": "stop", "name": options["name"]})
        again = command(f"cluster start {options['name']}")
        self._say(f"{options['name']} was stopped; start it again with: {again}")

    def _start(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        control.ask(places.control_socket, {"do": "start", "name": options["name"]})
        self._say(f"{options['name']} is ready.")

    def _down(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        if not lock.is_held(places):
            self._say(f"{topology.instance} is not running.")
            return
        pid = control.ask(places.control_socket, {"do": "down"})["pid"]
        if not lock.wait_until_free(places, DOWN_SECONDS):
            raise ClusterError(
                f"the supervisor (process {pid}) did not stop within {DOWN_SECONDS:g} s; kill it with: kill -9 {pid}"
            )
        self._say(f"{topology.instance} was stopped.")

    def _reset(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        if not options["yes"] and not _agreed(f"Delete all data in {places.data}?"):
            self._say("Nothing was changed.")
            return
        self._down(topology, places, options)
        with lock.only_one(places):
            remove_folders(places)
        self._say(f"{places.data} was deleted.")

    def _logs(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        logs = follow.logs_by_name(places.logs, options["name"])
        for line in follow.tail(logs, options["lines"]):
            self._say(line)
        if options["follow"]:
            for line in follow.follow(logs):
                self._say(line)

    def _lag(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        milliseconds = replication.parse_lag(options["time"])
        replicas = replication.replicas_of_region(topology, options["region"])
        if not replicas:
            self._say(f"Region {options['region']} has no embedded replica.")
        for replica in replicas:
            asyncio.run(replication.set_lag(places, replica, milliseconds))
            self._say(f"{replica.name} now replays each commit {milliseconds} ms after it was made.")

    def _migrate(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        if options["plan"]:
            for line in lines_of_plan(topology, options["without"]):
                self._say(line)
            return
        if options["abort_moves"]:
            for line in abort_and_wait():
                self._say(line)
        migrate_cluster(
            topology,
            self._say,
            provision=lambda: asyncio.run(provision_all(topology, places)),
            wait=options["wait"],
            without=options["without"],
        )

    def _reconcile(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        if options["shared"]:
            lines = reconcile_shared(topology, wait=options["wait"])
        else:
            lines = reconcile_pod(topology.pod(options["pod"]), wait=options["wait"])
        for line in lines:
            self._say(line)


def _not_up(topology: Topology) -> str:
    return f"{topology.instance} is not running; start it with: {command('cluster up')}"


def _agreed(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() == "y"
    except EOFError:
        raise CommandError("confirmation is needed but there is no terminal; add --yes to skip it") from None


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not a number of lines; for example 20")
    return int(text)


def _add(commands: _SubParsersAction[Any], name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = commands.add_parser(name, help=text, description=text)
    # No default: it would override the option when it comes before the subcommand.
    parser.add_argument("--port-offset", type=int, metavar="N", default=SUPPRESS, help=PORT_OFFSET)
    return parser


def _add_status(commands: _SubParsersAction[Any]) -> None:
    asked = _add(commands, "status", "show the status of every component")
    asked.add_argument("--json", action="store_true", help="print JSON")
    asked.add_argument(
        "--seconds",
        type=_seconds,
        default=1.0,
        metavar="S",
        help="period of the rates (default: %(default)g); 0 for no rates",
    )


def _add_up(commands: _SubParsersAction[Any]) -> None:
    up = _add(commands, "up", "start the cluster and keep it running")
    up.add_argument(
        "--detach", action="store_true", help="return when the cluster is ready, and keep it running in the background"
    )
    up.add_argument("--no-demo", action="store_true", help="do not load the demo data")
    up.add_argument(
        "--no-fsync", action="store_true", help="for tests: faster, but a power failure may corrupt the data"
    )
    up.add_argument(
        "--databases-only", action="store_true", help="start only the database servers; no migrations, pods or routers"
    )
    up.add_argument("--in-background", action="store_true", help=SUPPRESS)


def _add_reconcile(commands: _SubParsersAction[Any]) -> None:
    text = "after a database was restored: make all databases agree again, and list what was lost"
    reconcile = _add(commands, "reconcile", text)
    which = reconcile.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "pod", metavar="POD", nargs="?", help="the pod whose main or ci was restored; it must be stopped"
    )
    which.add_argument(
        "--shared", action="store_true", help="users, routes or admin were restored; all pods must be stopped"
    )
    reconcile.add_argument("--wait", **WAIT)


def _up_arguments(options: dict[str, Any]) -> list[str]:
    return [f"--{name.replace('_', '-')}" for name in ("no_demo", "no_fsync", "databases_only") if options[name]]


def _be_the_whole_cluster(port_offset: int | None) -> None:
    """Start this process again with another environment where the command line differs: settings read it only once.

    Raises `CommandError` when that had no effect.
    """
    started_again = os.environ.pop(STARTED_AGAIN, None)
    changed = {**os.environ, STARTED_AGAIN: "1"}
    changed.pop("POD_ID", None)
    if port_offset is not None:
        changed["PODS_PORT_OFFSET"] = str(port_offset)
    if settings.POD is None and port_offset in {None, settings.TOPOLOGY.port_offset}:
        return
    if started_again:
        raise CommandError(
            f"{os.environ['DJANGO_SETTINGS_MODULE']} sets POD_ID or PODS_PORT_OFFSET, but this command works on "
            "the whole cluster; run it with: DJANGO_SETTINGS_MODULE=settings.base"
        )
    os.execve(sys.executable, [sys.executable, *sys.argv], changed)  # noqa: S606
