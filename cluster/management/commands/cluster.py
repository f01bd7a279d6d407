"""`manage.py cluster …`: start a cluster, show its status, break it on purpose, stop it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cluster import control, detach, follow, lock, replication, status
from cluster.arguments import add_subcommands
from cluster.exceptions import ClusterError, NotRunning
from cluster.folders import remove_folders
from cluster.provision import provision_all
from cluster.supervisor import Options, Supervisor
from cluster.welcome import welcome
from moves.exceptions import MoveError
from moves.migrating import abort_and_wait
from moves.restoring import lost_ways_back, refuse_open
from operations.exceptions import OperationsError
from operations.hints import command
from operations.migrate import lines_of_plan, migrate_cluster
from operations.preflight import lines_of, look, script
from operations.preflight.needs import own_servers
from operations.reconcile import reconcile_pod, reconcile_shared
from operations.survey import SurveyLate
from topology import Topology, TopologyError
from topology.places import Places

DOWN_SECONDS = 60.0
NOT_HEALTHY = 1
NOT_UP = 3
STARTED_AGAIN = "CLUSTER_COMMAND_STARTED_AGAIN"


# These use databases of your own servers.
CONNECTING = {"reconcile", "status", "lag"}
WHERE_TO_READ = "docs/installation.md goes through all of it. Nothing was changed."


class Command(BaseCommand):
    """Each subcommand is a method with its name."""

    help = "Start the cluster of the topology on this machine, show its status, stop it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The subcommands and their options."""
        add_subcommands(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one subcommand. Errors are one message and exit code 1."""
        _be_the_whole_cluster(options["port_offset"])
        if options["do"] in CONNECTING and settings.MISSING_PASSWORDS:
            raise CommandError("\n".join(settings.MISSING_PASSWORDS))
        try:
            getattr(self, f"_{options['do']}")(settings.TOPOLOGY, settings.PLACES, options)
        except NotRunning:
            raise CommandError(_not_up(settings.TOPOLOGY)) from None
        except (OperationsError, MoveError, TopologyError, SurveyLate) as error:
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
        _refuse_incomplete(topology)
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
        _refuse_incomplete(topology)
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

    def _check(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        _refuse_incomplete(topology, replicas=True)
        self._say("Nothing is missing.")

    def _sql(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        asked = options["server"]
        servers = [topology.server(asked)] if asked else own_servers(topology)
        if not servers or servers[0].embedded:
            raise CommandError(
                f"{asked or topology.instance} is embedded: `cluster up` makes roles and databases itself"
            )
        for server in servers:
            for line in script(topology, server):
                self._say(line)

    def _reconcile(self, topology: Topology, places: Places, options: dict[str, Any]) -> None:
        if options["shared"]:
            lines: Iterable[str] = reconcile_shared(topology, wait=options["wait"])
        else:
            pod = topology.pod(options["pod"])
            refuse_open(pod.name)
            lines = chain(reconcile_pod(pod, wait=options["wait"]), lost_ways_back(pod.name))
        for line in lines:
            self._say(line)


def _refuse_incomplete(topology: Topology, *, replicas: bool = False) -> None:
    """Raise `CommandError` with everything that your own servers and the environment lack; without `replicas`, with
    what the cluster cannot do without.
    """
    missing = look(topology, settings.ENVIRONMENT, replicas=replicas)
    if missing:
        sql = f"Print the statements that make roles, databases and privileges with: {command('cluster sql')}"
        raise CommandError("\n".join((*lines_of(missing), "", sql, WHERE_TO_READ)))


def _not_up(topology: Topology) -> str:
    return f"{topology.instance} is not running; start it with: {command('cluster up')}"


def _agreed(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() == "y"
    except EOFError:
        raise CommandError("confirmation is needed but there is no terminal; add --yes to skip it") from None


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
