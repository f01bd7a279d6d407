"""A router's Envoy configuration, made from the topology."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router import clusters, listeners, routes
from router.clusters import EXTENSIONS, Json
from router.limits import Limits
from router.secrets import Secrets
from topology import Router, Topology
from topology.places import Places

CLUSTER_TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster"


@dataclass(frozen=True)
class Files:
    """The files of one router. Envoy reads `bootstrap` once, and the others whenever they are replaced."""

    bootstrap: Path
    clusters: Path
    routes: Path
    access_log: Path


def files_of(router: Router, places: Places) -> Files:
    """Where a router's files are; nothing is created by asking."""
    folder = places.data / "routers" / router.name
    return Files(
        bootstrap=folder / "bootstrap.json",
        clusters=folder / "clusters.json",
        routes=folder / "routes.json",
        access_log=places.logs / f"router-{router.name}-access.log",
    )


def render(
    topology: Topology,
    router: Router,
    places: Places,
    secrets: Secrets,
    *,
    limits: Limits | None = None,
    files: Files | None = None,
) -> Json:
    """Envoy's bootstrap as JSON. With `files` it refers to them; without, everything is in it, and the access
    log goes to the standard output.
    """
    limits = limits or Limits()
    admin = str(places.envoy_admin(router.name))
    if files is None:
        where: Json = {"route_config": routes.route_configuration(topology, router, secrets, limits)}
        static, dynamic = clusters.of_pods(topology, router, limits), {}
    else:
        where = {"rds": {"route_config_name": routes.NAME, "config_source": _watched(files.routes)}}
        static, dynamic = [], {"cds_config": _watched(files.clusters)}
    access_log = str(files.access_log) if files else "/dev/stdout"
    return {
        "node": {"id": f"router-{router.name}", "cluster": topology.instance},
        "admin": {"address": {"pipe": {"path": admin, "mode": 0o600}}},
        "bootstrap_extensions": [INTERNAL_LISTENER],
        "overload_manager": _overload(limits),
        "static_resources": {
            "listeners": [
                listeners.for_people(router, where, access_log, limits),
                listeners.for_statistics(router),
                listeners.for_pauses(),
            ],
            "clusters": [*clusters.of_process(admin, limits), *static],
        },
        **({"dynamic_resources": dynamic} if dynamic else {}),
    }


def write(
    topology: Topology, router: Router, places: Places, secrets: Secrets, *, limits: Limits | None = None
) -> Files:
    """Write a router's files, readable by their owner only, each replaced in one step.

    A running Envoy takes new clusters and routes within moments and keeps its cache. Returns where they are.
    """
    limits = limits or Limits()
    files = files_of(router, places)
    files.bootstrap.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.access_log.parent.mkdir(parents=True, exist_ok=True)
    write_clusters(files, clusters.of_pods(topology, router, limits))
    write_routes(files, routes.route_configuration(topology, router, secrets, limits))
    replace(files.bootstrap, render(topology, router, places, secrets, limits=limits, files=files))
    return files


def write_clusters(files: Files, resources: list[Json]) -> str:
    """Replace the clusters; returns the version by which Envoy tells that it took them."""
    return _write_resources(files.clusters, [{"@type": CLUSTER_TYPE, **each} for each in resources])


def write_routes(files: Files, configuration: Json) -> str:
    """Replace the routes; returns the version by which Envoy tells that it took them."""
    return _write_resources(files.routes, [{"@type": routes.ROUTE_TYPE, **configuration}])


def _write_resources(path: Path, resources: list[Json]) -> str:
    version = hashlib.sha256(json.dumps(resources, sort_keys=True).encode()).hexdigest()[:16]
    replace(path, {"version_info": version, "resources": resources})
    return version


def replace(path: Path, document: Json) -> None:
    """Write a document beside its place, then move it there: readers see the old or the new one, whole."""
    making = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
    making.replace(path)


def _watched(path: Path) -> dict[str, Any]:
    return {"path_config_source": {"path": str(path)}, "resource_api_version": "V3"}


def _overload(limits: Limits) -> Json:
    monitor = "envoy.resource_monitors.global_downstream_max_connections"
    typed = f"{EXTENSIONS}.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    config = {"@type": typed, "max_active_downstream_connections": limits.connections}
    return {"resource_monitors": [{"name": monitor, "typed_config": config}]}


INTERNAL_LISTENER: Json = {
    "name": "envoy.bootstrap.internal_listener",
    "typed_config": {"@type": f"{EXTENSIONS}.bootstrap.internal_listener.v3.InternalListener"},
}
