"""Stars on projects, and projects that are archived."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.places import project_at
from monolith.namespaces.api.serializers import ProjectSerializer
from monolith.namespaces.api.shown import projects_shown
from monolith.namespaces.api.view import ProjectsView
from monolith.namespaces.models import Project, Star
from monolith.namespaces.policy import Level
from users.api.inputs import takes
from users.api.private import FOR_PEOPLE

UNCHANGED = OpenApiResponse(description="Nothing changes.")


class StarView(ProjectsView):
    """The user's star on one project."""

    permission_classes = FOR_PEOPLE
    starred = True

    @takes(responses={201: ProjectSerializer, 304: UNCHANGED})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  (as the URL names it)
        """Add or remove it; 304 when nothing changes."""
        place = project_at(request, id)
        mine = {"project": place.entity, "user_id": place.viewer.user_id}
        if self.starred:
            organization = {"organization_id": place.entity.organization_id}
            changes = Star.objects.get_or_create(**mine, defaults=organization)[1]
        else:
            changes = bool(Star.objects.filter(**mine).delete()[0])
        return Response(projects_shown([place.entity], place.viewer)[0], 201) if changes else Response(status=304)


class ArchiveView(ProjectsView):
    """Whether a project's contents are only read."""

    archived = True

    @takes(responses={201: ProjectSerializer})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Archive it, or make it writable again, for owners."""
        place = project_at(request, id, Level.OWN)
        Project.objects.filter(pk=place.entity.pk).update(archived=self.archived)
        place.entity.archived = self.archived
        return Response(projects_shown([place.entity], place.viewer)[0], 201)
