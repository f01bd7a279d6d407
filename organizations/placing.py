"""On which pod a new organization is placed: near its people, where there is room."""

from __future__ import annotations

from django.db.models import Count

from organizations.models import Organization
from schemas.identity import this_topology
from topology import Pod


class PodsFull(Exception):
    """No pod of the cluster takes new organizations."""


def pod_for(region: str) -> str:
    """The name of the region's pod with the fewest organizations, of the whole cluster when none of the region takes
    new ones; the first of the topology among equals.

    A draining pod takes none. Raises `PodsFull`, and `RegionUnknown`.
    """
    topology = this_topology()
    near = _open(topology.pods_of(region)) or _open(tuple(topology.pods.values()))
    if not near:
        raise PodsFull("every pod is draining; end that in the topology file for one that has room")
    rows = Organization.objects.using("routes").filter(pod_id__in=near).exclude(state=Organization.State.DELETED)
    held = dict(rows.values_list("pod_id").annotate(Count("pk")))
    return min(near, key=lambda name: held.get(name, 0))


def _open(pods: tuple[Pod, ...]) -> list[str]:
    return [pod.name for pod in pods if not pod.draining]
