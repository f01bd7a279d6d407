"""On which pod a new organization is placed: by the policy in force, near its people unless that says otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count

from admin_settings.definitions import Settings
from admin_settings.in_force import in_force
from organizations.models import Organization
from schemas.identity import this_topology
from topology import Pod


class PodsFull(Exception):
    """No pod of the cluster takes new organizations."""


def pod_for(region: str) -> str:
    """Return the name of the pod for a new organization of a user in this region: of the pods that the policy names,
    else of the region's, else of the cluster's, the one with the fewest organizations for its weight; the first of
    the topology among equals.

    A draining or closed pod gets none. Raises `PodsFull`, and `RegionUnknown`.
    """
    settings, topology = in_force(), this_topology()
    weights = _weights(settings)
    candidates = (
        _open([pod for pod in topology.pods.values() if weights.get(pod.name)], settings),
        [] if settings.placement_policy == "room" else _open(topology.pods_of(region), settings),
        _open(topology.pods.values(), settings),
    )
    chosen = next((pods for pods in candidates if pods), None)
    if chosen is None:
        raise PodsFull("every pod is draining or closed; open a pod in the topology file or in the settings")
    held = _held(chosen)
    return min(chosen, key=lambda name: held.get(name, 0) / (weights.get(name) or 1))


def _weights(settings: Settings) -> dict[str, int]:
    """The pods that the policy names, and how many organizations each gets for one of the others."""
    if settings.placement_policy == "weights":
        return settings.placement_weights
    return {settings.placement_pod: 1} if settings.placement_policy == "pod" else {}


def _open(pods: Iterable[Pod], settings: Settings) -> list[str]:
    return [pod.name for pod in pods if not pod.draining and pod.name not in settings.placement_closed]


def _held(pods: list[str]) -> dict[str, int]:
    rows = Organization.objects.using("routes").filter(pod_id__in=pods).exclude(state=Organization.State.DELETED)
    return dict(rows.values_list("pod_id").annotate(Count("pk")))
