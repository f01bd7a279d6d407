"""Envoy's clusters: one for each pod that owns things, and those that choose among pods."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from router import script
from router.limits import Limits
from topology import Pod, Router, Topology

Json = dict[str, Any]

# No pod can have these names: a pod's name has no hyphen.
ANY = "any-pod"
LEARN = "learn-pods"
PAUSES = {"learn-pause": "waiting_for_learn", "conceal-pause": "waiting_concealed"}
PAUSE_LISTENER = "pause"
ADMIN = "envoy-admin"

EXTENSIONS = "type.googleapis.com/envoy.extensions"
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def preferred(pod: str) -> str:
    """The cluster of a pod that others of its region stand in for."""
    return f"prefer-{pod}"


def preferences(topology: Topology) -> dict[str, str]:
    """Each region's first pod with its cluster: sign-in goes there, unless it is ill."""
    return {pod: preferred(pod) for pod in (topology.first_pod_of(region).name for region in topology.regions)}


def of_pods(topology: Topology, router: Router, limits: Limits) -> list[Json]:
    """The clusters that follow the topology, and change with it while Envoy runs."""
    asked = [pod for pod in topology.pods.values() if not pod.draining] or list(topology.pods.values())
    by_region = [[pod for pod in asked if pod.region == router.region], [p for p in asked if p.region != router.region]]
    clusters = [_owner(pod, limits) for pod in topology.pods.values()]
    clusters.append(_choosing(ANY, by_region, limits))
    for name, cluster in preferences(topology).items():
        first = topology.pod(name)
        near = [pod for pod in asked if pod.region == first.region and pod is not first]
        far = [pod for pod in asked if pod.region != first.region]
        clusters.append(_choosing(cluster, [[first], near, far], limits))
    clusters.append(_learn(by_region, limits))
    return clusters


def of_process(admin_socket: str, limits: Limits) -> list[Json]:
    """The clusters that every router has: its pauses, and its own admin interface for the statistics."""
    pause = {"envoy_internal_address": {"server_listener_name": PAUSE_LISTENER}}
    pauses = [
        {
            "name": name,
            "connect_timeout": "1s",
            "circuit_breakers": _breakers(getattr(limits, limit)),
            "load_assignment": _assignment(name, [[_endpoint(pause)]]),
        }
        for name, limit in PAUSES.items()
    ]
    admin = {
        "name": ADMIN,
        "connect_timeout": "1s",
        "load_assignment": _assignment(ADMIN, [[_endpoint({"pipe": {"path": admin_socket}})]]),
    }
    return [*pauses, admin]


def _owner(pod: Pod, limits: Limits) -> Json:
    """One pod alone. No health check: its own are its own, ill or not."""
    return _cluster(pod.name, [[pod]], limits)


def _choosing(name: str, groups: Iterable[Iterable[Pod]], limits: Limits) -> Json:
    """A random healthy pod of the first group that has one."""
    return _cluster(name, groups, limits) | {
        "lb_policy": "RANDOM",
        # With the readiness of pods, not their liveness: a pod that cannot read its databases chooses badly.
        "health_checks": [
            {
                "timeout": "1s",
                "interval": "1s",
                "no_traffic_interval": "1s",
                "interval_jitter_percent": 20,
                "unhealthy_threshold": 2,
                "healthy_threshold": 1,
                "http_health_check": {"path": "/-/readiness"},
            }
        ],
        # A page that fails must not eject its pod, so only what lies between router and pod counts.
        "outlier_detection": {
            "split_external_local_origin_errors": True,
            "consecutive_local_origin_failure": 3,
            "enforcing_consecutive_local_origin_failure": 100,
            "consecutive_gateway_failure": 3,
            "enforcing_consecutive_gateway_failure": 100,
            "enforcing_consecutive_5xx": 0,
            "enforcing_success_rate": 0,
            "enforcing_local_origin_success_rate": 0,
            "interval": "1s",
            "base_ejection_time": "5s",
            "max_ejection_time": "30s",
            "max_ejection_percent": 100,
        },
    }


def _learn(groups: Iterable[Iterable[Pod]], limits: Limits) -> Json:
    cluster = _choosing(LEARN, groups, limits)
    cluster["typed_extension_protocol_options"][HTTP_OPTIONS] |= {
        "retry_policy": {
            "retry_on": "5xx,reset,connect-failure,refused-stream",
            "num_retries": 2,
            "retry_host_predicate": [OTHER_HOSTS],
            "host_selection_retry_max_attempts": 5,
            "retry_back_off": {"base_interval": "0.005s", "max_interval": "0.02s"},
        },
    }
    return cluster


OTHER_HOSTS = {
    "name": "envoy.retry_host_predicates.previous_hosts",
    "typed_config": {"@type": f"{EXTENSIONS}.retry.host.previous_hosts.v3.PreviousHostsPredicate"},
}


def _cluster(name: str, groups: Iterable[Iterable[Pod]], limits: Limits) -> Json:
    endpoints = [[_endpoint_of(pod) for pod in group] for group in groups]
    return {
        "name": name,
        "type": "STRICT_DNS",
        "connect_timeout": f"{limits.connect_seconds}s",
        "load_assignment": _assignment(name, [group for group in endpoints if group]),
        "circuit_breakers": _breakers(limits.requests_per_pod),
        "typed_extension_protocol_options": {
            HTTP_OPTIONS: {
                "@type": f"type.googleapis.com/{HTTP_OPTIONS}",
                "explicit_http_config": {"http_protocol_options": {}},
                "common_http_protocol_options": {"idle_timeout": f"{limits.pod_idle_seconds}s"},
                "http_filters": [
                    lua("envoy.filters.http.lua", script.upstream()),
                    {
                        "name": "envoy.filters.http.upstream_codec",
                        "typed_config": {"@type": f"{EXTENSIONS}.filters.http.upstream_codec.v3.UpstreamCodec"},
                    },
                ],
            }
        },
    }


def lua(name: str, source: str) -> Json:
    """An HTTP filter that runs a Lua text."""
    return {
        "name": name,
        "typed_config": {
            "@type": f"{EXTENSIONS}.filters.http.lua.v3.Lua",
            "default_source_code": {"inline_string": source},
        },
    }


def _endpoint(address: Json, **facts: str) -> Json:
    """`facts` can be read back in logs and headers: %UPSTREAM_METADATA(envoy.lb:pod)%."""
    metadata = {"metadata": {"filter_metadata": {"envoy.lb": facts}}} if facts else {}
    return {"endpoint": {"address": address}, **metadata}


def _endpoint_of(pod: Pod) -> Json:
    return _endpoint({"socket_address": {"address": pod.address.host, "port_value": pod.address.port}}, pod=pod.name)


def _assignment(name: str, groups: list[list[Json]]) -> Json:
    return {
        "cluster_name": name,
        # One healthy pod of a group serves all of it; only a group without any spills over.
        "policy": {"overprovisioning_factor": 100 * max(2, *map(len, groups))},
        "endpoints": [{"priority": priority, "lb_endpoints": group} for priority, group in enumerate(groups)],
    }


def _breakers(requests: int) -> Json:
    threshold = {
        "max_connections": requests,
        "max_pending_requests": requests,
        "max_requests": requests,
        # After a move, each of its requests is sent a second time until the entry is mended.
        "max_retries": requests,
    }
    return {"thresholds": [{"priority": "DEFAULT", **threshold}]}
