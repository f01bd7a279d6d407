"""The root URL configuration. Every pattern declares how it is routed; docs/learn.md says how."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from members import urls as members
from organizations import urls as organizations
from organizations.preferences import preferences
from pods.concealment import concealed
from pods.views.home import home
from pods.views.sign_up import sign_up
from projects import urls as projects
from projects.dashboards import organization_counts, organization_dashboard
from routing.declare import any_pod, by_organization, fixed_to_region, route
from users.views import password

urlpatterns: list[URLPattern | URLResolver] = [
    route("", home, any_pod(), name="home"),
    path("", include("pods.instance_urls")),
    path("", include("admin_area.urls")),
    route("users/sign_up", sign_up, fixed_to_region(), name="sign-up"),
    route("users/password/new", concealed(password.forgotten), fixed_to_region(), name="forgotten-password"),
    route("-/profile/preferences", preferences, fixed_to_region(), name="preferences"),
    *members.GLOBAL,
    path("", include("users.urls")),
    *organizations.GLOBAL,
    route(
        "organizations/<segment:path>/-/dashboard",
        organization_dashboard,
        by_organization("path"),
        name="organization-dashboard",
    ),
    route(
        "organizations/<segment:path>/-/counts.json",
        organization_counts,
        by_organization("path"),
        name="organization-counts",
    ),
    *members.KEYED,
    *projects.ORGANIZATION_PAGES,
    *organizations.KEYED,
    path("api/", include("pods.api_urls")),
    # Last, since it takes whatever is left.
    path("", include("projects.urls")),
]

# One answer each, for every path (pods/views/refusals.py).
handler400 = "pods.views.refusals.bad_syntax"
handler403 = "pods.views.refusals.forbidden"
handler404 = "pods.views.refusals.not_found"
handler500 = "pods.views.refusals.server_error"
