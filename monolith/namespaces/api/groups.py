"""`/api/v4/groups`, `/api/v4/namespaces`, and the same of one organization."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from admin_settings.in_force import in_force
from monolith.namespaces.api.changes import changed
from monolith.namespaces.api.inputs import ChangedGroup, NewGroup, TransferredGroup
from monolith.namespaces.api.pages import page_of
from monolith.namespaces.api.parameters import (
    Deletion,
    Groups,
    Namespaces,
    OneGroup,
    ProjectsOfGroup,
    groups_selected,
    projects_selected,
)
from monolith.namespaces.api.places import group_at, namespace_at, refuse_unless_owner, scope_of
from monolith.namespaces.api.projects import ACCEPTED
from monolith.namespaces.api.serializers import GroupSerializer, NamespaceSerializer, ProjectSerializer
from monolith.namespaces.api.shown import groups_shown, namespaces_shown, projects_shown
from monolith.namespaces.api.view import ProjectsView, count_attempt
from monolith.namespaces.creation import create_namespace, transfer
from monolith.namespaces.deletion import delete
from monolith.namespaces.models import Namespace
from monolith.namespaces.policy import Level, level_in, may_make_groups_in
from monolith.namespaces.seen import namespaces_in, projects_in, projects_of, subgroups_of
from monolith.namespaces.stakes import projects_below
from monolith.namespaces.transfers import refuse_into, refuse_top_level
from monolith.namespaces.visibility import first_choice, visible_namespaces
from organizations.scope import Scope
from users.api.inputs import takes
from users.api.private import FOR_PEOPLE

NO_PARENT = "Name a group here that you maintain."


class GroupListView(ProjectsView):
    """The groups of one organization; of GitLab.com Public at the global address."""

    @takes(Groups, responses=GroupSerializer(many=True))
    def get(self, request: Request, id: str | None = None) -> Response:  # noqa: A002  (as the URL names it)
        """List those that the viewer sees, subgroups too."""
        scope = scope_of(request, id)
        rows = namespaces_in(scope.viewer, scope.organization_id).filter(Q(kind=Namespace.Kind.GROUP))
        return page_of(self, rows.filter(groups_selected(self.asked, scope.viewer)), groups_shown)

    @takes(body=NewGroup, responses={201: GroupSerializer})
    def post(self, request: Request, id: str | None = None) -> Response:  # noqa: A002
        """Create one; the creator of a top-level group becomes its owner."""
        scope = scope_of(request, id)
        fields = self.given()
        parent_id = fields.pop("parent_id", None)
        parent = _parent(scope, parent_id) if parent_id else None
        if parent is None and not may_make_groups_in(scope.viewer, scope.organization_id):
            raise PermissionDenied("guests make no groups")
        count_attempt(scope.viewer)
        fields.setdefault("visibility", first_choice(in_force().default_group_visibility, parent))
        made_by = None if parent else scope.viewer.user_id
        group = create_namespace(scope.organization_id, parent=parent, made_by=made_by, **fields)
        return Response(groups_shown([group])[0], 201)


class GroupView(ProjectsView):
    """One group, by id or path."""

    @takes(OneGroup, responses=GroupSerializer)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """Return it."""
        return Response(groups_shown([group_at(request, id).entity])[0])

    @takes(body=ChangedGroup, responses=GroupSerializer)
    def put(self, request: Request, id: str) -> Response:  # noqa: A002
        """Change its name, path or visibility; the path needs an owner."""
        place = group_at(request, id, Level.MAINTAIN)
        fields, group = self.given(), place.entity
        path = fields.pop("path", group.path)
        if path != group.path:
            refuse_unless_owner(place)
            count_attempt(place.viewer)
        return Response(groups_shown([changed(group, fields, path)])[0])

    @takes(Deletion, responses={202: None})
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002
        """Delete it with everything in it."""
        delete(group_at(request, id, Level.OWN).entity)
        return Response(ACCEPTED, 202)


class GroupTransferView(ProjectsView):
    """A group's place."""

    @takes(body=TransferredGroup, responses={201: GroupSerializer})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Move it into another group of the same organization, or to the top level."""
        place = group_at(request, id, Level.OWN)
        group_id, into = self.given().get("group_id"), None
        if group_id:
            into = visible_namespaces(place.viewer).filter(pk=group_id).first()
            into = refuse_into(place.viewer, place.entity, into)
        else:
            refuse_top_level(place.viewer, place.entity)
        count_attempt(place.viewer)
        return Response(groups_shown([transfer(place.entity, into)])[0], 201)


class GroupProjectsView(ProjectsView):
    """The projects of a group."""

    @takes(ProjectsOfGroup, responses=ProjectSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """List those that the viewer sees, without those of subgroups."""
        place = group_at(request, id)
        rows = projects_of(place.viewer, place.entity)
        if self.asked["include_subgroups"]:
            below = projects_below(place.entity)
            rows = projects_in(place.viewer, place.entity.organization_id).filter(Q(pk__in=below))
        rows = rows.filter(projects_selected(self.asked, place.viewer)).select_related("namespace")
        return page_of(self, rows, lambda found: projects_shown(found, place.viewer))


class SubgroupsView(ProjectsView):
    """The subgroups of a group."""

    @takes(Groups, responses=GroupSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """List those that the viewer sees, without those further down."""
        place = group_at(request, id)
        rows = subgroups_of(place.viewer, place.entity).filter(groups_selected(self.asked, place.viewer))
        return page_of(self, rows, groups_shown)


class NamespaceListView(ProjectsView):
    """The namespaces of one organization."""

    permission_classes = FOR_PEOPLE

    @takes(Namespaces, responses=NamespaceSerializer(many=True))
    def get(self, request: Request, id: str | None = None) -> Response:  # noqa: A002
        """List the groups and users' namespaces that the viewer sees."""
        scope = scope_of(request, id)
        rows = namespaces_in(scope.viewer, scope.organization_id)
        for word in self.asked.get("search", "").split():
            rows = rows.filter(Q(name__icontains=word) | Q(full_path__icontains=word))
        return page_of(self, rows, namespaces_shown)


class NamespaceView(ProjectsView):
    """One group or user's namespace, by id or path."""

    @takes(responses=NamespaceSerializer)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """Return it."""
        return Response(namespaces_shown([namespace_at(request, id).entity])[0])


def _parent(scope: Scope, parent_id: int) -> Namespace:
    """The group of this id; one and the same refusal for what is not there, not theirs, and of another organization."""
    rows = visible_namespaces(scope.viewer).filter(organization_id=scope.organization_id, kind=Namespace.Kind.GROUP)
    found = rows.filter(pk=parent_id).first()
    if found is None or level_in(scope.viewer, found) < Level.MAINTAIN:
        raise ValidationError({"parent_id": [NO_PARENT]})
    return found
