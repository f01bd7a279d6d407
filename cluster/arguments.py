"""The subcommands of `manage.py cluster` and their options."""

from __future__ import annotations

import math
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, _SubParsersAction
from contextlib import suppress
from typing import Any

from operations.migrate import LOCK_SECONDS

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


def add_subcommands(parser: ArgumentParser) -> None:
    """Add every subcommand with its options."""
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
    _add_migrate(commands)
    _add(commands, "check", "list everything that your own servers and the environment lack, and how to make it")
    sql = _add(commands, "sql", "print the SQL that makes roles, databases and privileges on your own servers")
    sql.add_argument("server", metavar="SERVER", nargs="?", help="print it for one server only")
    _add_reconcile(commands)


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


def _add_migrate(commands: _SubParsersAction[Any]) -> None:
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
