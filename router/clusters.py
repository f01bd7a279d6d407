"""Envoy's clusters that follow the topology: one for each pod, and those that choose among pods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from router import script
from router.limits import Limits
from router.template import part
from topology import Pod, Router, Topology

Json = dict[str, Any]

# No pod can have these names: a pod's name has no hyphen.
ANY = "any-pod"
LEARN = "learn-pods"


def preferences(topology: Topology) -> dict[str, str]:
    """Each region's first pod with the cluster that learn's preference for it leads to: all of the region's pods share
    sign-ins, which are dear, and those of other regions stand in for them.
    """
    firsts = (topology.first_pod_of(region).name for region in topology.regions)
    return {pod: f"prefer-{pod}" for pod in firsts}


def of_pods(topology: Topology, router: Router, limits: Limits) -> list[Json]:
    """The clusters of a router, as JSON. They may change while Envoy runs."""
    # All of them drain: then they are all there is to ask.
    asked = [pod for pod in topology.pods.values() if not pod.draining] or list(topology.pods.values())
    by_distance = _groups(asked, router.region)
    clusters = [_cluster("cluster", pod.name, [[pod]], limits) for pod in topology.pods.values()]
    clusters.append(_cluster("choosing_cluster", ANY, by_distance, limits))
    clusters.append(_cluster("learn_cluster", LEARN, by_distance, limits))
    for name, cluster in preferences(topology).items():
        clusters.append(_cluster("sharing_cluster", cluster, _groups(asked, topology.pod(name).region), limits))
    return clusters


def _groups(pods: Iterable[Pod], region: str) -> list[list[Pod]]:
    """The pods of a region, then those of the others."""
    pods = list(pods)
    return [[pod for pod in pods if pod.region == region], [pod for pod in pods if pod.region != region]]


def _cluster(kind: str, name: str, groups: Iterable[Sequence[Pod]], limits: Limits) -> Json:
    groups = [group for group in groups if group]
    endpoints = [
        {"priority": priority, "lb_endpoints": [_endpoint(pod) for pod in group]}
        for priority, group in enumerate(groups)
    ]
    overprovisioning = 100 * max(2, *map(len, groups))
    values = {"name": name, "endpoints": endpoints, "overprovisioning": overprovisioning}
    cluster: Json = part(kind, {**asdict(limits), **values, "upstream_lua": script.upstream(limits)})
    return cluster


def _endpoint(pod: Pod) -> Json:
    """The log reads the name back: %UPSTREAM_METADATA(envoy.lb:pod)%."""
    address = {"socket_address": {"address": pod.address.host, "port_value": pod.address.port}}
    return {"endpoint": {"address": address}, "metadata": {"filter_metadata": {"envoy.lb": {"pod": pod.name}}}}
