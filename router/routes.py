"""Envoy's route configuration: which header value leads to which cluster, and what the Lua filter must know."""

from __future__ import annotations

import hashlib
import json

from router import clusters
from router.clusters import EXTENSIONS, Json
from router.limits import Limits
from router.secrets import Secrets
from topology import Router, Topology

NAME = "pods"
LUA_FILTER = "envoy.filters.http.lua"
TARGET = "x-gitlab-pod-target"
CACHE = "x-gitlab-router-cache"
ROUTE_TYPE = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"


def route_configuration(topology: Topology, router: Router, secrets: Secrets, limits: Limits) -> Json:
    """The routes of one router. Envoy takes a new version of them while it runs, the cache survives."""
    route = _route(topology, limits)
    routes = [{**route, "response_headers_to_remove": ["x-gitlab-pod"]}]
    if secrets.debug:
        routes.insert(0, _debugged(route, secrets.debug))
    return {
        "name": NAME,
        "virtual_hosts": [
            {
                "name": NAME,
                "domains": ["*"],
                "routes": routes,
                "virtual_clusters": _outcomes(),
                "request_headers_to_add": _added(secrets),
                "response_headers_to_remove": ["date", "server"],
                "typed_per_filter_config": {LUA_FILTER: _lua_context(topology, secrets)},
            }
        ],
    }


def _route(topology: Topology, limits: Limits) -> Json:
    return {
        "match": {"prefix": "/"},
        "route": {
            # Uploads and streams take what they take; silence is bounded by the idle timeout.
            "timeout": "0s",
            "idle_timeout": f"{limits.idle_seconds}s",
            "retry_policy": _retries(),
            "inline_cluster_specifier_plugin": {"extension": _matcher(topology)},
            "upgrade_configs": [{"upgrade_type": "websocket"}],
        },
        "request_body_buffer_limit": limits.buffer_bytes,
    }


def _retries() -> Json:
    return {
        # Only what no pod can have begun to process: no connection, nothing sent, or a pod's own word that the
        # request is not its business. The upstream filter leaves the header only where it may be followed.
        "retry_on": "connect-failure,refused-stream,reset-before-request,retriable-headers",
        "retriable_headers": [{"name": "x-gitlab-pod-redirect", "present_match": True}],
        "num_retries": 2,
        "refresh_cluster_on_retry": True,
        "retry_host_predicate": [clusters.OTHER_HOSTS],
        "host_selection_retry_max_attempts": 3,
        "retry_back_off": {"base_interval": "0.001s", "max_interval": "0.05s"},
    }


def _matcher(topology: Topology) -> Json:
    def to(cluster: str) -> Json:
        action = f"{EXTENSIONS}.router.cluster_specifiers.matcher.v3.ClusterAction"
        return {"action": {"name": cluster, "typed_config": {"@type": action, "cluster": cluster}}}

    targets = dict(topology.pod_names.items())
    targets |= {name: name for name in (clusters.ANY, *clusters.preferences(topology).values())}
    return {
        "name": "envoy.router.cluster_specifier_plugin.matcher",
        "typed_config": {
            "@type": f"{EXTENSIONS}.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier",
            "cluster_matcher": {
                "matcher_tree": {
                    "input": {
                        "name": "target",
                        "typed_config": {
                            "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
                            "header_name": TARGET,
                        },
                    },
                    "exact_match_map": {"map": {target: to(cluster) for target, cluster in sorted(targets.items())}},
                },
                # No such cluster: a name that the topology does not list is answered 503.
                "on_no_match": to("nowhere"),
            },
        },
    }


def _debugged(route: Json, token: str) -> Json:
    """The route for those who carry the token: it tells who served, and how the router knew."""
    shown = {
        "x-gitlab-pod": "%UPSTREAM_METADATA(envoy.lb:pod)%",
        "x-gitlab-router-cache": f"%REQ({CACHE})%",
        "x-gitlab-router-hops": "%REQ(x-gitlab-router-hops)%",
        "x-gitlab-router-learned": "%REQ(x-gitlab-router-learned)%",
    }
    match = {"prefix": "/", "headers": [{"name": "x-gitlab-debug-token", "string_match": {"exact": token}}]}
    added = [_header(name, value, "OVERWRITE_IF_EXISTS_OR_ADD") for name, value in shown.items()]
    return {**route, "match": match, "response_headers_to_add": added}


def _added(secrets: Secrets) -> list[Json]:
    """What pods are told. The raw path is the client's own bytes; pods believe it for the secret beside it."""
    told = {
        "x-gitlab-raw-path": "%PATH(NQ:PATH)%",
        "x-gitlab-router-secret": secrets.router.replace("%", "%%"),
        "x-request-start": "t=%START_TIME(%s.%3f)%",
    }
    unless_known = {CACHE: "hit", "x-gitlab-router-hops": "1", "x-gitlab-router-learned": "0"}
    return [_header(name, value, "OVERWRITE_IF_EXISTS_OR_ADD") for name, value in told.items()] + [
        _header(name, value, "ADD_IF_ABSENT") for name, value in unless_known.items()
    ]


def _header(name: str, value: str, action: str) -> Json:
    return {"header": {"key": name, "value": value}, "append_action": action}


def _outcomes() -> list[Json]:
    """Envoy counts what matches these: cheaper than counting in Lua, and exact."""
    known = {outcome: {"name": CACHE, "string_match": {"exact": outcome}} for outcome in ("miss", "stale")}
    served = {"name": TARGET, "present_match": True}
    return [
        *({"name": outcome, "headers": [served, match]} for outcome, match in known.items()),
        {"name": "hit", "headers": [served]},
    ]


def _lua_context(topology: Topology, secrets: Secrets) -> Json:
    fields = {
        "pods": " ".join(f"{spelling}={pod}" for spelling, pod in sorted(topology.pod_names.items())),
        "preferred": " ".join(f"{pod}={cluster}" for pod, cluster in clusters.preferences(topology).items()),
        "any": clusters.ANY,
        "latest": topology.latest_pod,
        "learn_secret": secrets.learn,
    }
    version = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
    return {"@type": f"{EXTENSIONS}.filters.http.lua.v3.LuaPerRoute", "filter_context": {**fields, "version": version}}
