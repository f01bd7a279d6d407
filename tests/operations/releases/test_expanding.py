"""Which migrations of shared schemas are refused before anybody runs them."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from operations.releases import checks
from operations.releases.checks import errors_of, shared_schemas_expand_then_contract
from operations.releases.expanding import Doubt, objections


@pytest.fixture
def state() -> ProjectState:
    fields: list[tuple[str, models.Field]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=100)),
        ("note", models.CharField(max_length=100, null=True, db_default="")),
        ("size", models.IntegerField()),
    ]
    found = ProjectState()
    found.add_model(ModelState("routing", "Shelf", fields))
    return found


def doubts(state: ProjectState, *operations: Operation) -> list[Doubt]:
    return [each.doubt for each in objections("routing", operations, state)]


def alter(name: str, field: models.Field) -> Operation:
    return migrations.AlterField("shelf", name, field)


LONG = models.CheckConstraint(condition=models.Q(size__gt=1), name="long")

EXPANDS = [
    migrations.AddField("shelf", "colour", models.CharField(max_length=9, null=True)),
    migrations.AddField("shelf", "colour", models.CharField(max_length=9, db_default="white")),
    migrations.CreateModel("Board", [("id", models.BigAutoField(primary_key=True))]),
    AddIndexConcurrently("shelf", models.Index(fields=["size"], name="by_size")),
    alter("name", models.CharField(max_length=200)),
    alter("name", models.TextField()),
    alter("name", models.CharField(max_length=100, help_text="On its front.")),
    alter("size", models.BigIntegerField()),
    migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("shelf", "name")]),
    ValidateConstraint("shelf", "long"),
]
CONTRACTS = [
    migrations.RemoveField("shelf", "name"),
    migrations.DeleteModel("Shelf"),
    migrations.RenameField("shelf", "name", "title"),
    migrations.RenameModel("Shelf", "Board"),
    migrations.AlterModelTable("shelf", "boards"),
    migrations.AddField("shelf", "colour", models.CharField(max_length=9)),
    migrations.AddField("shelf", "colour", models.CharField(max_length=9, default="white")),
    alter("name", models.CharField(max_length=50)),
    alter("name", models.IntegerField()),
    alter("name", models.CharField(max_length=100, db_column="title")),
    alter("note", models.CharField(max_length=100, db_default="")),
    alter("note", models.CharField(max_length=100, null=True)),
    alter("size", models.SmallIntegerField()),
    migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("shelf", "name")]),
]
UNCLEAR = [
    migrations.RunSQL("DROP TABLE shelves"),
    migrations.RunPython(migrations.RunPython.noop),
    migrations.AddConstraint("shelf", LONG),
    AddConstraintNotValid("shelf", LONG),
    alter("name", models.CharField(max_length=100, unique=True)),
    alter("name", models.CharField(max_length=100, null=True)),
]


def named(operations: list[Operation]) -> dict[str, object]:
    return {"argvalues": operations, "ids": [each.describe() for each in operations]}


@pytest.mark.parametrize("operation", **named(EXPANDS))  # type: ignore[arg-type]
def test_it_expands(operation: Operation, state: ProjectState) -> None:
    if isinstance(operation, ValidateConstraint):
        AddConstraintNotValid("shelf", LONG).state_forwards("routing", state)
    assert doubts(state, operation) == []


@pytest.mark.parametrize("operation", **named(CONTRACTS))  # type: ignore[arg-type]
def test_it_takes_something_away(operation: Operation, state: ProjectState) -> None:
    assert doubts(state, operation) == [Doubt.CONTRACTS]


@pytest.mark.parametrize("operation", **named(UNCLEAR))  # type: ignore[arg-type]
def test_it_has_to_say_what_it_does(operation: Operation, state: ProjectState) -> None:
    assert doubts(state, operation) == [Doubt.UNCLEAR]


def test_what_the_same_migration_makes_nobody_has_used(state: ProjectState) -> None:
    make = migrations.CreateModel("Board", [("id", models.BigAutoField(primary_key=True))])
    add = migrations.AddField("board", "colour", models.CharField(max_length=9, default="white"))
    assert doubts(state, make, add) == []


def migration_that(*operations: Operation, **says: object) -> Migration:
    made = type("Migration", (Migration,), {"operations": list(operations), **says})
    return made("0002_next", "routing")  # type: ignore[no-any-return]


def errors(migration: Migration, app: str = "routing") -> list[str | None]:
    loader, key = MigrationLoader(None), (app, "0002_next")
    loader.graph.add_node(key, migration)
    loader.graph.add_dependency(migration, key, (app, "0001_initial"))
    return [error.id for error in errors_of(key, migration, loader)]


DROP = migrations.RemoveField("route", "claim_key")
SQL = migrations.RunSQL("SELECT 1")


def test_every_migration_of_this_release_is_as_it_should_be() -> None:
    assert shared_schemas_expand_then_contract(None) == []


@pytest.mark.parametrize(
    ("migration", "expected"),
    [
        (migration_that(SQL), ["operations.E003"]),
        (migration_that(SQL, expands="It reads."), []),
        (migration_that(DROP), ["operations.E003"]),
        (migration_that(DROP, expands="Nobody needs it."), ["operations.E003"]),
        (migration_that(DROP, contracts_since=settings.RELEASE), []),
        (migration_that(DROP, contracts_since="99.0"), ["operations.E005"]),
        (migration_that(DROP, contracts_since="soon"), ["operations.E006"]),
        (migration_that(DROP, contracts_since="0.1.0", expands="Both."), ["operations.E002"]),
    ],
)
def test_a_migration_that_the_release_before_may_not_stand_says_so(migration: Migration, expected: list[str]) -> None:
    assert errors(migration) == expected


def test_what_is_applied_before_anybody_is_asked_only_expands() -> None:
    assert errors(migration_that(DROP, contracts_since=settings.RELEASE), "operations") == ["operations.E004"]


def test_a_new_migration_of_somebody_elses_app_has_to_be_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.JUDGED_MIGRATIONS, "axes", "0009_add_session_hash")
    [error] = checks.shared_schemas_expand_then_contract(None)
    assert (error.id, error.obj) == ("operations.E001", "axes.0010_accessattemptexpiration")
