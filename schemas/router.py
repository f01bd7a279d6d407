"""The database router: which alias a query uses.

Writes to shared schemas go to the primary, reads to the replica of the pod's
own region unless this request is pinned (invariant 8).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Model
from multidb import PinningReplicaRouter
from multidb.pinning import this_thread_is_pinned

from schemas.placement import schema_of, schema_of_app
from topology.databases import REPLICA_SUFFIX, schema_of_alias


class SchemaRouter(PinningReplicaRouter):  # type: ignore[misc]
    """Places every query by the schema of its model."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        """The schema's replica in this region; its primary when there is none or the request is pinned."""
        schema = schema_of(model)
        replica = schema + REPLICA_SUFFIX
        return schema if replica not in settings.DATABASES or this_thread_is_pinned() else replica

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        """The schema's primary."""
        return schema_of(model)

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool:
        """Only within one schema."""
        return schema_of(type(obj1)) == schema_of(type(obj2))

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Each schema has its own migrations, run on its primary only."""
        return not db.endswith(REPLICA_SUFFIX) and schema_of_alias(db) == schema_of_app(app_label)
