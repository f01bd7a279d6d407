"""Envoy's listeners: the one for people, the one for statistics, and the one that only pauses."""

from __future__ import annotations

from typing import Any

from router import clusters, script
from router.clusters import EXTENSIONS, Json, lua
from router.limits import Limits
from router.routes import LUA_FILTER
from topology import Address, Router

MANAGER = f"{EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager"
# Never believed when a client sends them: the routers' and pods' own, and those that steer Envoy.
INTERNAL_PREFIXES = ("x-gitlab-pod", "x-gitlab-router", "x-envoy-")
INTERNAL = ("x-gitlab-raw-path", "x-gitlab-learn-secret", "x-request-start")
CHUNKED = "x-gitlab-router-chunked"
# Told by pods to routers, and to nobody else.
TOLD_BY_PODS = tuple(
    f"x-gitlab-pod-{name}" for name in ("cache", "redirect", "epoch", "conceal", "preference", "undelivered")
)
ACCESS = {
    "time": "%START_TIME%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(:PATH)%",
    "status": "%RESPONSE_CODE%",
    "pod": "%UPSTREAM_METADATA(envoy.lb:pod)%",
    "target": "%REQ(x-gitlab-pod-target)%",
    "cache": "%REQ(x-gitlab-router-cache)%",
    "hops": "%REQ(x-gitlab-router-hops)%",
    "learned": "%REQ(x-gitlab-router-learned)%",
    "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    "duration_ms": "%DURATION%",
    "received_bytes": "%BYTES_RECEIVED%",
    "sent_bytes": "%BYTES_SENT%",
    "flags": "%RESPONSE_FLAGS%",
    "request_id": "%REQ(x-request-id)%",
}


def for_people(router: Router, routes: Json, access_log: str, limits: Limits) -> Json:
    """Where clients connect. `routes` holds the route configuration, or says which file does."""
    manager = {
        "stat_prefix": "router",
        # Nothing that has a meaning is changed: odd paths are refused by the filter, or pass as they came.
        "normalize_path": False,
        "merge_slashes": False,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "use_remote_address": True,
        "server_header_transformation": "PASS_THROUGH",
        "early_header_mutation_extensions": [_strip_requests()],
        "request_headers_timeout": f"{limits.headers_seconds}s",
        "stream_idle_timeout": f"{limits.idle_seconds}s",
        "max_request_headers_kb": limits.headers_kib,
        "common_http_protocol_options": {
            "idle_timeout": f"{limits.connection_idle_seconds}s",
            "max_headers_count": limits.headers_count,
            # A WSGI server reads X_Gitlab_Raw_Path and X-Gitlab-Raw-Path as one.
            "headers_with_underscores_action": "DROP_HEADER",
        },
        "http2_protocol_options": {
            "max_concurrent_streams": limits.streams_per_connection,
            "initial_stream_window_size": limits.buffer_bytes,
            "initial_connection_window_size": 4 * limits.buffer_bytes,
        },
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_filters": [_strip_responses(), _lua(limits), ROUTER],
        "local_reply_config": _local_replies(),
        "access_log": [_access_log(access_log)],
        **routes,
    }
    return _listener("people", router.address, manager) | {"per_connection_buffer_limit_bytes": limits.buffer_bytes}


def for_statistics(router: Router) -> Json:
    """Reading the statistics, and nothing else of Envoy's admin interface."""
    pages = {"/-/metrics": "/stats/prometheus", "/-/statistics": "/stats", "/-/readiness": "/ready"}
    method = {"name": ":method", "string_match": {"exact": "GET"}}
    routes: list[Json] = [
        {
            "match": {"path": path, "headers": [method]},
            "route": {"cluster": clusters.ADMIN, "timeout": "5s", "regex_rewrite": _whole(page)},
        }
        for path, page in pages.items()
    ]
    routes.append({"match": {"prefix": "/"}, "direct_response": {"status": 404}})
    virtual_host = {"name": "statistics", "domains": ["*"], "routes": routes}
    manager = {
        "stat_prefix": "statistics",
        "request_headers_timeout": "5s",
        "stream_idle_timeout": "10s",
        "early_header_mutation_extensions": [_strip_requests()],
        "route_config": {"name": "statistics", "virtual_hosts": [virtual_host]},
        "http_filters": [ROUTER],
    }
    return _listener("statistics", router.statistics, manager)


