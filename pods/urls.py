"""The root URL configuration. Every pattern declares how it is routed; docs/learn.md says how."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from routing.declare import any_pod, route
from routing.views import not_built

urlpatterns: list[URLPattern | URLResolver] = [
    route("", not_built, any_pod(), name="home"),
    path("", include("pods.instance_urls")),
    path("", include("users.urls")),
    path("", include("organizations.urls")),
    path("api/", include("pods.api_urls")),
    # Last, since it takes whatever is left.
    path("", include("projects.urls")),
]
