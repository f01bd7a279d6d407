"""A router's Envoy configuration, made from the topology."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from router import clusters, page, routes, script
from router.clusters import Json
from router.limits import Limits
from router.secrets import Secrets
from router.template import OMITTED, part
from topology import Router, Topology
from topology.files import replace_file
from topology.places import Places

CLUSTER_TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
ROUTES_TYPE = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
UNREACHABLE = "The server of this page cannot be reached."
TOO_LATE = "The server of this page does not answer in time."


@dataclass(frozen=True)
class Files:
    """The files of one router. Envoy reads `bootstrap` once, `clusters` and `routes` whenever they are replaced."""

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
    """Envoy's bootstrap as JSON. With `files` it follows them; without, everything is in it, and the access
    log goes to the standard output.
    """
    limits = limits or Limits()
    values = {
        **asdict(limits),
        "router": router.name,
        "instance": topology.instance,
        "admin": str(places.envoy_admin(router.name)),
        "host": router.address.host,
        "port": router.address.port,
        "trusted_hops": router.trusted_hops,
        "statistics_host": router.statistics.host,
        "statistics_port": router.statistics.port,
        "unreachable": UNREACHABLE,
        "unreachable_page": page.in_envoys_format(UNREACHABLE),
        "too_late": TOO_LATE,
        "too_late_page": page.in_envoys_format(TOO_LATE),
        "page_policy": page.policy(),
        "downstream_lua": script.downstream(limits),
        "streamed_lua": script.streamed(limits),
        "access_log": str(files.access_log) if files else "/dev/stdout",
        "route_config": OMITTED,
        "rds": OMITTED,
        "dynamic": OMITTED,
    }
    values["clusters"] = part("process_clusters", values)
    if files:
        values["rds"] = {"route_config_name": routes.NAME, "config_source": _watched(files.routes)}
        values["dynamic"] = {"cds_config": _watched(files.clusters)}
    else:
        values["route_config"] = routes.route_configuration(topology, secrets, limits)
        values["clusters"] += clusters.of_pods(topology, router, limits)
    for name in ("strip_requests", "take_in", "people", "statistics", "pauses"):
        values[name] = part(name, values)
    bootstrap: Json = part("bootstrap", values)
    return bootstrap


def write(
    topology: Topology, router: Router, places: Places, secrets: Secrets, *, limits: Limits | None = None
) -> Files:
    """Write a router's files, readable by their owner only, each replaced in one step; returns where they are.

    A running Envoy takes new clusters and routes within moments and keeps its cache.
    """
    limits = limits or Limits()
    files = files_of(router, places)
    files.bootstrap.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.access_log.parent.mkdir(parents=True, exist_ok=True)
    write_resources(files.clusters, CLUSTER_TYPE, clusters.of_pods(topology, router, limits))
    write_resources(files.routes, ROUTES_TYPE, [routes.route_configuration(topology, secrets, limits)])
    _replace(files.bootstrap, render(topology, router, places, secrets, limits=limits, files=files))
    return files


def write_resources(path: Path, kind: str, resources: list[Json]) -> str:
    """Replace a file that Envoy follows; returns the version by which it tells that it took the new one."""
    version = hashlib.sha256(json.dumps(resources, sort_keys=True).encode()).hexdigest()[:16]
    _replace(path, {"version_info": version, "resources": [{"@type": kind, **each} for each in resources]})
    return version


def _replace(path: Path, document: Json) -> None:
    replace_file(path, json.dumps(document, indent=1).encode())


def _watched(path: Path) -> Json:
    return {"path_config_source": {"path": str(path)}, "resource_api_version": "V3"}
