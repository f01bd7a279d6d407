"""Who am I: the pod that this process is, and the cluster it belongs to."""

from __future__ import annotations

from django.conf import settings

from topology import Pod, Topology, TopologyError


class PodNotNamed(TopologyError):
    """This process was started without `POD_ID` and does something that only a pod can do."""


def this_topology() -> Topology:
    """The topology of the cluster that this process belongs to."""
    topology: Topology = settings.TOPOLOGY
    return topology


def this_pod() -> Pod:
    """The pod that this process is; raises `PodNotNamed` when it is none."""
    pod: Pod | None = settings.POD
    if pod is None:
        raise PodNotNamed(f"set POD_ID to one of: {', '.join(this_topology().pods)}")
    return pod
