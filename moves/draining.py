"""Empty a pod: move its organizations to the pods that the placement policy chooses, a few at a time."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db.models import QuerySet

from admin_settings.in_commands import act_as
from admin_settings.in_force import in_force
from moves import operating, refusals
from moves.exceptions import MoveRefused
from moves.models import OrganizationMove
from moves.operating import Wishes
from moves.states import BEFORE_FLIP, TERMINAL
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.placing import PodsFull, pod_for
from topology import Pod

LOOK_SECONDS = 1.0


def drain(pod: Pod, who: str, *, at_once: int, wishes: Wishes, tell: Callable[[str], None]) -> list[str]:
    """Start moves until every organization of a pod has left it or was refused; return why each of those was refused.

    May be interrupted and run again at any time: the moves go on. Raises `MoveRefused` when the pod still takes new
    organizations, and when no other pod takes any.
    """
    act_as(pod)
    if not pod.draining and pod.name not in in_force().placement_closed:
        raise MoveRefused(
            f"{pod.name} still gets new organizations; run: manage.py settings set placement_closed '[\"{pod.name}\"]'"
        )
    refused: dict[int, str] = {}
    while True:
        under_way = _under_way(pod.name)
        waiting = _waiting(pod.name).exclude(pk__in=refused)
        for organization in waiting[: max(0, at_once - under_way)]:
            why = _start(organization, pod, who, wishes)
            if why:
                refused[organization.pk] = why
            tell(why or f"{organization.path} is being moved.")
        if not under_way and not waiting.exists():
            return list(refused.values())
        time.sleep(LOOK_SECONDS)


def _start(organization: Organization, pod: Pod, who: str, wishes: Wishes) -> str:
    """Start one move; return why it was refused, or nothing."""
    try:
        target = pod_for(pod.region)
        refusals.refuse(organization, target)
        operating.plan(organization, target, who, wishes)
    except PodsFull as full:
        raise MoveRefused(str(full)) from full
    except MoveRefused as refused:
        return str(refused)
    return ""


def _under_way(pod: str) -> int:
    """Return how many moves from the pod have not reached their cut-over."""
    return OrganizationMove.objects.using("routes").filter(source=pod, state__in=BEFORE_FLIP).count()


def _waiting(pod: str) -> QuerySet[Organization]:
    """Return the organizations that live on the pod and are not being moved."""
    moving = OrganizationMove.objects.using("routes").exclude(state__in=TERMINAL).filter(source=pod)
    here = Organization.objects.using("routes").filter(pod_id=pod, state=Organization.State.ACTIVE)
    return here.exclude(pk=GITLAB_COM_PUBLIC).exclude(pk__in=moving.values("organization")).order_by("pk")
