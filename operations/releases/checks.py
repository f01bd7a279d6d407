"""Invariant 9: a migration of a shared schema expands, or says since which release it contracts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

from operations.releases.expanding import Doubt, objections
from operations.releases.migrating import Key, ReleaseInvalid, can_stand, migrations_of
from schemas.placement import SchemaAppConfig
from topology import SHARED_SCHEMAS

SAY_SINCE = (
    'Move it to a later release, or set `contracts_since = "…"` on the Migration to the first release that does '
    "not need it. `manage.py cluster migrate` then waits until no pod runs an older release."
)
SAY_WHY = (
    'If the previous release still works after it, say why on the Migration: `expands = "…"`. Otherwise set '
    '`contracts_since = "…"` '
    "to the first release that does not need what it removes."
)
SAY_JUDGED = (
    "Review it. If the previous release still works after it, list it in JUDGED_MIGRATIONS; otherwise copy the app's "
    "migrations "
    "(MIGRATION_MODULES) and set `contracts_since` on the copy."
)


@register()
def shared_schemas_expand_then_contract(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return an error for each migration of a shared schema that may break the previous release and does not declare
    it.
    """
    loader = MigrationLoader(None)
    return [
        error
        for schema in SHARED_SCHEMAS
        for key, migration in migrations_of(schema).items()
        for error in errors_of(key, migration, loader)
    ]


def errors_of(key: Key, migration: Migration, loader: MigrationLoader) -> Iterator[Error]:
    """Yield the errors of one migration."""
    app, name = key
    label = f"{app}.{name}"
    if not isinstance(apps.get_app_config(app), SchemaAppConfig):
        if name > settings.JUDGED_MIGRATIONS.get(app, ""):
            yield Error("this migration of a shared schema has not been reviewed", SAY_JUDGED, label, "operations.E001")
        return
    expands, since = getattr(migration, "expands", ""), getattr(migration, "contracts_since", "")
    if expands and since:
        yield Error(
            "the migration declares both `expands` and `contracts_since`",
            "Split it into two migrations.",
            label,
            "operations.E002",
        )
        return
    if since:
        if app == "operations":
            yield Error(
                "this app is migrated before pods are asked, so it cannot contract",
                "Only expand in this app.",
                label,
                "operations.E004",
            )
        yield from _errors_of_release(since, label)
        return
    if migration.initial:
        return
    state = loader.project_state(key, at_end=False)
    for each in objections(app, migration.operations, state):
        if each.doubt is Doubt.CONTRACTS or not expands:
            hint = SAY_SINCE if each.doubt is Doubt.CONTRACTS else SAY_WHY
            yield Error(f"{each.operation}: {each.doubt.value}; {each.why}", hint, label, "operations.E003")


def _errors_of_release(since: str, label: str) -> Iterator[Error]:
    try:
        if not can_stand(settings.RELEASE, since):
            yield Error(
                f"it contracts since {since}, but this is {settings.RELEASE}, which still needs what it removes",
                "Ship the migration in that release or later.",
                label,
                "operations.E005",
            )
    except ReleaseInvalid as error:
        yield Error(str(error), None, label, "operations.E006")
