"""The root URL configuration. Every pattern declares how it is routed; docs/learn.md says how."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from pods.concealment import concealed
from routing.declare import fixed_to_region, route
from users.views import password

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("pods.instance_urls")),
    path("", include("admin_area.urls")),
    path("", include("organizations.urls")),
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
