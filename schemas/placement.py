"""Which schema an app, and so a model, lives in: one app, one schema.

Only what each pod has to know of an organization beside all rows of it, in `main` and in `ci`, is in both.
"""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections, router
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model


class SchemaAppConfig(AppConfig):
    """The AppConfig of an app with models: says in which schema they live."""

    schema: str
    also_in: tuple[str, ...] = ()
    """Further schemas that have the same tables. Queries that name no alias go to `schema`."""
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


def schemas_of_app(app_label: str) -> tuple[str, ...]:
    """All schemas that have the tables of an app; raises `SchemaUndeclared`."""
    return (schema_of_app(app_label), *getattr(apps.get_app_config(app_label), "also_in", ()))


def schema_of(model: type[Model]) -> str:
    """The schema of a model; raises `SchemaUndeclared`."""
    return schema_of_app(model._meta.app_label)


def is_migrated(app_label: str, alias: str) -> bool:
    """Whether a database has the app's tables, all migrations applied; for what runs after `migrate`."""
    if not router.allow_migrate(alias, app_label):
        return False
    loader = MigrationLoader(connections[alias])
    return all(leaf in loader.applied_migrations for leaf in loader.graph.leaf_nodes(app_label))
