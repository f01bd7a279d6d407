"""Invariant 5: every model declares its schema, and no relation leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.db.models import Field, Model

from schemas.fields import SoftReferenceField
from schemas.placement import SchemaUndeclared, schema_of


@register()
def every_model_has_a_schema(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error for each model without a schema, and for each relation that crosses schemas."""
    return [error for model in apps.get_models(include_auto_created=True) for error in _errors(model)]


def _errors(model: type[Model]) -> Iterator[CheckMessage]:
    try:
        schema = schema_of(model)
    except SchemaUndeclared as error:
        yield Error(str(error), obj=model, id="schemas.E001")
        return
    for field in model._meta.get_fields():
        if not isinstance(field, Field):
            continue
        if isinstance(field, SoftReferenceField):
            yield from _soft_reference_errors(field, schema)
        elif isinstance(field.related_model, type) and schema_of(field.related_model) != schema:
            yield Error(
                f"refers from schema {schema!r} to {field.related_model._meta.label} in another schema",
                hint="Foreign keys cannot cross databases; use SoftReferenceField.",
                obj=field,
                id="schemas.E002",
            )


def _soft_reference_errors(field: SoftReferenceField, schema: str) -> Iterator[CheckMessage]:
    try:
        target = apps.get_model(field.to)
    except (LookupError, ValueError):
        yield Error(f"soft reference to {field.to!r}, which is not a model", obj=field, id="schemas.E003")
        return
    if schema_of(target) == schema:
        yield Error(f"{field.to} is in the same schema", hint="Use ForeignKey.", obj=field, id="schemas.E004")
