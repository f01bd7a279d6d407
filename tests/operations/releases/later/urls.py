from __future__ import annotations

from pods.urls import handler400, handler403, handler404, handler500
from pods.urls import urlpatterns as present
from routing.declare import any_pod, route
from tests.operations.releases.shelf import shelf_by

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    route("-/shelf", shelf_by("name"), any_pod()),
    route("shelves", shelf_by("name"), any_pod(), name="shelves"),
    *present,
]
