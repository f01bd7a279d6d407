"""Look for projects of one organization: by the search backend of the settings, else by name in this pod's `main`."""

from __future__ import annotations

import logging

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from admin_settings.in_force import in_force
from monolith.namespaces.models import Project
from monolith.namespaces.visibility import visible_projects
from monolith.work.search_backend import SearchUnavailable, found_by_backend
from organizations.scope import Scope

MOST_SHOWN = 50
LONGEST_WORDS = 200
RETRY_SECONDS = 1

logger = logging.getLogger(__name__)


@require_safe
def search(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Show the matching projects that the viewer may see; 503 when the backend does not answer."""
    words = request.GET.get("search", "").strip()
    context = {"scope": scope, "words": words, "most": MOST_SHOWN}
    if len(words) > LONGEST_WORDS:
        problem = f"Search for at most {LONGEST_WORDS} characters. You entered {len(words)}."
        return render(request, "work/search.html", {**context, "problem": problem}, status=422)
    try:
        projects = _found(scope, words) if words and "\0" not in words else []
    except SearchUnavailable as error:
        logger.warning("a search failed: %s", error)
        response = render(request, "work/search.html", {**context, "is_unavailable": True}, status=503)
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
    return render(request, "work/search.html", {**context, "projects": projects})


def _found(scope: Scope, words: str) -> list[Project]:
    seen = visible_projects(scope.viewer).filter(organization_id=scope.organization_id)
    if in_force().search_address:
        best_first = found_by_backend(words, scope.organization_id)
        known = {project.pk: project for project in seen.filter(pk__in=best_first)}
        return [known[pk] for pk in best_first if pk in known]
    return list(_named(seen, words)[:MOST_SHOWN])


def _named(seen: QuerySet[Project], words: str) -> QuerySet[Project]:
    """Those whose name or path has every word in it."""
    for word in words.split():
        seen = seen.filter(Q(name__icontains=word) | Q(full_path__icontains=word))
    return seen.order_by("full_path")
