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
    'Leave it to a later release, or say `contracts_since = "…"` on the Migration: the first release that does '
    "without. `manage.py cluster migrate` then waits until no pod of an older one runs."
)
SAY_WHY = (
    'If the release before stands it, say why on the Migration: `expands = "…"`. Else say `contracts_since = "…"`: '
    "the first release that does without what it takes away."
)
SAY_JUDGED = (
    "Read it. If the release before stands it, name it in JUDGED_MIGRATIONS; else copy the app's migrations "
    "(MIGRATION_MODULES) and say `contracts_since` on that one."
)


@register()
def shared_schemas_expand_then_contract(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error for each migration of a shared schema that the release before may not stand, and does not say so."""
    loader = MigrationLoader(None)
    return [
        error
        for schema in SHARED_SCHEMAS
        for key, migration in migrations_of(schema).items()
        for error in errors_of(key, migration, loader)
    ]


def errors_of(key: Key, migration: Migration, loader: MigrationLoader) -> Iterator[Error]:
    """What is wrong with one migration."""
    app, name = key
    label = f"{app}.{name}"
    if not isinstance(apps.get_app_config(app), SchemaAppConfig):
        if name > settings.JUDGED_MIGRATIONS.get(app, ""):
            yield Error("nobody has judged this migration of a shared schema", SAY_JUDGED, label, "operations.E001")
        return
    expands, since = getattr(migration, "expands", ""), getattr(migration, "contracts_since", "")
    if expands and since:
        yield Error("it expands and contracts", "Make two migrations of it.", label, "operations.E002")
        return
    if since:
        if app == "operations":
            yield Error("it is applied before anybody is asked", "Expand only.", label, "operations.E004")
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
                f"it contracts since {since}, and this is {settings.RELEASE}, which could not stand it",
                "Release it with that one.",
                label,
                "operations.E005",
            )
    except ReleaseInvalid as error:
        yield Error(str(error), None, label, "operations.E006")
