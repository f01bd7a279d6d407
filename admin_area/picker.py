"""The picker in the header: the same list on another pod."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest

from admin_area.keyset import AFTER
from schemas.identity import this_pod, this_topology
from topology import Pod

SHARED = "/admin"
PODS = "/admin/pods/"


class Choice(NamedTuple):
    """A place that can be picked."""

    pod: Pod
    address: str
    is_here: bool


class Picker:
    """Where an administrator is, and the same place elsewhere. A row's page has its list as its place: other pods
    have other rows.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.is_shared = not request.path.startswith(PODS)
        self._place = "" if self.is_shared else _list_of(request)

    @property
    def label(self) -> str:
        """What is looked at."""
        pod = this_pod().name
        return f"all, served by {pod}" if self.is_shared else pod

    @property
    def shared(self) -> str:
        """The address of what all pods share."""
        return SHARED

    @property
    def choices(self) -> list[Choice]:
        """The pods, in the order of the topology."""
        own = None if self.is_shared else this_pod()
        return [Choice(pod, f"{PODS}{pod.name}{self._place}", pod == own) for pod in this_topology().pods.values()]


def _list_of(request: HttpRequest) -> str:
    """The path of the list below the pod, with its query when the list itself is shown; not the page of it."""
    _, _, below = request.path.removeprefix(PODS).partition("/")
    path, _, row = below.strip("/").partition("/")
    query = request.GET.copy()
    query.pop(AFTER, None)
    asked = f"?{query.urlencode()}" if query and not row else ""
    return f"/{path}{asked}" if path else ""
