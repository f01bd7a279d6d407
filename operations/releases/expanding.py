"""Whether the release before goes on as if a migration were not there: read from its operations, without a database.

What is plain is decided here; of what is not, the migration itself has to say
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
    """How sure it is that the release before would notice."""

    CONTRACTS = "it takes away what the release before needs"
    UNCLEAR = "whether it expands cannot be seen"


class Objection(NamedTuple):
    """An operation that the release before may not stand, and why."""

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
# From the first to the second every value stays what it was.
_WIDENS = {
    ("SmallIntegerField", "IntegerField"),
    ("SmallIntegerField", "BigIntegerField"),
    ("IntegerField", "BigIntegerField"),
    *((text, "TextField") for text in ("CharField", "SlugField", "EmailField", "URLField")),
}


def objections(app: str, operations: Iterable[Operation], state: ProjectState) -> Iterator[Objection]:
    """What in a migration the release before may not stand. `state` is the models' before it, and is changed."""
    made: set[str] = set()
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            # What only this release's models are told changes nothing for anybody else.
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
        yield Objection(Doubt.CONTRACTS, words, "the release before reads and writes it")
    elif isinstance(operation, migrations.AddField):
        if not _is_left_out_by_others(operation.field):
            yield Objection(Doubt.CONTRACTS, words, "the release before gives it no value: make it null or db_default")
    elif isinstance(operation, migrations.AlterField):
        before = state.models[app, operation.model_name_lower].fields[operation.name]
        yield from (Objection(doubt, words, why) for doubt, why in _altered(before, operation.field))
    elif isinstance(operation, migrations.AddConstraint) and not isinstance(operation, postgres.AddConstraintNotValid):
        yield Objection(
            Doubt.UNCLEAR,
            words,
            "the release before may write what it refuses, and it reads the whole table while nobody writes: use "
            "AddConstraintNotValid, then ValidateConstraint, or a unique index made concurrently",
        )
    elif isinstance(operation, migrations.AddConstraint | migrations.RemoveConstraint):
        yield Objection(Doubt.UNCLEAR, words, "the release before may write what it refuses, or count on it")
    else:
        yield Objection(Doubt.UNCLEAR, words, "it can do anything")


def _is_left_out_by_others(field: Field[object, object]) -> bool:
    """Whether an INSERT that does not know the column succeeds."""
    return field.null or field.db_default is not NOT_PROVIDED or isinstance(field, ManyToManyField | GeneratedField)


def _altered(before: Field[object, object], after: Field[object, object]) -> Iterator[tuple[Doubt, str]]:
    if before.null and not after.null:
        yield Doubt.CONTRACTS, "the release before may write NULL"
    if after.null and not before.null:
        yield Doubt.UNCLEAR, "the release before may not expect NULL"
    if before.db_default is not NOT_PROVIDED and after.db_default is NOT_PROVIDED:
        yield Doubt.CONTRACTS, "a release that does not know the column needs its default"
    if before.db_column != after.db_column:
        yield Doubt.CONTRACTS, "the release before knows the column by its name"
    if not _holds_all_of(before, after):
        yield Doubt.CONTRACTS, "the type no longer holds what the release before writes"
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
