"""What machines ask a pod: health, readiness, metrics."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from pods import counters
from pods.details import PodRequest
from pods.health import watcher
from releases.migrating import serves


def health(request: HttpRequest) -> HttpResponse:
    """That somebody answers, no more."""
    return HttpResponse("GitLab OK\n", content_type="text/plain")


def readiness(request: HttpRequest) -> HttpResponse:
    """200 when reads can be served, else 503; with what is not as it should be, for those who may know.

    Through a router it would tell everybody about one pod's databases.
    """
    found = watcher.health()
    said: dict[str, object] = {"status": "ready" if found.ready else "not ready"}
    details = cast(PodRequest, request).pod
    if details.debug or not details.through_router:
        said |= {"pod": counters.POD, "release": settings.RELEASE, "serves": serves()}
        said["degradations"] = [each._asdict() for each in found.degradations]
    response = JsonResponse(said, status=200 if found.ready else 503)
    response["Cache-Control"] = "no-store"
    return response


def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, at the pod's own address only."""
    if cast(PodRequest, request).pod.through_router:
        raise Http404
    return HttpResponse(generate_latest(counters.registry), content_type=CONTENT_TYPE_LATEST)
