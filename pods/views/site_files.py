"""What browsers and crawlers ask every site for, at addresses of their own choosing: no session, no sign-in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.contrib.staticfiles.finders import find
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from admin_settings.in_force import in_force

MAX_AGE = 24 * 60 * 60
# As in pods.css.
COLOUR = "#0b5cad"
ROBOTS = """\
User-agent: *
Disallow: /-/
Disallow: /*/-/
Disallow: /admin
Disallow: /api/
Disallow: /o/
Disallow: /organizations/
Disallow: /search
Disallow: /users/
"""


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Tell crawlers to leave everything but home pages of groups, users and projects alone."""
    return _kept(HttpResponse(ROBOTS, content_type="text/plain"))


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Describe the site for devices that install it (W3C Web Application Manifest)."""
    icons = [
        {"src": static("pods/icon.svg"), "type": "image/svg+xml", "sizes": "any"},
        *({"src": static(f"pods/icon-{n}.png"), "type": "image/png", "sizes": f"{n}x{n}"} for n in (192, 512)),
    ]
    name = in_force().product_name
    said = {"name": name, "short_name": name, "start_url": "/", "scope": "/", "display": "browser"}
    said |= {"background_color": "#ffffff", "theme_color": COLOUR}
    return _kept(JsonResponse({**said, "icons": icons}, content_type="application/manifest+json"))


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Return the mark in three sizes."""
    return _kept(HttpResponse(_file("favicon.ico"), content_type="image/vnd.microsoft.icon"))


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Return the mark as a PNG."""
    return _kept(HttpResponse(_file("icon-192.png"), content_type="image/png"))


@require_safe
def touch_icon(request: HttpRequest) -> HttpResponse:
    """Return the mark on white, which phones put on their home screen."""
    return _kept(HttpResponse(_file("touch-icon.png"), content_type="image/png"))


def _kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response


@cache
def _file(name: str) -> bytes:
    path = find(f"pods/{name}")
    assert isinstance(path, str)  # noqa: S101  it is in this app
    return Path(path).read_bytes()
