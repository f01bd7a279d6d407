"""The database router: which alias a query uses.

Writes to shared schemas go to the primary, reads to the replica of the pod's
own region unless this request is pinned or has to see more than the replica
shows (invariant 8).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Model
from multidb import PinningReplicaRouter

from schemas.placement import schema_of, schemas_of_app
from schemas.positions import reading_alias
from topology.databases import REPLICA_SUFFIX, schema_of_alias


class SchemaRouter(PinningReplicaRouter):  # type: ignore[misc]
    """Places every query by the schema of its model."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        """Where a read of the schema goes now, see `positions.reading_alias`."""
        schema = schema_of(model)
        return schema if settings.POD is None else reading_alias(schema)

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        """The schema's primary."""
        return schema_of(model)

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool:
        """Only within one schema."""
        # Not `type`: the user of a request is a lazy object.
        return not set(_schemas_of(obj1)).isdisjoint(_schemas_of(obj2))

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Each schema has its own migrations, run on its primary only."""
        return not db.endswith(REPLICA_SUFFIX) and schema_of_alias(db) in schemas_of_app(app_label)


def _schemas_of(row: Model) -> tuple[str, ...]:
    return schemas_of_app(row._meta.app_label)
