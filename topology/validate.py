"""Rules between the parts of a topology, each told with key, value and remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from topology.model import POD_LOCAL_SCHEMAS, SHARED_SCHEMAS, Placement, Topology


def contradictions(topology: Topology) -> list[str]:
    """One line for each thing that cannot be; empty when the topology is sound."""
    return [
        *_empty_regions(topology),
        *_names(topology),
        *_regions(topology),
        *_replicas(topology),
        *_placements(topology),
        *_addresses(topology),
    ]


def _unknown(key: str, value: str, what: str, known: Collection[str]) -> str:
    return f"{key}: there is no {what} {value!r}; use one of: {', '.join(known) or 'none is listed'}"


def _empty_regions(topology: Topology) -> Iterator[str]:
    if not topology.pods:
        yield "pods: the file lists no pods; add at least one [pods.<name>]"
    for region in topology.regions:
        if not any(pod.region == region for pod in topology.pods.values()):
            yield f"regions.{region}: the region has no pod; add a pod or remove the region"


def _names(topology: Topology) -> Iterator[str]:
    for key, value in (("legacy_pod", topology.legacy_pod), ("latest_pod", topology.latest_pod)):
        if value not in topology.pods:
            yield _unknown(key, value, "pod", topology.pods)
    spellings = Counter([*topology.pods, *(alias for pod in topology.pods.values() for alias in pod.aliases)])
    for name, times in spellings.items():
        if times > 1:
            yield f"pods: {name!r} names {times} pods; names and aliases must differ"


def _regions(topology: Topology) -> Iterator[str]:
    parts: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("pods", topology.pods),
        ("routers", topology.routers),
        ("servers", topology.servers),
    )
    for kind, members in parts:
        for name, member in members.items():
            region = getattr(member, "region", "")
            if region not in topology.regions:
                yield _unknown(f"{kind}.{name}.region", region, "region", topology.regions)
    routed = Counter(router.region for router in topology.routers.values())
    for region, times in routed.items():
        if times > 1:
            yield f"routers: {times} routers are in region {region!r}; a region has one router"


def _replicas(topology: Topology) -> Iterator[str]:
    for name, server in topology.servers.items():
        if server.replica_of is None:
            continue
        primary = topology.servers.get(server.replica_of)
        key = f"servers.{name}.replica_of"
        if primary is None or server.replica_of == name:
            others = [other for other in topology.servers if other != name]
            yield _unknown(key, server.replica_of, "other server", others)
        elif primary.replica_of is not None:
            yield f"{key}: {server.replica_of!r} is a replica itself; name its primary {primary.replica_of!r}"
        elif primary.embedded != server.embedded:
            yield f"{key}: {name!r} and {server.replica_of!r} must both be embedded or both have a host"


def _placements(topology: Topology) -> Iterator[str]:
    groups: list[tuple[str, Mapping[str, Placement], tuple[str, ...]]] = [("", topology.schemas, SHARED_SCHEMAS)]
    groups += [(f"pods.{pod.name}.", pod.schemas, POD_LOCAL_SCHEMAS) for pod in topology.pods.values()]
    taken: dict[tuple[str, str], str] = {}
    for prefix, placements, wanted in groups:
        for schema in wanted:
            if schema not in placements:
                yield f"{prefix}schemas.{schema}: missing; name the server that holds it"
        for schema, placement in placements.items():
            key = f"{prefix}schemas.{schema}"
            if schema not in wanted:
                yield _unknown(key, schema, "schema", wanted)
            server = topology.servers.get(placement.server)
            if server is None:
                yield _unknown(key, placement.server, "database server", topology.servers)
            elif server.replica_of is not None:
                yield f"{key}: {placement.server!r} is a replica; name its primary {server.replica_of!r}"
            other = taken.setdefault((placement.server, placement.database), key)
            if other != key:
                yield f"{key}: database {placement.database!r} on {placement.server!r} is already that of {other}"


def _addresses(topology: Topology) -> Iterator[str]:
    listeners = {f"pods.{pod.name}.address": pod.address for pod in topology.pods.values()}
    for router in topology.routers.values():
        listeners[f"routers.{router.name}.address"] = router.address
        listeners[f"routers.{router.name}.statistics"] = router.statistics
    seen: dict[object, str] = {}
    for key, address in listeners.items():
        other = seen.setdefault(address, key)
        if other != key:
            yield f"{key}: {address} is already the address of {other}; give each its own"
