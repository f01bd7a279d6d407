"""A project's issues."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monolith.namespaces.models import Project
from monolith.namespaces.places import Place, at_project
from monolith.namespaces.policy import Level
from monolith.work.views import issuables
from monolith.work.views.issuables import ISSUES


@require_safe
@at_project()
def issues(request: HttpRequest, place: Place[Project]) -> HttpResponse:
    """All of them, by page."""
    return issuables.listing(request, place, ISSUES)


@require_http_methods(["GET", "HEAD", "POST"])
@at_project(Level.REPORT)
def new(request: HttpRequest, place: Place[Project]) -> HttpResponse:
    """Open one."""
    return issuables.opening(request, place, ISSUES)


@require_safe
@at_project()
def issue(request: HttpRequest, place: Place[Project], iid: str) -> HttpResponse:
    """One of them."""
    return issuables.one(request, place, ISSUES, iid)


@require_http_methods(["GET", "HEAD", "POST"])
@at_project(Level.REPORT)
def edit(request: HttpRequest, place: Place[Project], iid: str) -> HttpResponse:
    """Change one."""
    return issuables.editing(request, place, ISSUES, iid)


@require_http_methods(["GET", "HEAD", "POST"])
@at_project(Level.OWN)
def delete(request: HttpRequest, place: Place[Project], iid: str) -> HttpResponse:
    """The end of one."""
    return issuables.deleting(request, place, ISSUES, iid)


@require_POST
@at_project(Level.REPORT)
def state(request: HttpRequest, place: Place[Project], iid: str) -> HttpResponse:
    """Close one, or open it again."""
    return issuables.closing(request, place, ISSUES, iid)


@require_POST
@at_project(Level.REPORT)
def notes(request: HttpRequest, place: Place[Project], iid: str) -> HttpResponse:
    """Comment on one."""
    return issuables.commenting(request, place, ISSUES, iid)
