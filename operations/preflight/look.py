"""What is missing on your own servers and in the environment, all of it at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg

from operations.hints import command
from operations.preflight.needs import (
    OLDEST_VERSION,
    ORIGIN_FUNCTIONS,
    STATISTICS,
    SUBSCRIPTIONS,
    address_of,
    needs_of,
    own_servers,
)
from operations.preflight.statements import create_database, quoted
from settings.environment import Environment
from topology import Server, Topology
from topology.words import in_words

CONNECT_SECONDS = 5
# Where to look at a server none of whose databases can be reached.
MAINTENANCE = "postgres"
# PostgreSQL's errors while connecting have no code; this is their English text.
_NO_DATABASE = r'database "([^"]*)" does not exist'
_NO_PRIVILEGE = r'permission denied for database "([^"]*)"'
_NO_ROLE = r'role "([^"]*)" does not exist'
_NOT_AUTHENTICATED = r'password authentication failed for user "([^"]*)"'
_NOT_GIVEN = "no password supplied"
_REFUSALS = {
    _NO_DATABASE: "the database {0} does not exist",
    _NO_PRIVILEGE: "the role may not connect to the database {0}",
    _NO_ROLE: "the role {0} does not exist",
    _NOT_AUTHENTICATED: "the role {0} does not exist, or has another password",
    _NOT_GIVEN: "a password is needed, and the topology names no password_env",
    r"no pg_hba.conf entry for [^\n]*": "pg_hba.conf lets nobody in from here: {error}",
}


@dataclass(frozen=True)
class Missing:
    """Something that is missing: where, what, and how it is mended."""

    where: str
    problem: str
    remedy: str = ""


def look(topology: Topology, environment: Environment, *, replicas: bool) -> list[Missing]:
    """Return everything that is missing. Servers are asked at the same time. Without `replicas`, only what the cluster
    cannot do without.
    """
    servers = [server for server in own_servers(topology) if replicas or not server.replica_of]
    with ThreadPoolExecutor(max(len(servers), 1)) as threads:
        found = list(threads.map(lambda server: list(_of_server(topology, server)), servers))
    return [*_of_environment(topology, environment), *(each for missing in found for each in missing)]


def lines_of(missing: list[Missing]) -> Iterator[str]:
    """Yield what is missing for people, place by place."""
    where = ""
    for each in missing:
        if each.where != where:
            where = each.where
            yield f"{where}:"
        yield f"  {each.problem}"
        if each.remedy:
            yield f"      {each.remedy}"


def _of_environment(topology: Topology, environment: Environment) -> Iterator[Missing]:
    where = "environment"
    if any(server.embedded for server in topology.servers.values()):
        # `cluster up` makes the secrets.
        return
    for variable in environment.missing_secrets(routers=bool(topology.routers)):
        yield Missing(where, f"{variable} is not set", f'export {variable}="$(openssl rand -hex 32)"')


def _of_server(topology: Topology, server: Server) -> Iterator[Missing]:
    where = f"server {server.name} ({address_of(server)})"
    for variable in (server.password_env, server.move_password_env):
        if variable and variable not in os.environ:
            yield Missing(
                where, f"the password is not in the environment: {variable} is not set", f"export {variable}=…"
            )
    for problem, remedy in _asked(topology, server):
        yield Missing(where, problem, remedy)


def _asked(topology: Topology, server: Server) -> Iterator[tuple[str, str]]:
    needs = needs_of(topology, server)
    reached = False
    for database in needs.databases:
        try:
            with _connect(server, database) as connection:
                if not reached:
                    yield from _of_the_whole_server(connection, server)
                reached = True
                yield from _of_database(connection, server, database)
                if server.move_user and database in needs.moved:
                    yield from _of_moved_database(connection, server, database)
        except psycopg.OperationalError as error:
            if _NOT_GIVEN in str(error) and server.password_env:
                # That is told already, and the server answers.
                return
            yield _refusal(error, server, database)
            if not re.search(f"{_NO_DATABASE}|{_NO_PRIVILEGE}", str(error)):
                # The others would say the same.
                return
    if not reached:
        try:
            with _connect(server, MAINTENANCE) as connection:
                yield from _of_the_whole_server(connection, server)
        except psycopg.OperationalError:
            return


def _connect(server: Server, database: str) -> psycopg.Connection[Any]:
    options: dict[str, Any] = {"sslmode": server.sslmode}
    if server.sslrootcert:
        options["sslrootcert"] = server.sslrootcert
    return psycopg.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        password=os.environ.get(server.password_env or ""),
        dbname=database,
        connect_timeout=CONNECT_SECONDS,
        autocommit=True,
        application_name="preflight",
        **options,
    )


def _refusal(error: psycopg.OperationalError, server: Server, database: str) -> tuple[str, str]:
    """Return what a refused connection means, and what mends it."""
    script = command(f"cluster sql {server.replica_of or server.name}")
    remedies = {
        _NO_DATABASE: "" if server.replica_of else create_database(database, server.user),
        _NO_PRIVILEGE: f"GRANT CONNECT ON DATABASE {quoted(database)} TO {quoted(server.user)};",
        _NO_ROLE: f"make it, or set its password, with: {script} | psql …",
        _NOT_AUTHENTICATED: f"make it, or set its password, with: {script} | psql …",
    }
    for pattern, words in _REFUSALS.items():
        if found := re.search(pattern, str(error)):
            return words.format(*found.groups(), error=found[0]), remedies.get(pattern, "")
    return f"cannot be reached: {in_words(error)}", "start it, or correct host and port in the topology"


def _of_the_whole_server(connection: psycopg.Connection[Any], server: Server) -> Iterator[tuple[str, str]]:
    version = connection.info.server_version // 10_000
    if version < OLDEST_VERSION:
        yield f"it is PostgreSQL {version}; at least {OLDEST_VERSION} is needed", ""
    (is_replica,) = _row(connection, "SELECT pg_is_in_recovery()")
    if is_replica != (server.replica_of is not None):
        what = ("a replica", "a primary") if is_replica else ("a primary", f"a replica of {server.replica_of}")
        yield f"it is {what[0]}, and the topology makes it {what[1]}", ""
    if server.replica_of:
        return
    (may_read,) = _row(connection, f"SELECT pg_has_role(current_user, '{STATISTICS}', 'USAGE')")
    if not may_read:
        yield (
            f"the role {server.user} may not read statistics of replication",
            f"GRANT {STATISTICS} TO {quoted(server.user)};",
        )
    if server.move_user:
        yield from _of_moves(connection, server)


def _of_moves(connection: psycopg.Connection[Any], server: Server) -> Iterator[tuple[str, str]]:
    mover = server.move_user or ""
    (level,) = _row(connection, "SELECT current_setting('wal_level')")
    if level != "logical":
        yield (
            f"wal_level is {level}, so no organization can be moved",
            "ALTER SYSTEM SET wal_level = 'logical'; -- restart",
        )
    (there,) = _row(connection, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", mover)
    if not there:
        yield f"the role {mover} does not exist", f"make it with: {command(f'cluster sql {server.name}')} | psql …"
        return
    may = _row(
        connection,
        """
        SELECT pg_has_role(%s, %s, 'MEMBER'), pg_has_role(%s, %s, 'MEMBER'),
            has_parameter_privilege(%s, 'session_replication_role', 'SET')
        """,
        *(mover, server.user, mover, SUBSCRIPTIONS, mover),
    )
    grants = (
        f"GRANT {quoted(server.user)} TO {quoted(mover)};",
        f"GRANT {SUBSCRIPTIONS} TO {quoted(mover)};",
        f"GRANT SET ON PARAMETER session_replication_role TO {quoted(mover)};",
    )
    for granted, grant in zip(may, grants, strict=True):
        if not granted:
            yield f"the role {mover} lacks a privilege", grant


def _of_moved_database(connection: psycopg.Connection[Any], server: Server, database: str) -> Iterator[tuple[str, str]]:
    mover = server.move_user or ""
    (there,) = _row(connection, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", mover)
    if not there:
        return
    functions = list(ORIGIN_FUNCTIONS)
    query = "SELECT bool_and(has_function_privilege(%s, name, 'EXECUTE')) FROM unnest(%s::text[]) AS name"
    (may,) = _row(connection, query, mover, functions)
    if not may:
        yield (
            f"the role {mover} may not make replication origins in the database {database}",
            f"GRANT EXECUTE ON FUNCTION {', '.join(functions)} TO {quoted(mover)}; -- in {database}",
        )


def _of_database(connection: psycopg.Connection[Any], server: Server, database: str) -> Iterator[tuple[str, str]]:
    encoding, creates, uses = _row(
        connection,
        """
        SELECT pg_encoding_to_char(encoding), has_database_privilege(current_database(), 'CREATE'),
            has_schema_privilege('public', 'CREATE, USAGE')
        FROM pg_database WHERE datname = current_database()
        """,
    )
    if encoding != "UTF8":
        yield (
            f"the database {database} has the encoding {encoding}; UTF8 is needed",
            f"DROP DATABASE {quoted(database)}; {create_database(database, server.user)}",
        )
    if server.replica_of is None and not (creates and uses):
        yield (
            f"the role {server.user} may not make tables in the database {database}",
            f"ALTER DATABASE {quoted(database)} OWNER TO {quoted(server.user)};",
        )


def _row(connection: psycopg.Connection[Any], query: str, *values: object) -> Any:
    return connection.execute(query.encode(), values or None).fetchone()
