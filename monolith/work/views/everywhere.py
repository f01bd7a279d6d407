"""Global search: the page that asks all organizations of a person.

No pod reads another pod's data. The page, which any pod shows, only names the organizations. The browser asks each of
them at its own address, and the organization's own pod answers its part.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monolith.work.search import WordsInvalid, words_of
from organizations.default_organization import default_organization_of
from organizations.members.viewer import Viewer, viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import Scope
from pods.frame import NAME_OF_PUBLIC
from users.models import User
from users.signed_in import person

PATH = "/-/search"
PER_PAGE = 20
INVALID = 422


class Part(NamedTuple):
    """An organization that is asked."""

    name: str
    address: str
    """The page of its results, for people."""
    asked: str
    """What the page's script asks."""


@require_safe
def everywhere(request: HttpRequest) -> HttpResponse:
    """Name the viewer's organizations, each with the address that answers for it."""
    user = person(request)
    words = request.GET.get("search", "")
    try:
        words = words_of(words)
    except WordsInvalid as error:
        context = {"words": words, "problem": str(error)}
        return render(request, "work/everywhere.html", context, status=INVALID)
    page = Paginator(_places(user, viewer_of(user)), PER_PAGE).get_page(request.GET.get("page"))
    query = urlencode({"search": words})
    parts = [_part(scope, query) for scope in page]
    shown = {"words": words, "page": page, "parts": parts, "filter": f"{query}&"}
    return render(request, "work/everywhere.html", shown)


def _places(user: User, viewer: Viewer) -> list[Scope]:
    """Return where the viewer belongs: the default organization first, then by name."""
    active = Organization.objects.filter(pk__in=viewer.organizations, state=Organization.State.ACTIVE)
    is_first = Q(pk=user.default_organization_id)
    named = active.exclude(pk=GITLAB_COM_PUBLIC).alias(is_first=is_first).order_by("-is_first", "name", "pk")
    public = [] if default_organization_of(user) else [Scope(viewer)]
    return [*public, *(Scope(viewer, each) for each in named)]


def _part(scope: Scope, query: str) -> Part:
    name = scope.organization.name if scope.organization else NAME_OF_PUBLIC
    address = scope.address("search")
    return Part(name, f"{address}?{query}", f"{address}/suggestions.json?{query}")
