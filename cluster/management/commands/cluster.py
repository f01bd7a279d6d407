"""`manage.py cluster …`: bring a cluster up, look at it, break it on purpose, take it down."""

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
from operations.exceptions import OperationsError
from operations.migrate import LOCK_SECONDS, lines_of_plan, migrate_cluster
from operations.survey import SurveyLate
from topology import Topology, TopologyError
from topology.places import Places

DOWN_SECONDS = 60.0
NOT_HEALTHY = 1
NOT_UP = 3
STARTED_AGAIN = "CLUSTER_COMMAND_STARTED_AGAIN"
PORT_OFFSET = "as PODS_PORT_OFFSET: moves every port by N"


class Command(BaseCommand):
    """Each subcommand is a method of its name."""

    help = "Bring the cluster of the topology up on this machine, look at it, take it down."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The subcommands and their options."""
        parser.add_argument("--port-offset", type=int, metavar="N", help=PORT_OFFSET)
        commands = parser.add_subparsers(dest="do", required=True, metavar="COMMAND")
        _add_up(commands)
        _add_status(commands)
        for verb, text in (("stop", "stop one process and leave it so"), ("start", "start it again")):
            _add(commands, verb, text).add_argument("name", metavar="NAME", help="a pod, router-us, or a server")
        _add(commands, "down", "stop everything")
        reset = _add(commands, "reset", "stop everything and delete the cluster's data")
        reset.add_argument("--yes", action="store_true", help="do not ask")
        logs = _add(commands, "logs", "the end of the logs")
        logs.add_argument("name", metavar="NAME", nargs="?", help="of one process only")
        logs.add_argument("--follow", action="store_true", help="and what is written from now on")
        logs.add_argument("--lines", type=_count, default=20, metavar="N", help="how many of each (20)")
        lag = _add(commands, "lag", "let the replicas of a region lag behind")
        lag.add_argument("region", metavar="REGION")
        lag.add_argument("time", metavar="TIME", help="500ms, 2s; 0 for none")
        migrate = _add(commands, "migrate", "apply every unapplied migration of every schema")
        migrate.add_argument(
            "--wait",
            type=_seconds,
            default=LOCK_SECONDS,
            metavar="S",
            help="for another migration's end (%(default)g s)",
        )
        migrate.add_argument("--plan", action="store_true", help="say what would be done, and which pods stand it")
        migrate.add_argument(
            "--without", action="append", default=[], metavar="POD", help="this pod runs no more, whatever it announced"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one subcommand; what goes wrong is one message and exit code 1."""
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
            self._say(f"{topology.instance} runs already; nothing was changed.")
            self._say(f"See it with: {_command(topology, 'status')}")

    def _up_unless_running(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        lock.check_free(places)
        if options["detach"]:
            detach.up_in_background(places, _up_arguments(options), self._say)
            self._welcome(topology, places, options, f"Stop it with: {_command(topology, 'down')}")
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
        again = _command(topology, f"start {options['name']}")
        self._say(f"{options['name']} is stopped; start it again with: {again}")

    def _start(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        control.ask(places.control_socket, {"do": "start", "name": options["name"]})
        self._say(f"{options['name']} is ready.")

    def _down(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        if not lock.is_held(places):
            self._say(f"{topology.instance} is not up.")
            return
        pid = control.ask(places.control_socket, {"do": "down"})["pid"]
        if not lock.wait_until_free(places, DOWN_SECONDS):
            raise ClusterError(f"the supervisor (process {pid}) did not end within {DOWN_SECONDS:g} s; kill -9 {pid}")
        self._say(f"{topology.instance} is down.")

    def _reset(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        if not options["yes"] and not _agreed(f"Delete all data in {places.data}?"):
            self._say("Nothing was changed.")
            return
        self._down(topology, places, options)
        with lock.only_one(places):
            remove_folders(places)
        self._say(f"{places.data} is gone.")

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
            self._say(f"{replica.name} replays commits {milliseconds} ms after they were made.")

    def _migrate(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        if options["plan"]:
            for line in lines_of_plan(topology, options["without"]):
                self._say(line)
            return
        migrate_cluster(
            topology,
            self._say,
            provision=lambda: asyncio.run(provision_all(topology, places)),
            wait=options["wait"],
            without=options["without"],
        )


def _command(topology: Topology, verb: str) -> str:
    """The command line that reaches this very cluster."""
    offset = f" --port-offset {topology.port_offset}" if topology.port_offset else ""
    return f"manage.py cluster {verb}{offset}"


def _not_up(topology: Topology) -> str:
    return f"{topology.instance} is not up; start it with: {_command(topology, 'up')}"


def _agreed(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() == "y"
    except EOFError:
        raise CommandError("nobody is there to answer; say --yes if you are sure") from None


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no number of lines; write for example 20")
    return int(text)


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (seconds := float(text)) < math.inf:
            return seconds
    raise ArgumentTypeError(f"{text!r} is no number of seconds; write for example 2.5, or 0")


def _add(commands: _SubParsersAction[Any], name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = commands.add_parser(name, help=text, description=text)
    # Without a default: it would undo the option where it stands before the subcommand.
    parser.add_argument("--port-offset", type=int, metavar="N", default=SUPPRESS, help=PORT_OFFSET)
    return parser


def _add_status(commands: _SubParsersAction[Any]) -> None:
    asked = _add(commands, "status", "what runs, and how it does")
    asked.add_argument("--json", action="store_true", help="for scripts")
    asked.add_argument(
        "--seconds", type=_seconds, default=1.0, metavar="S", help="of which rates are told (%(default)g); 0 for none"
    )


def _add_up(commands: _SubParsersAction[Any]) -> None:
    up = _add(commands, "up", "bring everything up and keep it up")
    up.add_argument("--detach", action="store_true", help="return when it is ready, and let it run")
    up.add_argument("--no-demo", action="store_true", help="no demo data")
    up.add_argument("--no-fsync", action="store_true", help="for tests: a power cut may ruin the data")
    up.add_argument("--databases-only", action="store_true", help="neither migrations, nor pods, nor routers")
    up.add_argument("--in-background", action="store_true", help=SUPPRESS)


def _up_arguments(options: dict[str, Any]) -> list[str]:
    return [f"--{name.replace('_', '-')}" for name in ("no_demo", "no_fsync", "databases_only") if options[name]]


def _be_the_whole_cluster(port_offset: int | None) -> None:
    """Settings follow the environment once and for all: start again where the command line differs from it.

    Raises `CommandError` when that changed nothing.
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
            f"{os.environ['DJANGO_SETTINGS_MODULE']} sets POD_ID or PODS_PORT_OFFSET itself, and this command works on "
            "the whole cluster; run it with: DJANGO_SETTINGS_MODULE=settings.base"
        )
    os.execve(sys.executable, [sys.executable, *sys.argv], changed)  # noqa: S606
