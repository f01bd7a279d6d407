"""Invariant 5: every app and model declares its schema, and no relation leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register
from django.db.models import Field, Model

from schemas.fields import SoftReferenceField
from schemas.placement import SchemaUndeclared, schema_of, schemas_of_app
from topology.model import SCHEMAS


@register()
def every_model_has_a_schema(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error for each model without a schema, and for each relation that crosses schemas."""
    return [error for model in apps.get_models(include_auto_created=True) for error in _errors(model)]


@register()
def every_app_has_a_schema(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error for each app that has tables or migrations and no schema, or one that does not exist."""
    return [error for config in apps.get_app_configs() for error in _errors_of_app(config)]


def _errors_of_app(config: AppConfig) -> Iterator[CheckMessage]:
    has_tables = any(config.get_models()) or find_spec(f"{config.name}.migrations") is not None
    try:
        schemas = schemas_of_app(config.label)
    except SchemaUndeclared as error:
        if has_tables:
            yield Error(str(error), obj=config.name, id="schemas.E005")
        return
    known = ", ".join(SCHEMAS)
    for schema in set(schemas) - set(SCHEMAS):
        yield Error(f"declares schema {schema!r}; the schemas are: {known}", obj=config.name, id="schemas.E006")


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
        elif isinstance(field.related_model, type) and schema not in _schemas_of(field.related_model):
            yield Error(
                f"refers from schema {schema!r} to {field.related_model._meta.label} in another schema",
                hint="Foreign keys cannot cross databases; use SoftReferenceField.",
                obj=field,
                id="schemas.E002",
            )


def _schemas_of(model: type[Model]) -> tuple[str, ...]:
    return schemas_of_app(model._meta.app_label)


def _soft_reference_errors(field: SoftReferenceField, schema: str) -> Iterator[CheckMessage]:
    try:
        target = apps.get_model(field.to)
    except (LookupError, ValueError):
        yield Error(f"soft reference to {field.to!r}, which is not a model", obj=field, id="schemas.E003")
        return
    if schema_of(target) == schema:
        yield Error(f"{field.to} is in the same schema", hint="Use ForeignKey.", obj=field, id="schemas.E004")
