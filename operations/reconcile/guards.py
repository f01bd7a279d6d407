"""Nothing is reconciled while a pod uses the databases, and no pod starts before it is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from operations.exceptions import OperationsError
from operations.hints import command
from operations.releases.deciding import call_the_roll
from operations.unapplied import plans_of
from routing import marks
from topology import POD_LOCAL_SCHEMAS

# A pod announces itself every ten seconds.
SILENT_SECONDS = 30.0


class DatabaseUnmigrated(OperationsError):
    """A restored database lacks migrations."""


class PodRuns(OperationsError):
    """A pod uses the databases that are to be reconciled."""


def refuse_running(pods: Collection[str]) -> None:
    """Raise `PodRuns` when one of these pods was heard from a moment ago."""
    running = [each for each in call_the_roll().running if each.pod in pods and each.silent < SILENT_SECONDS]
    if running:
        raise PodRuns(
            f"these pods still run, or were killed in the last {SILENT_SECONDS:.0f} seconds: "
            f"{', '.join(map(str, running))}. Stop them, then run this command again."
        )


def refuse_unmigrated(aliases: Iterable[str]) -> None:
    """Raise `DatabaseUnmigrated` when a database lacks tables or columns of this release."""
    lacking = [plan.alias for plan in plans_of(aliases) if any(not step.since for step in plan.steps)]
    if lacking:
        raise DatabaseUnmigrated(
            f"migrations are not applied in: {', '.join(lacking)}. "
            f"Apply them with: {command('cluster migrate')}\nThen run this command again."
        )


def keep_from_starting(pod: str) -> None:
    """Make `routes` say that the pod's databases have come further than they have, until `let_start`."""
    said = marks.said_of(pod)
    for schema in POD_LOCAL_SCHEMAS:
        marks.make(schema)
        there = marks.look(schema)
        before = said.get(schema)
        mark = max(there.mark if there else 0, before.mark if before else 0) + 1
        marks.say(pod, schema, mark, before.drawn if before else {})


def let_start(pod: str) -> None:
    """Let the pod's databases and `routes` say the same."""
    said = marks.said_of(pod)
    for schema in POD_LOCAL_SCHEMAS:
        mark = marks.raise_mark(schema, said[schema].mark if schema in said else 0)
        there = marks.look(schema)
        marks.say(pod, schema, mark, there.drawn if there else {})
