"""Invariant 6 for pod-local tables: rows know their organization, and refer only to rows of the same one.

Filtering, fencing and moving an organization are then one rule for every table
(PostgreSQL manual, "Logical Replication: Row Filters" and "Publication": a
filter may only use columns of the replica identity). `schemas/gate.py` is the fence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models, router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from schemas import gate, keeping
from schemas.placement import schema_of

ORGANIZATION_COLUMN = "organization_id"
STATE = "tenancy.OrganizationState"
"""The model of which a pod has one row for each organization: what the pod does for it."""


def is_tenant_model(model: type[models.Model]) -> bool:
    """Whether rows of a model belong to an organization each: whether it declares so, see `OrganizationOwned`."""
    return any(
        isinstance(field, models.ForeignKey)
        and field.attname == ORGANIZATION_COLUMN
        and field.remote_field.model._meta.label == STATE
        for field in model._meta.get_fields()
    )


def tenant_models(schema: str) -> list[type[models.Model]]:
    """Every model of `main` or `ci` whose rows belong to an organization each: what moves with it."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if schema_of(model) == schema and is_tenant_model(model)
    ]


def tenant_references(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    """The model's foreign keys to other rows that belong to an organization."""
    return [
        field
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and is_tenant_model(field.remote_field.model)
    ]


class OrganizationOwned(models.Model):
    """A row of `main` or `ci` that belongs to one organization, which must be known to this pod.

    It is written only while the pod serves the organization (`schemas/gate.py`).
    """

    organization = models.ForeignKey(STATE, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class ProtectOrganizationRows(Operation):
    """A migration's operation that follows the CreateModel of tenant models, named in any order.

    Makes (organization, id) the replica identity, gives each reference to another tenant row a
    composite foreign key with the organization, in place of Django's own (write those ForeignKeys
    with `db_constraint=False`), and puts the gate and the guard of `schemas/keeping.py` before each table.
    """

    reduces_to_sql = True
    reversible = True
    category = OperationCategory.SQL

    def __init__(self, *models: str) -> None:
        self.models = models

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """As Django wants it."""
        return type(self).__name__, list(self.models), {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing that Django's models know changes."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Add identities first, then the references to them, and the gate."""
        self._execute(app_label, schema_editor, to_state, (_identity, _references, _guards))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the gate and the references first, then the identities."""
        self._execute(app_label, schema_editor, from_state, (_without_guards, _without_references, _without_identity))

    def _execute(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState, steps: tuple[Any, ...]
    ) -> None:
        if not router.allow_migrate(schema_editor.connection.alias, app_label):
            return
        for step in steps:
            for name in self.models:
                for statement in step(state.apps.get_model(app_label, name)):
                    schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """What `migrate --plan` shows."""
        return f"Keep rows of {', '.join(self.models)} within their organization"


def identity_name(model: type[models.Model]) -> str:
    """The unique index that is a table's replica identity."""
    return f"{model._meta.db_table}_identity"


def reference_name(field: models.ForeignKey[Any, Any]) -> str:
    """The composite foreign key of one reference."""
    return f"{field.model._meta.db_table}_{field.name}_is_of_the_organization"


def _identity(model: type[models.Model]) -> Iterator[str]:
    table, name, key = model._meta.db_table, identity_name(model), column(model._meta.pk)
    yield f"CREATE UNIQUE INDEX {name} ON {table} ({ORGANIZATION_COLUMN}, {key})"
    yield f"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}"


def _without_identity(model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    yield f"ALTER TABLE {table} REPLICA IDENTITY DEFAULT"
    yield f"DROP INDEX {identity_name(model)}"


def _references(model: type[models.Model]) -> Iterator[str]:
    for field in tenant_references(model):
        target = field.remote_field.model
        yield (
            f"ALTER TABLE {model._meta.db_table} ADD CONSTRAINT {reference_name(field)} "
            f"FOREIGN KEY ({ORGANIZATION_COLUMN}, {column(field)}) "
            f"REFERENCES {target._meta.db_table} ({ORGANIZATION_COLUMN}, {column(target._meta.pk)}) ON UPDATE CASCADE"
        )


def _without_references(model: type[models.Model]) -> Iterator[str]:
    for field in tenant_references(model):
        yield f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {reference_name(field)}"


def _guards(model: type[models.Model]) -> Iterator[str]:
    yield from gate.triggers(model._meta.db_table)
    yield from keeping.triggers(model._meta.db_table)


def _without_guards(model: type[models.Model]) -> Iterator[str]:
    yield from keeping.without_triggers(model._meta.db_table)
    yield from gate.without_triggers(model._meta.db_table)


def column(field: Any) -> str:
    """The name of a field's column."""
    return str(field.column)
