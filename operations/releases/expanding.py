"""Whether the previous release keeps working after a migration: read from its operations, without a database.

Clear cases are decided here; for the others, the migration itself has to declare
why it expands, or since which release it contracts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from django.contrib.postgres import operations as postgres
from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field, GeneratedField, ManyToManyField


class Doubt(Enum):
    """How certain it is that the previous release would break."""

    CONTRACTS = "it removes what the previous release needs"
    UNCLEAR = "it is unclear whether the previous release keeps working"


class Objection(NamedTuple):
    """An operation that may break the previous release, and why."""

    doubt: Doubt
    operation: str
    why: str


_HARMLESS = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.RenameIndex,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.AlterModelTableComment,
    postgres.CreateExtension,
    postgres.ValidateConstraint,
)
_TAKES_AWAY = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
# Changing a column from the first type to the second keeps every value.
_WIDENS = {
    ("SmallIntegerField", "IntegerField"),
    ("SmallIntegerField", "BigIntegerField"),
    ("IntegerField", "BigIntegerField"),
    *((text, "TextField") for text in ("CharField", "SlugField", "EmailField", "URLField")),
}


def objections(app: str, operations: Iterable[Operation], state: ProjectState) -> Iterator[Objection]:
    """Yield what in a migration may break the previous release. `state` is the models' state before it, and is
    changed.
    """
    made: set[str] = set()
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            # State-only operations change nothing for other releases.
            yield from objections(app, operation.database_operations, state.clone())
        elif getattr(operation, "model_name_lower", getattr(operation, "name_lower", "")) not in made:
            yield from _judge(app, operation, state)
        if isinstance(operation, migrations.CreateModel):
            made.add(operation.name_lower)
        operation.state_forwards(app, state)


def _judge(app: str, operation: Operation, state: ProjectState) -> Iterator[Objection]:
    words = operation.describe()
    if isinstance(operation, _HARMLESS):
        return
    if isinstance(operation, _TAKES_AWAY):
        yield Objection(Doubt.CONTRACTS, words, "the previous release reads and writes it")
    elif isinstance(operation, migrations.AddField):
        if not _is_left_out_by_others(operation.field):
            yield Objection(
                Doubt.CONTRACTS, words, "the previous release does not set it: make it nullable or give it a db_default"
            )
    elif isinstance(operation, migrations.AlterField):
        before = state.models[app, operation.model_name_lower].fields[operation.name]
        yield from (Objection(doubt, words, why) for doubt, why in _altered(before, operation.field))
    elif isinstance(operation, migrations.AddConstraint) and not isinstance(operation, postgres.AddConstraintNotValid):
        yield Objection(
            Doubt.UNCLEAR,
            words,
            "the previous release may write rows that violate it, and adding it blocks writes while it scans the "
            "table: use "
            "AddConstraintNotValid, then ValidateConstraint, or a unique index created concurrently",
        )
    elif isinstance(operation, migrations.AddConstraint | migrations.RemoveConstraint):
        yield Objection(Doubt.UNCLEAR, words, "the previous release may write rows that violate it, or rely on it")
    else:
        yield Objection(Doubt.UNCLEAR, words, "it can do anything, so it must be reviewed")


def _is_left_out_by_others(field: Field[object, object]) -> bool:
    """Whether an INSERT that omits the column succeeds."""
    return field.null or field.db_default is not NOT_PROVIDED or isinstance(field, ManyToManyField | GeneratedField)


def _altered(before: Field[object, object], after: Field[object, object]) -> Iterator[tuple[Doubt, str]]:
    if before.null and not after.null:
        yield Doubt.CONTRACTS, "the previous release may write NULL"
    if after.null and not before.null:
        yield Doubt.UNCLEAR, "the previous release may not expect NULL"
    if before.db_default is not NOT_PROVIDED and after.db_default is NOT_PROVIDED:
        yield Doubt.CONTRACTS, "a release that omits the column needs its default"
    if before.db_column != after.db_column:
        yield Doubt.CONTRACTS, "the previous release uses the column's old name"
    if not _holds_all_of(before, after):
        yield Doubt.CONTRACTS, "the new type cannot hold what the previous release writes"
    for name in ("unique", "db_collation", "db_constraint"):
        if getattr(before, name, None) != getattr(after, name, None):
            yield Doubt.UNCLEAR, f"{name} changes"


def _holds_all_of(before: Field[object, object], after: Field[object, object]) -> bool:
    kinds = before.get_internal_type(), after.get_internal_type()
    if kinds in _WIDENS:
        return True
    if kinds[0] != kinds[1] or any(
        getattr(before, name, None) != getattr(after, name, None) for name in ("max_digits", "decimal_places")
    ):
        return False
    return after.max_length is None or (before.max_length is not None and before.max_length <= after.max_length)
