"""Migrate every schema: the shared ones once for the cluster, `main` and `ci` once for each pod.

Shared schemas are expanded while pods of any release run, and contracted when
no running pod still needs what is removed (operations/releases/deciding.py).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from django.db import connections
from django.db.backends.utils import CursorWrapper

from operations.exceptions import ContractionRefused, MigrationBusy, MigrationForbidden, NameUnknown
from operations.locked import apply_up_to
from operations.releases import deciding
from operations.releases.announcing import SCHEMA as ANNOUNCEMENTS
from operations.releases.migrating import Key, serves
from operations.unapplied import Plan, allowed, plans_of
from organizations.tenancy.serving import complete_ci
from routing.ids import apply_id_range
from routing.reserved import reserve_words
from topology import POD_LOCAL_SCHEMAS, SHARED_SCHEMAS, Topology
from topology.databases import schema_of_alias

# One lock for the whole cluster, on the primary of the schema that every pod shares; the number is the word "pods".
LOCK_SCHEMA = "routes"
LOCK_KEY = 0x706F6473
LOCK_SECONDS = 120.0
LOCK_POLL_SECONDS = 0.2

Say = Callable[[str], None]
Forbid = Callable[[Collection[str]], Mapping[str, str]]
"""Called with the aliases of pods' databases that are about to change; returns those that must not, and why not."""
Provision = Callable[[], None]


_forbidding: list[Forbid] = []


def forbid_with(function: Forbid) -> None:
    """Register a function that is asked before the tables of a pod are changed."""
    if function not in _forbidding:
        _forbidding.append(function)


def migrate_cluster(
    topology: Topology, say: Say, *, provision: Provision, wait: float = LOCK_SECONDS, without: Collection[str] = ()
) -> None:
    """Apply every unapplied migration in every database of the cluster, and give each pod's tables their ID range.
    `provision` creates missing databases on embedded servers; on your own servers you create them.

    Two at a time are safe: the second waits for the first. Raises `MigrationBusy` when the first takes longer than
    `wait` seconds, `TableInUse` when another session holds a table all that time, and `ContractionRefused` when a
    running pod does not support a contraction, and `MigrationForbidden` when a pod's tables must not change now; the
    rest was applied. `without` names pods that no longer run, whatever
    they announced.
    """
    with alone(wait):
        provision()
        left_out = _named(topology, without)
        # The schema that records the decision comes first.
        apply_up_to(ANNOUNCEMENTS, "operations", serves()[ANNOUNCEMENTS]["newest"]["operations"])
        plans = plans_of(aliases_to_migrate(topology))
        may_contract, roll = deciding.decide([step for plan in plans for step in plan.steps], left_out)
        for line in lines_of_left_out(roll):
            say(line)
        forbidden = _forbidden(plans)
        for plan in plans:
            if plan.alias not in forbidden:
                _apply(plan, may_contract, say)
        # A release may add reserved words without a migration.
        reserve_words()
        for pod in topology.pods:
            aliases = [f"{schema}_{pod}" for schema in POD_LOCAL_SCHEMAS]
            apply_id_range(pod, *aliases)
            complete_ci(*aliases)
    refused = [step for plan in plans for step in plan.steps if step.since and step.key not in may_contract]
    if refused:
        raise ContractionRefused("\n".join([*(refusal(step, roll) for step in refused), WHAT_TO_DO]))
    if forbidden:
        raise MigrationForbidden("\n".join(f"{alias} was not migrated: {why}" for alias, why in forbidden.items()))


WHAT_TO_DO = (
    "Every migration that does not depend on it was applied. Upgrade or stop these pods, then run this command "
    "again. A pod "
    f"that was killed still counts for {deciding.EXPIRES.total_seconds() / 60:.0f} minutes; to ignore it now, "
    "add --without POD."
)


def refusal(step: deciding.Step, roll: deciding.Roll) -> str:
    """Say which pods do not support a contraction."""
    return (
        f"{step.schema}: {'.'.join(step.key)} removes what releases before {step.since} need, and these pods run an "
        "older release: "
        f"{', '.join(map(str, roll.unable(step.since)))}."
    )


def lines_of_left_out(roll: deciding.Roll) -> Iterator[str]:
    """Say which announcements do not count, and why."""
    yield from (f"{each} is no longer running" for each in roll.gone)
    yield from (f"{each} is ignored (--without)" for each in roll.left_out)


def lines_of_plan(topology: Topology, without: Collection[str] = ()) -> Iterator[str]:
    """Yield a line for each step that `migrate_cluster` would take; changes nothing."""
    roll, before = deciding.call_the_roll(_named(topology, without)), deciding.decided()
    steps = [(plan.alias, step) for plan in plans_of(aliases_to_migrate(topology)) for step in plan.steps]
    for alias, step in steps:
        unable = () if step.key in before else roll.unable(step.since)
        stood = f"not supported by {', '.join(map(str, unable))}" if unable else "supported by every running pod"
        does = f"contracts since {step.since}: {stood}" if step.since else "expands"
        yield f"{alias}: {'.'.join(step.key)} {does}"
    if not steps:
        yield "Every migration is applied."
    yield from (f"{each} runs" for each in roll.running)
    yield from lines_of_left_out(roll)


def aliases_to_migrate(topology: Topology) -> list[str]:
    """Every database of the cluster, shared ones first."""
    return [*SHARED_SCHEMAS, *(f"{schema}_{pod}" for pod in topology.pods for schema in POD_LOCAL_SCHEMAS)]


def _forbidden(plans: Iterable[Plan]) -> dict[str, str]:
    changing = [plan.alias for plan in plans if plan.steps and schema_of_alias(plan.alias) in POD_LOCAL_SCHEMAS]
    return {alias: why for function in _forbidding for alias, why in function(changing).items()}


def _apply(plan: Plan, may_contract: Collection[Key], say: Say) -> None:
    newest = dict(allowed(plan, may_contract))
    if newest:
        say(f"{plan.alias}: migrating")
    for app, name in newest.items():
        apply_up_to(plan.alias, app, name)


def _named(topology: Topology, without: Collection[str]) -> set[str]:
    """Return the names of pods to ignore; raises `NameUnknown` for a name without a topology entry or announcement."""
    names = {topology.pod_names.get(name, name) for name in without}
    roll = deciding.call_the_roll(names)
    known = {*topology.pods, *(each.pod for each in roll.left_out)}
    if names - known:
        announced = {each.pod for each in (*roll.running, *roll.gone)}
        raise NameUnknown(
            f"no such pod: {', '.join(sorted(names - known))}; known pods: {', '.join(sorted({*known, *announced}))}"
        )
    return names


@contextlib.contextmanager
def alone(wait: float) -> Iterator[None]:
    """Hold the lock of the whole cluster on a separate connection, which lives exactly as long. Raises
    `MigrationBusy` after `wait` seconds.
    """
    connection = connections.create_connection(LOCK_SCHEMA)
    deadline = time.monotonic() + wait
    try:
        with connection.cursor() as cursor:
            while not _taken(cursor):
                if time.monotonic() > deadline:
                    raise MigrationBusy(
                        f"another migration or reconciliation of this cluster is still running after {wait:g} s; "
                        "wait for it to finish, or find its session in pg_stat_activity of the routes database and "
                        "end it"
                    )
                time.sleep(LOCK_POLL_SECONDS)
            yield
    finally:
        connection.close()


def _taken(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
    return bool(cursor.fetchone()[0])
