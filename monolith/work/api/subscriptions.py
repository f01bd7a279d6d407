"""Following issues and merge requests."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.places import project_at
from monolith.namespaces.api.view import ProjectsView, person
from monolith.namespaces.policy import Level
from monolith.work.api.found import found_issuable
from monolith.work.api.serializers import IssueSerializer
from monolith.work.api.shown import issuable_shown
from monolith.work.issuables import subscribe
from monolith.work.models import Issue, MergeRequest
from users.api.inputs import takes

UNCHANGED = OpenApiResponse(description="Nothing changes.")


class SubscriptionView(ProjectsView):
    """Whether the user follows one issue or merge request."""

    about: type[Issue] | type[MergeRequest] = Issue
    subscribed = True

    @takes(responses={201: IssueSerializer, 304: UNCHANGED})
    def post(self, request: Request, id: str, iid: str) -> Response:  # noqa: A002  (as the URL names it)
        """Change it; 304 when nothing changes."""
        place = project_at(request, id, Level.REPORT)
        found = found_issuable(place, self.about, iid)
        if not subscribe(found, person(request), subscribed=self.subscribed):
            return Response(status=304)
        return Response(issuable_shown(found, place.viewer.user_id), 201)
