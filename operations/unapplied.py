"""The unapplied migrations of each database, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from operations.releases.deciding import Step
from operations.releases.migrating import Key, contracts_since, migrations_of
from topology import SHARED_SCHEMAS
from topology.databases import schema_of_alias


@dataclass(frozen=True)
class Plan:
    """The unapplied migrations of one database; `needs` maps each of them to those that come before it."""

    alias: str
    steps: tuple[Step, ...]
    needs: dict[Key, frozenset[Key]]


def plans_of(aliases: Iterable[str]) -> list[Plan]:
    """Return the plan of each database, in the given order."""
    loader = MigrationLoader(None)
    return [_plan(alias, loader) for alias in aliases]


def allowed(plan: Plan, may_contract: Collection[Key]) -> list[Key]:
    """Return what may be applied, in order: all but contractions that were not decided, and migrations that need
    them.
    """
    stopped: set[Key] = set()
    for step in plan.steps:
        if (step.since and step.key not in may_contract) or plan.needs[step.key] & stopped:
            stopped.add(step.key)
    return [step.key for step in plan.steps if step.key not in stopped]


def _plan(alias: str, loader: MigrationLoader) -> Plan:
    schema = schema_of_alias(alias)
    known = migrations_of(schema)
    lacking = known.keys() - set(MigrationRecorder(connections[alias]).applied_migrations())
    order = [key for leaf in loader.graph.leaf_nodes() if leaf in known for key in loader.graph.forwards_plan(leaf)]
    steps = {
        # Pod-local schemas change with their pod, so other pods do not matter.
        key: Step(schema, key, contracts_since(known[key]) if schema in SHARED_SCHEMAS else "")
        for key in order
        if key in lacking
    }
    needs = {
        key: frozenset(parent.key for parent in loader.graph.node_map[key].parents if parent.key in lacking)
        for key in steps
    }
    return Plan(alias, tuple(steps.values()), needs)
