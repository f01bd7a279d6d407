"""Which rows lie below a row, and so go where it goes: derived from the references of the models.

A row of `main` follows the row that it refers to by a foreign key, and a row of `ci` also the row of `main` whose id it
has in a `SoftReferenceField`. What refers to nothing of these is its organization's own, and stays there. A follower's
reference to what stays is cut, so it has to be nullable (the check in `organizations.transfers.registry`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import models

from schemas.fields import SoftReferenceField
from schemas.tenancy import column, tenant_models, tenant_references
from topology import POD_LOCAL_SCHEMAS

MAIN, CI = POD_LOCAL_SCHEMAS

Model = type[models.Model]
Reference = models.ForeignKey[Any, Any]


class Below:
    """What lies below a row of a model of `main`.

    Conditions are SQL with the parameter `root`, the id of the row; those of `ci` have `ids_of_<table>` instead, the
    ids of rows of a table of `main` (`linked`).
    """

    def __init__(self, root: Model) -> None:
        self.root = root

    @cached_property
    def in_main(self) -> list[Model]:
        """The root, and the models whose rows follow it."""
        return _following([self.root], MAIN)

    @cached_property
    def in_ci(self) -> list[Model]:
        """The models of `ci` whose rows follow."""
        return _following(list(self.links), CI)

    @cached_property
    def links(self) -> dict[Model, list[SoftReferenceField[Any, Any]]]:
        """The models of `ci` that name rows of `main`, with the fields that do."""
        found = {model: [field for field in _soft(model) if self._target(field)] for model in tenant_models(CI)}
        return {model: fields for model, fields in found.items() if fields}

    @property
    def linked(self) -> set[Model]:
        """The models of `main` whose rows are named in `ci`."""
        return {target for fields in self.links.values() for field in fields if (target := self._target(field))}

    def followers(self, schema: str) -> list[Model]:
        """The models of a schema whose rows follow, those that others refer to first."""
        return self.in_main if schema == MAIN else self.in_ci

    def condition(self, model: Model) -> str:
        """The rows of a model that follow."""
        ways = list(self._ways(model))
        reached = " OR ".join(ways)
        itself = [column(field) for field in tenant_references(model) if field.remote_field.model is model]
        if not itself:
            return f"({reached})"
        table, key = model._meta.db_table, column(model._meta.pk)
        inner = " OR ".join(f"inner_row.{each} = below.id" for each in itself)
        return (
            f"({key} IN (WITH RECURSIVE below (id) AS (SELECT {key} FROM {table} WHERE {reached} "  # noqa: S608
            f"UNION SELECT inner_row.{key} FROM {table} inner_row JOIN below ON {inner}) SELECT id FROM below))"
        )

    def cuts(self, schema: str) -> Iterator[tuple[Model, Reference]]:
        """The references of followers to what stays."""
        followers = self.followers(schema)
        for model in followers:
            for field in tenant_references(model):
                if field.remote_field.model not in followers:
                    yield model, field

    def _ways(self, model: Model) -> Iterator[str]:
        if model is self.root:
            yield f"{column(model._meta.pk)} = %(root)s"
        for field in self.links.get(model, ()):
            yield f"{column(field)} = ANY(%({ids_of(self._target(field))})s)"
        followers = [*self.in_main, *self.in_ci]
        for reference in tenant_references(model):
            target = reference.remote_field.model
            if target is not model and target in followers:
                yield (
                    f"{column(reference)} IN (SELECT {column(target._meta.pk)} FROM {target._meta.db_table} "  # noqa: S608
                    f"WHERE {self.condition(target)})"
                )

    def _target(self, field: SoftReferenceField[Any, Any]) -> Model | None:
        target = apps.get_model(field.to)
        return target if target in self.in_main else None


def ids_of(model: Model | None) -> str:
    """The parameter with the ids of a model's rows."""
    return f"ids_of_{model._meta.db_table}" if model else ""


def _following(found: list[Model], schema: str) -> list[Model]:
    following = list(found)
    for model in following:
        following += [
            other
            for other in tenant_models(schema)
            if other not in following and any(each.remote_field.model is model for each in tenant_references(other))
        ]
    return following


def _soft(model: Model) -> Iterator[SoftReferenceField[Any, Any]]:
    return (field for field in model._meta.get_fields() if isinstance(field, SoftReferenceField))
