"""The root URL configuration. Every pattern declares how it is routed; docs/learn.md says how."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from organizations import urls as organizations
from pods.views.home import home
from projects import urls as projects
from projects.dashboards import organization_dashboard
from routing.declare import any_pod, by_organization, route

urlpatterns: list[URLPattern | URLResolver] = [
    route("", home, any_pod(), name="home"),
    path("", include("pods.instance_urls")),
    path("", include("users.urls")),
    *organizations.GLOBAL,
    route(
        "organizations/<segment:path>/-/dashboard",
        organization_dashboard,
        by_organization("path"),
        name="organization-dashboard",
    ),
    *projects.ORGANIZATION_PAGES,
    *organizations.KEYED,
    path("api/", include("pods.api_urls")),
    # Last, since it takes whatever is left.
    path("", include("projects.urls")),
]

# One answer each, for every path (pods/views/refusals.py).
handler400 = "pods.views.refusals.bad_syntax"
handler403 = "pods.views.refusals.not_found"
handler404 = "pods.views.refusals.not_found"
handler500 = "pods.views.refusals.server_error"
