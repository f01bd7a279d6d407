"""Endpoints for machines: health, readiness, metrics."""

from __future__ import annotations

import json
from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from operations.releases.migrating import serves
from pods import counters
from pods.details import PodRequest
from pods.health import Health, watcher
from pods.warming import warm_thread


def health(request: HttpRequest) -> HttpResponse:
    """Answer that the process runs, nothing more."""
    return HttpResponse("GitLab OK\n", content_type="text/plain")


def readiness(request: HttpRequest) -> HttpResponse:
    """200 when reads can be served, else 503; with what is not as it should be, for those who may know.

    Through a router it would tell everybody about one pod's databases. The thread that answers has its connections by
    then, so that the next request does not wait for them.
    """
    details = cast(PodRequest, request).pod
    found = watcher.health()
    warm_thread({each.alias for each in found.degradations})
    status, said = _readiness(found, in_full=details.debug or not details.through_router)
    response = JsonResponse(said, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _readiness(found: Health, *, in_full: bool) -> tuple[int, dict[str, object]]:
    body: dict[str, object] = {"status": "ready" if found.ready else "not ready"}
    if in_full:
        body |= {"pod": counters.POD, "release": settings.RELEASE, "serves": serves()}
        body["degradations"] = [each._asdict() for each in found.degradations]
    return (200 if found.ready else 503), body


def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, at the pod's own address only."""
    if cast(PodRequest, request).pod.through_router:
        raise Http404
    return HttpResponse(generate_latest(counters.registry), content_type=CONTENT_TYPE_LATEST)


def own_answers() -> tuple[int, str, str]:
    """Status and body of this pod's readiness, and its metrics, for the survey that it makes itself."""
    status, said = _readiness(watcher.health(), in_full=True)
    return status, json.dumps(said), generate_latest(counters.registry).decode()
