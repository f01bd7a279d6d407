"""The tables that move: every model of `main` and `ci` that declares itself organization-owned."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from psycopg import sql

from moves.databases import Session
from schemas.tenancy import tenant_models
from topology import POD_LOCAL_SCHEMAS

# In which they are fenced and activated: `main`, which admits requests, is the last that opens and the last that shuts.
SCHEMAS = tuple(reversed(POD_LOCAL_SCHEMAS))
MARKERS = "move_marker"


@dataclass(frozen=True)
class Table:
    """A table by its schema and name, with its primary key."""

    schema: str
    name: str
    key: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@cache
def tables_of(schema: str) -> tuple[Table, ...]:
    """Return the tables of a schema, sorted by name: no foreign key is checked while they are copied."""
    models = sorted(tenant_models(schema), key=lambda model: model._meta.db_table)
    return tuple(Table(schema, model._meta.db_table, str(model._meta.pk.column)) for model in models)


def all_tables() -> tuple[Table, ...]:
    """Return the tables of both schemas."""
    return tuple(table for schema in SCHEMAS for table in tables_of(schema))


def columns_of(session: Session, table: Table) -> list[str]:
    """Return a table's columns by name, without the generated ones."""
    return [
        name
        for (name,) in session.run(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
            "AND attgenerated = '' ORDER BY attname",
            (table.name,),
        )
    ]


def key_type(session: Session, table: Table) -> sql.SQL:
    """Return the SQL type of a table's key, for casts."""
    ((name,),) = session.run(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s",
        (table.name, table.key),
    )
    return sql.SQL(name)


def fingerprint(session: Session, schema: str) -> str:
    """Return a digest of what the columns of a schema's tables are. It differs after a migration of one of them."""
    names = [table.name for table in tables_of(schema)]
    rows = session.run(
        "SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated::text "
        "FROM pg_attribute JOIN unnest(%s::text[]) AS named ON attrelid = to_regclass(named) "
        "WHERE attnum > 0 AND NOT attisdropped ORDER BY 1, 2",
        (names,),
    )
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def size_of(session: Session, table: Table, organization: int) -> int:
    """Return about how many bytes an organization has in a table and its indexes, as PostgreSQL's planner sees it."""
    ((plan,),) = session.run(
        sql.SQL("EXPLAIN (FORMAT JSON) SELECT FROM {} WHERE organization_id = {}").format(
            sql.Identifier(table.name), sql.Literal(organization)
        )
    )
    ((size, rows),) = session.run(
        "SELECT pg_total_relation_size(oid), greatest(reltuples, 1)::float8 FROM pg_class WHERE oid = %s::regclass",
        (table.name,),
    )
    return int(size * min(1.0, plan[0]["Plan"]["Plan Rows"] / rows))


def without_identity(session: Session, schema: str) -> list[str]:
    """Return the tables whose replica identity does not hold the organization: a publication of them would break
    UPDATE for everybody.
    """
    names = [table.name for table in tables_of(schema)]
    rows = session.run(
        "SELECT named FROM unnest(%s::text[]) AS named WHERE NOT EXISTS (SELECT 1 FROM pg_index "
        "JOIN pg_class ON pg_class.oid = indrelid "
        "JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey) AND attname = 'organization_id' "
        "WHERE indrelid = to_regclass(named) AND indisreplident AND relreplident = 'i')",
        (names,),
    )
    return [name for (name,) in rows]
