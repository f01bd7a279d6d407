"""The addresses of a pod's own pages in the Admin Area: `/admin/pods/<pod>/…`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls.resolvers import RoutePattern

from routing.declare import EndpointPattern
from schemas.identity import this_topology

POD_PAGES = "admin/pods/<pod:pod>"


class OwnPodPattern(EndpointPattern):
    """As any endpoint, of whichever pod the path names; reversed, it is the address on this pod.

    Django's admin reverses names without arguments, and a process is one pod.
    """

    def __init__(self, route: str, name: str | None = None) -> None:
        super().__init__(route, name, is_endpoint=True)
        self._of_any_pod = RoutePattern(route, name, is_endpoint=True)
        # Commands of the whole cluster are no pod, and reverse nothing; they check the patterns.
        own = settings.POD.name if settings.POD else this_topology().legacy_pod
        reversible = RoutePattern(route.replace("<pod:pod>", own), name, is_endpoint=True)
        self.regex, self.converters = reversible.regex, reversible.converters

    def _matched(self, path: str) -> Any:
        return self._of_any_pod.match(path)
