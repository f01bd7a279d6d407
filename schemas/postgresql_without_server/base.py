"""The engine; Django wants it in a module of this name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.features import DatabaseFeatures as PostgresqlFeatures
from django.db.backends.postgresql.introspection import DatabaseIntrospection as PostgresqlIntrospection
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresqlOperations
from psycopg.sql import quote


class DatabaseFeatures(PostgresqlFeatures):
    """`sqlmigrate` opens a transaction where one could be rolled back; here none is begun."""

    can_rollback_ddl = False


class DatabaseIntrospection(PostgresqlIntrospection):
    """An empty database: nothing is applied."""

    def table_names(self, cursor: Any = None, include_views: bool = False) -> list[str]:
        """None."""
        return []


class DatabaseOperations(PostgresqlOperations):
    """Quotes values without asking a connection how."""

    def compose_sql(self, sql: str, params: Sequence[Any]) -> str:
        """The SQL with its parameters in it."""
        return sql % tuple(quote(value) for value in params)


class DatabaseWrapper(base.DatabaseWrapper):
    """Never connects; a query raises `AttributeError`."""

    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations

    def cursor(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Nothing to ask with."""
        return nullcontext()
