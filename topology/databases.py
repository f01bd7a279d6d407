"""Django's `DATABASES` for one pod, made from the topology.

The seed's "Example database configuration": every pod has its own `main` and
`ci`, shared schemas have one primary for the cluster, and reads of them come
from replicas of the pod's own region.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from topology.exceptions import TopologyInvalid
from topology.model import SCHEMAS, Placement, Pod, Server, Topology
from topology.places import SOCKET_PORT, Places

REPLICA_SUFFIX = "_replica"
# Who moves organizations on embedded servers.
MOVER = "mover"
# Django's, with deadlines of ours (schemas/postgresql).
ENGINE = "schemas.postgresql"

CONNECT_TIMEOUT_SECONDS = 2
# Within this time connections are spread again over all replicas, after one was added.
REPLICA_CONNECTION_SECONDS = 60


def databases_of(topology: Topology, pod: Pod, places: Places) -> dict[str, dict[str, Any]]:
    """Alias to settings: the pod's own `main` and `ci`, the shared schemas, and a `<schema>_replica`
    for each schema with a replica in the pod's region.

    `default` is empty, so that a query which no rule places fails loudly.
    Raises `TopologyInvalid` when a server's password is not in the environment.
    """
    databases: dict[str, dict[str, Any]] = {"default": {}}
    for schema in SCHEMAS:
        placement = topology.placement(schema, pod)
        primary = topology.server(placement.server)
        databases[schema] = connection(placement, (primary,), places)
        replicas = topology.replicas(primary.name, pod.region)
        if replicas:
            databases[schema + REPLICA_SUFFIX] = _reading(schema, placement, (*replicas, primary), places)
    if missing := missing_passwords(topology, databases):
        raise TopologyInvalid("\n".join(missing))
    return databases


def missing_passwords(topology: Topology, databases: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a line for each password of these databases that is not in the environment."""
    used = {(host, str(port)) for each in databases.values() if each for host, port in _addresses(each)}
    return [
        _unset(server, "password_env", server.password_env)
        for server in topology.servers.values()
        if server.password_env and server.password_env not in os.environ and (server.host, str(server.port)) in used
    ]


def databases_across_pods(topology: Topology, places: Places) -> dict[str, dict[str, Any]]:
    """Alias to settings for tools that work across pods: the shared primaries, and every pod's
    `main_<pod>` and `ci_<pod>`. There is no plain `main` or `ci`, which would be some pod's by accident.
    """
    databases: dict[str, dict[str, Any]] = {"default": {}}
    for schema, placement in topology.schemas.items():
        databases[schema] = connection(placement, (topology.server(placement.server),), places)
    for pod in topology.pods.values():
        for schema, placement in pod.schemas.items():
            databases[f"{schema}_{pod.name}"] = connection(placement, (topology.server(placement.server),), places)
    return databases


def schema_of_alias(alias: str) -> str:
    """The schema that an alias of any of the above reads or writes: `main_pod_us0` and `main` are `main`."""
    return alias.split("_", 1)[0]


def connection(placement: Placement, servers: tuple[Server, ...], places: Places) -> dict[str, Any]:
    """Django's settings for one database that any of `servers` serves, tried in their order."""
    hosts = ",".join(server.host or str(places.server_socket(server)) for server in servers)
    ports = ",".join(str(SOCKET_PORT if server.embedded else server.port) for server in servers)
    first = servers[0]
    options: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    if not first.embedded:
        options |= {"sslmode": first.sslmode, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
        options |= {"tcp_user_timeout": 10_000}
        if first.sslrootcert:
            options["sslrootcert"] = first.sslrootcert
    return {
        "ENGINE": ENGINE,
        "NAME": placement.database,
        "HOST": hosts,
        "PORT": ports,
        "USER": first.user,
        # Those that are missing are told all at once.
        "PASSWORD": os.environ.get(first.password_env or "", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        "TEST": {"DEPENDENCIES": []},
    }


def mover_conninfo(placement: Placement, server: Server, places: Places) -> dict[str, str]:
    """How a move connects to one pod-local database, as libpq's keywords: for its own sessions, and for what a
    subscription on another server says.

    Raises `TopologyInvalid` when the topology does not say as whom, or the password is not in the environment.
    """
    if server.embedded:
        socket = str(places.server_socket(server))
        return {"host": socket, "port": str(SOCKET_PORT), "dbname": placement.database, "user": MOVER}
    if server.move_user is None:
        raise TopologyInvalid(
            f"servers.{server.name}.move_user: not set, so no organization can be moved from or to this server; "
            "name a role as docs/configuration.md describes it"
        )
    found = {"host": server.host or "", "port": str(server.port), "dbname": placement.database}
    found |= {"user": server.move_user, "sslmode": server.sslmode}
    if server.sslrootcert:
        found["sslrootcert"] = server.sslrootcert
    if password := _secret(server, "move_password_env", server.move_password_env):
        found["password"] = password
    return found


def _reading(schema: str, placement: Placement, servers: tuple[Server, ...], places: Places) -> dict[str, Any]:
    settings = connection(placement, servers, places)
    settings["CONN_MAX_AGE"] = REPLICA_CONNECTION_SECONDS
    # libpq takes the first replica that answers, and the primary when none does.
    settings["OPTIONS"] |= {"target_session_attrs": "prefer-standby"}
    settings["TEST"] = {"MIRROR": schema}
    return settings


def _secret(server: Server, field: str, variable: str | None) -> str:
    if variable is None:
        return ""
    try:
        return os.environ[variable]
    except KeyError:
        raise TopologyInvalid(_unset(server, field, variable)) from None


def _unset(server: Server, field: str, variable: str | None) -> str:
    return f"servers.{server.name}.{field}: {variable!r} is not set; put the password into this environment variable"


def _addresses(database: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return zip(database["HOST"].split(","), database["PORT"].split(","), strict=True)