def for_pauses() -> Json:
    """Lua cannot sleep: it calls this listener, which answers after as long as the caller says."""
    virtual_host = {
        "name": "pause",
        "domains": ["*"],
        "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 204}}],
    }
    fault = {
        "name": "envoy.filters.http.fault",
        "typed_config": {
            "@type": f"{EXTENSIONS}.filters.http.fault.v3.HTTPFault",
            "delay": {"header_delay": {}, "percentage": {"numerator": 100}},
        },
    }
    manager = {
        "stat_prefix": "pause",
        "route_config": {"name": "pause", "virtual_hosts": [virtual_host]},
        "http_filters": [fault, ROUTER],
    }
    return {"name": clusters.PAUSE_LISTENER, "internal_listener": {}, "filter_chains": [_chain(manager)]}


ROUTER: Json = {
    "name": "envoy.filters.http.router",
    "typed_config": {"@type": f"{EXTENSIONS}.filters.http.router.v3.Router", "suppress_envoy_headers": True},
}


def _listener(name: str, address: Address, manager: Json) -> Json:
    socket = {"address": address.host, "port_value": address.port}
    return {"name": name, "address": {"socket_address": socket}, "filter_chains": [_chain(manager)]}


def _chain(manager: Json) -> Json:
    typed: dict[str, Any] = {"@type": MANAGER, **manager}
    return {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": typed}]}


def _whole(page: str) -> Json:
    return {"pattern": {"regex": ".*"}, "substitution": page}


def _lua(limits: Limits) -> Json:
    filter_ = lua(LUA_FILTER, script.downstream(limits))
    filter_["typed_config"]["stat_prefix"] = "pods"
    return filter_


def _strip_requests() -> Json:
    removed: list[Json] = [{"remove": name} for name in INTERNAL]
    removed += [{"remove_on_match": {"key_matcher": {"prefix": prefix}}} for prefix in INTERNAL_PREFIXES]
    # Envoy drops this hop-by-hop header before the filters; the Lua must know that a body has no length.
    chunked = {"header": {"key": CHUNKED, "value": "%REQ(transfer-encoding)%"}}
    return {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {
            "@type": f"{EXTENSIONS}.http.early_header_mutation.header_mutation.v3.HeaderMutation",
            "mutations": [*removed, {"append": chunked}],
        },
    }


def _strip_responses() -> Json:
    """Stands before the Lua filter, so that responses pass it last, whatever became of them before."""
    removed = [{"remove": name} for name in TOLD_BY_PODS]
    return {
        "name": "envoy.filters.http.header_mutation",
        "typed_config": {
            "@type": f"{EXTENSIONS}.filters.http.header_mutation.v3.HeaderMutation",
            "mutations": {"response_mutations": removed},
        },
    }


def _local_replies() -> Json:
    """What Envoy says by itself when no pod can be reached."""
    is_503 = {"op": "EQ", "value": {"default_value": 503, "runtime_key": "router.unavailable"}}
    again = {"header": {"key": "retry-after", "value": "1"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
    text = "The pod that serves this page cannot be reached. Please try again.\n"
    return {
        "mappers": [
            {
                "filter": {"status_code_filter": {"comparison": is_503}},
                "headers_to_add": [again],
                "body_format_override": {"text_format_source": {"inline_string": text}},
            }
        ]
    }


def _access_log(path: str) -> Json:
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": f"{EXTENSIONS}.access_loggers.file.v3.FileAccessLog",
            "path": path,
            "log_format": {"json_format": ACCESS},
        },
    }
