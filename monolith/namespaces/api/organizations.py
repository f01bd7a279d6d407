"""`/api/v4/organizations/<id>`."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.places import scope_of
from monolith.namespaces.api.serializers import OrganizationSerializer
from monolith.namespaces.api.view import ProjectsView
from organizations.models import Organization
from users.api.inputs import takes


class OrganizationView(ProjectsView):
    """One organization, by id or path."""

    @takes(responses=OrganizationSerializer)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  (as the URL names it)
        """Return it to those who belong to it."""
        scope = scope_of(request, id)
        found = scope.organization or Organization.objects.get(pk=scope.organization_id)
        return Response(OrganizationSerializer(found).data)
