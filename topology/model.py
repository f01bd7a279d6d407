"""The topology: regions, pods, routers and database servers of one cluster, validated and frozen.

Everything that knows "which pod", "which region" or "which server" asks a
`Topology`. Nothing here needs Django, a network or a running database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)

from topology.exceptions import PodUnknown, RegionUnknown, SchemaUnknown, ServerUnknown

SHARED_SCHEMAS = ("users", "routes", "admin")
POD_LOCAL_SCHEMAS = ("main", "ci")
SCHEMAS = SHARED_SCHEMAS + POD_LOCAL_SCHEMAS

# Pod names stand in headers, URLs and database names, hence the narrow alphabet.
PodName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
# Regions, routers and servers name files, sockets and folders.
PartName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
DatabaseName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
SslMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]


class Address(NamedTuple):
    """Where something listens: a host name or IP address, and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _parse_address(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\[?(?P<host>[A-Za-z0-9._:-]+?)\]?:(?P<port>\d{1,5})", value)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise ValueError("is not an address; write host:port, for example 127.0.0.1:8100")
    return Address(match["host"], int(match["port"]))


def _freeze(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


HostPort = Annotated[Address, BeforeValidator(_parse_address)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class _Named(_Part):
    name: PartName


class Region(_Named):
    """A place where pods, a router and replicas sit near each other."""


class Placement(_Part):
    """Where one schema's primary is: a server, and the name of the database on it."""

    server: str
    database: DatabaseName


class Pod(_Named):
    """A web tier with `main` and `ci` databases of its own, in one region."""

    name: PodName
    region: str
    address: HostPort
    aliases: tuple[PodName, ...] = ()
    schemas: Annotated[Mapping[str, Placement], AfterValidator(_freeze)]
    draining: StrictBool = Field(
        default=False, description="serves what it owns, but is not asked to learn and gets no new organizations"
    )


class Router(_Named):
    """The region's HTTP proxy: where people connect, and where its statistics are read."""

    region: str
    address: HostPort
    statistics: HostPort
    trusted_hops: Annotated[int, Field(ge=0, le=10)] = Field(
        default=0, description="proxies of the operator's own before it, whose X-Forwarded-For is believed"
    )


class Server(_Named):
    """One PostgreSQL server: embedded (run by the cluster commands) or, with `host`, the operator's own."""

    region: str
    replica_of: str | None = None
    host: str | None = None
    port: Annotated[int, Field(gt=0, lt=65536)] = 5432
    user: str = "pods"
    password_env: str | None = None
    move_user: str | None = None
    move_password_env: str | None = None
    sslmode: SslMode = "prefer"
    sslrootcert: str | None = None

    @property
    def embedded(self) -> bool:
        """Whether `manage.py cluster up` runs this server."""
        return self.host is None


class Topology(_Part):
    """A whole cluster. Look-ups raise errors that list the names that exist."""

    name: Name
    legacy_pod: str
    latest_pod: str
    regions: Annotated[Mapping[str, Region], AfterValidator(_freeze)]
    pods: Annotated[Mapping[str, Pod], AfterValidator(_freeze)]
    routers: Annotated[Mapping[str, Router], AfterValidator(_freeze)] = Field(default_factory=dict)
    servers: Annotated[Mapping[str, Server], AfterValidator(_freeze)]
    schemas: Annotated[Mapping[str, Placement], AfterValidator(_freeze)]
    port_offset: int = 0

    @property
    def instance(self) -> str:
        """The cluster's name, told apart from the same cluster on shifted ports: names its folder and cookies."""
        return f"{self.name}-{self.port_offset}" if self.port_offset else self.name

    @cached_property
    def pod_names(self) -> Mapping[str, str]:
        """Every accepted spelling of a pod, name or alias, with the pod's name."""
        names = {alias: pod.name for pod in self.pods.values() for alias in pod.aliases}
        return MappingProxyType(names | {name: name for name in self.pods})

    def pod(self, name: str) -> Pod:
        """The pod of this name or alias; raises `PodUnknown`."""
        try:
            return self.pods[self.pod_names[name]]
        except KeyError:
            raise PodUnknown(name, self.pod_names) from None

    def region(self, name: str) -> Region:
        """The region of this name; raises `RegionUnknown`."""
        try:
            return self.regions[name]
        except KeyError:
            raise RegionUnknown(name, self.regions) from None

    def server(self, name: str) -> Server:
        """The database server of this name; raises `ServerUnknown`."""
        try:
            return self.servers[name]
        except KeyError:
            raise ServerUnknown(name, self.servers) from None

    def pods_of(self, region: str) -> tuple[Pod, ...]:
        """The region's pods in the order of the file; raises `RegionUnknown`."""
        self.region(region)
        return tuple(pod for pod in self.pods.values() if pod.region == region)

    def first_pod_of(self, region: str) -> Pod:
        """The pod that a region's sign-in pages prefer (the seed's `fixed` route of `/users/sign_in`)."""
        return self.pods_of(region)[0]

    def placement(self, schema: str, pod: Pod) -> Placement:
        """Where the primary of a schema is, as one pod sees it; raises `SchemaUnknown`."""
        placements = self.schemas if schema in SHARED_SCHEMAS else pod.schemas
        try:
            return placements[schema]
        except KeyError:
            raise SchemaUnknown(schema, SCHEMAS) from None

    def replicas(self, server: str, region: str) -> tuple[Server, ...]:
        """The replicas of a server that sit in one region, possibly none."""
        return tuple(each for each in self.servers.values() if each.replica_of == server and each.region == region)
