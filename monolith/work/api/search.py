"""Look for text: for projects, issues and merge requests of one organization, of a group, or of a project.

As on pages (`monolith.work.search`), what the user may not see changes nothing, and the time of responses is concealed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from admin_settings.in_force import in_force
from monolith.namespaces.api.pages import Choice, Numbered, page_of
from monolith.namespaces.api.places import group_at, project_at, scope_of
from monolith.namespaces.api.shown import projects_shown
from monolith.namespaces.api.view import ProjectsView
from monolith.namespaces.grams import containing
from monolith.namespaces.seen import projects_in
from monolith.namespaces.stakes import projects_below
from monolith.work.api.milestones import milestones_shown
from monolith.work.api.shown import issuables_shown
from monolith.work.models import Issue, MergeRequest, Milestone
from monolith.work.search import LONGEST_WORDS
from monolith.work.search_backend import SearchUnavailable, found_by_backend
from monolith.work.waiting import issuables_in, issuables_of
from monolith.work.words import with_words
from pods.concealment import mark
from users.api.inputs import takes
from users.api.private import FOR_PEOPLE

MODELS: dict[str, type[Issue] | type[MergeRequest]] = {"issues": Issue, "merge_requests": MergeRequest}
ANYTHING = {(200, "application/json"): {"type": "array", "items": {"type": "object"}}}
"""The items are those of the list that the scope names."""


class _Search(Numbered):
    search = serializers.CharField(max_length=LONGEST_WORDS, help_text="The text to look for.")


class Search(_Search):
    """What to look for in an organization."""

    scope = Choice(["projects", *MODELS], help_text="What to look for.")


class SearchOfGroup(_Search):
    """What to look for in a group."""

    scope = Choice(["projects", *MODELS], help_text="What to look for.")


class SearchOfProject(_Search):
    """What to look for in a project."""

    scope = Choice([*MODELS, "milestones"], help_text="What to look for.")


for _taken in (Search, SearchOfGroup, SearchOfProject):
    _taken._declared_fields["scope"].required = True


class SearchDown(APIException):
    """The search backend does not answer."""

    status_code = 503
    default_detail = "Search is temporarily unavailable."


class _SearchView(ProjectsView):
    """What the endpoints have in common."""

    permission_classes = FOR_PEOPLE

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """As REST framework's; the time of the response does not tell how much was left out."""
        finished = super().finalize_response(request, response, *args, **kwargs)
        mark(finished)
        return finished


class SearchView(_SearchView):
    """One organization; GitLab.com Public at the global address."""

    @takes(Search, responses=ANYTHING)
    def get(self, request: Request, id: str | None = None) -> Response:  # noqa: A002  (as the URL names it)
        """List what has the words."""
        scope, words = scope_of(request, id), self.asked["search"]
        if model := MODELS.get(self.asked["scope"]):
            rows = issuables_in(scope.viewer, scope.organization_id, model)
            return page_of(self, _with_words(rows, words, scope.organization_id), _issuables(model))
        seen = projects_in(scope.viewer, scope.organization_id).select_related("namespace")

        def shown(found: Any) -> Any:
            return projects_shown(found, scope.viewer)

        if not in_force().search_address:
            return page_of(self, seen.filter(containing(words.split())), shown)
        try:
            return page_of(self, seen.filter(Q(pk__in=found_by_backend(words, scope.organization_id))), shown)
        except SearchUnavailable as error:
            raise SearchDown from error


class GroupSearchView(_SearchView):
    """One group with everything in it."""

    @takes(SearchOfGroup, responses=ANYTHING)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """List what has the words."""
        place, words = group_at(request, id), self.asked["search"]
        model = MODELS.get(self.asked["scope"])
        below = projects_below(place.entity)
        if model is None:
            seen = projects_in(place.viewer, place.entity.organization_id).filter(Q(pk__in=below))
            seen = seen.filter(containing(words.split())).select_related("namespace")
            return page_of(self, seen, lambda found: projects_shown(found, place.viewer))
        organization_id = place.entity.organization_id
        rows = issuables_in(place.viewer, organization_id, model).filter(project__in=below)
        return page_of(self, _with_words(rows, words, organization_id), _issuables(model))


class ProjectSearchView(_SearchView):
    """One project."""

    @takes(SearchOfProject, responses=ANYTHING)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """List what has the words."""
        place, words = project_at(request, id), self.asked["search"]
        model = MODELS.get(self.asked["scope"])
        if model is not None:
            rows = _with_words(issuables_of(place, model), words, place.entity.organization_id)
            return page_of(self, rows, _issuables(model))
        found = Milestone.objects.filter(_has(words), project=place.entity).order_by("-pk")
        return page_of(self, found, lambda rows: milestones_shown(place.entity, rows))


def _issuables(model: type[Issue] | type[MergeRequest]) -> Callable[[Any], Any]:
    return lambda found: issuables_shown(model, found)


def _with_words(rows: QuerySet[Any], words: str, organization_id: int) -> QuerySet[Any]:
    return with_words(rows, words, organization_id).order_by("-pk")


def _has(words: str) -> Q:
    condition = Q()
    for word in words.split():
        condition &= Q(title__icontains=word) | Q(description__icontains=word)
    return condition
