"""Look for projects of one organization: by the search backend of the settings, else by name in this pod's `main`."""

from __future__ import annotations

import logging

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from admin_settings.in_force import in_force
from monolith.namespaces.grams import containing, may_contain
from monolith.namespaces.models import Project
from monolith.namespaces.seen import Seen, projects_in
from monolith.work.search_backend import SearchUnavailable, found_by_backend
from organizations.scope import Scope

MOST_SHOWN = 50
MOST_RARE = 1000
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
    seen = projects_in(scope.viewer, scope.organization_id)
    if in_force().search_address:
        best_first = found_by_backend(words, scope.organization_id)
        known = {project.pk: project for project in seen.rows.filter(pk__in=best_first)}
        return [known[pk] for pk in best_first if pk in known]
    return list(_named(seen.filter(containing(words.split())), words.split(), scope.organization_id))


def _named(seen: Seen[Project], words: list[str], organization_id: int) -> QuerySet[Project]:
    """Return the first projects that contain the words.

    Of rare words, all projects that may contain them are looked at. Frequent words are found soon in the order of the
    list.
    """
    if may := may_contain(words, organization_id):
        rows = Project.objects.filter(may, organization_id=organization_id).values_list("pk", flat=True)
        ids = list(rows[: MOST_RARE + 1])
        if len(ids) <= MOST_RARE:
            return seen.rows.filter(pk__in=ids).order_by(Lower("full_path"))[:MOST_SHOWN]
    return seen.first(MOST_SHOWN)
