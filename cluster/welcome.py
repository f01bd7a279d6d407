"""What `cluster up` prints when the cluster is ready: the address of every router and pod, with a command to try."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from topology import Topology
from topology.places import Places

LEARN = "/api/v4/pods/learn?method=GET&path_info="


def welcome(topology: Topology, places: Places, *, databases_only: bool) -> Iterable[str]:
    """Yield the lines to print."""
    if not databases_only:
        yield from _web(topology)
    yield f"databases        {', '.join(server.name for server in topology.servers.values())}"
    yield f"logs             {places.logs}"


def _web(topology: Topology) -> Iterable[str]:
    for router in topology.routers.values():
        yield f"router {router.name:<9} http://{router.address}   curl -i 'http://{router.address}{settings.PAGE_TO_TRY}'"
    for pod in topology.pods.values():
        names = "".join(f" ({alias})" for alias in pod.aliases)
        yield f"{pod.name + names:<16} http://{pod.address}   curl 'http://{pod.address}{LEARN}{settings.PAGE_TO_TRY}'"
    for router in topology.routers.values():
        yield f"statistics {router.name:<5} http://{router.statistics}"
