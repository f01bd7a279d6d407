"""SQL that makes what a server needs, for psql. It may be run again: what is there stays."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from operations.hints import command
from operations.preflight.needs import ORIGIN_FUNCTIONS, STATISTICS, SUBSCRIPTIONS, Needs, needs_of
from topology import Server, Topology

# Case folds as in Python and in the router, whatever the system's locale.
DATABASE_OPTIONS = "TEMPLATE template0 ENCODING 'UTF8'"
BUILTIN = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
OLDER = "LOCALE 'C'"
BUILTIN_SINCE = 170000


def script(topology: Topology, server: Server) -> Iterator[str]:
    """Yield the lines of a psql script for one of your own servers."""
    needs = needs_of(topology, server)
    yield f"-- Server {server.name}. Run this as a superuser, with the passwords in the environment:"
    this = command(f"cluster sql {server.name}")
    yield f"--   {this} | psql -h {server.host} -p {server.port} -U postgres -d postgres"
    if server.replica_of:
        yield f"-- It is a replica of {server.replica_of} and has everything from there."
        return
    yield r"\set ON_ERROR_STOP on"
    yield from _role(server.user, server.password_env, "LOGIN")
    yield f"GRANT {STATISTICS} TO {quoted(server.user)};"
    for database in needs.databases:
        yield from _database(database, server.user)
    if server.move_user:
        yield from _mover(needs, server.move_user)


def create_database(database: str, owner: str) -> str:
    """Return the statement that makes a database, on PostgreSQL 17 and later."""
    return f"CREATE DATABASE {quoted(database)} OWNER {quoted(owner)} {DATABASE_OPTIONS} {BUILTIN};"


def quoted(name: str) -> str:
    """Return an identifier as SQL writes it: in quotes only where it needs them."""
    return name if name.isidentifier() and name.isascii() and name.islower() else sql.Identifier(name).as_string(None)


def _role(role: str, password_env: str | None, options: str) -> Iterator[str]:
    literal = sql.Literal(role).as_string(None)
    create = sql.Literal(f"CREATE ROLE {quoted(role)}").as_string(None)
    yield f"SELECT {create} WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) \\gexec"  # noqa: S608  both are quoted
    yield f"ALTER ROLE {quoted(role)} {options};"
    if password_env:
        yield f"\\getenv password {password_env}"
        yield r"\if :{?password}"
        yield f"ALTER ROLE {quoted(role)} PASSWORD :'password';"
        yield r"\unset password"
        yield r"\else"
        yield f"DO $$ BEGIN RAISE 'set {password_env}: the password of {role} is taken from the environment'; END $$;"
        yield r"\endif"


def _database(database: str, owner: str) -> Iterator[str]:
    create = f"CREATE DATABASE {quoted(database)} OWNER {quoted(owner)} {DATABASE_OPTIONS} "
    literals = [sql.Literal(create + locale).as_string(None) for locale in (BUILTIN, OLDER)]
    newer = f"current_setting('server_version_num')::int >= {BUILTIN_SINCE}"
    there = f"SELECT FROM pg_database WHERE datname = {sql.Literal(database).as_string(None)}"
    yield f"SELECT CASE WHEN {newer}"
    yield f"    THEN {literals[0]}"
    yield f"    ELSE {literals[1]} END"
    yield f"    WHERE NOT EXISTS ({there}) \\gexec"
    yield f"ALTER DATABASE {quoted(database)} OWNER TO {quoted(owner)};"


def _mover(needs: Needs, mover: str) -> Iterator[str]:
    server = needs.server
    yield "-- For moves of organizations. They also need wal_level = logical (docs/configuration.md)."
    yield from _role(mover, server.move_password_env, "LOGIN REPLICATION")
    yield f"GRANT {quoted(server.user)}, {SUBSCRIPTIONS} TO {quoted(mover)};"
    yield f"GRANT SET ON PARAMETER session_replication_role TO {quoted(mover)};"
    # Of PostgreSQL 17 and later: what the server says for everybody would end streams in long transactions.
    yield f"SELECT 'ALTER ROLE {quoted(mover)} SET transaction_timeout = 0'"
    yield "    WHERE current_setting('server_version_num')::int >= 170000 \\gexec"
    for database in needs.moved:
        yield f"\\connect {database}"
        yield f"GRANT EXECUTE ON FUNCTION {', '.join(ORIGIN_FUNCTIONS)} TO {quoted(mover)};"
