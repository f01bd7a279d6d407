"""The root URL configuration. Every pattern declares how it is routed; docs/learn.md says how."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from pods.concealment import concealed
from pods.views.aliases import alias
from routing.declare import Patterns, by_organization, exact, fixed_to_region, gitlab_com_public, prefix, route
from routing.views import not_built
from users.views import password

# GitLab's own addresses of organizations.
ALIASES: Patterns = [
    route("o", not_built, gitlab_com_public()),
    *exact("o/new", gitlab_com_public(), RedirectView.as_view(pattern_name="new-organization")),
    *prefix("o/-", gitlab_com_public()),
    route("o/<segment:path>", alias, by_organization("path"), name="organization-alias"),
    route("o/<segment:path>/<rest:rest>", alias, by_organization("path")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("pods.instance_urls")),
    path("", include("admin_area.urls")),
    path("", include("organizations.urls")),
    *ALIASES,
    route("users/password/new", concealed(password.forgotten), fixed_to_region(), name="forgotten-password"),
    path("", include("users.urls")),
    path("api/", include("pods.api_urls")),
    # Last, since an application may take whatever path is left.
    path("", include(settings.APPLICATION_URLS)),
]

# One answer each, for every path (pods/views/refusals.py).
handler400 = "pods.views.refusals.bad_syntax"
handler403 = "pods.views.refusals.forbidden"
handler404 = "pods.views.refusals.not_found"
handler500 = "pods.views.refusals.server_error"
