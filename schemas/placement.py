"""Which schema an app, and so a model, lives in: one app, one schema."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models import Model


class SchemaAppConfig(AppConfig):
    """The AppConfig of an app with models: says in which schema they live."""

    schema: str
    default_auto_field = "django.db.models.BigAutoField"


class SchemaUndeclared(LookupError):
    """An app with models does not say in which schema they live."""


def schema_of_app(app_label: str) -> str:
    """The schema of an app; raises `SchemaUndeclared`."""
    config = apps.get_app_config(app_label)
    if isinstance(config, SchemaAppConfig):
        return config.schema
    try:
        return settings.SCHEMA_OF_THIRD_PARTY_APP[app_label]
    except KeyError:
        raise SchemaUndeclared(
            f"app {app_label!r} declares no schema: make its AppConfig a SchemaAppConfig with `schema`, "
            "or list it in SCHEMA_OF_THIRD_PARTY_APP"
        ) from None


def schema_of(model: type[Model]) -> str:
    """The schema of a model; raises `SchemaUndeclared`."""
    return schema_of_app(model._meta.app_label)
