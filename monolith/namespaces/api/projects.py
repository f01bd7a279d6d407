"""`/api/v4/projects`, and `/api/v4/organizations/<id>/projects`."""

from __future__ import annotations

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from admin_settings.in_force import in_force
from monolith.namespaces.api.changes import changed
from monolith.namespaces.api.inputs import ChangedProject, NewProject, TransferredProject
from monolith.namespaces.api.pages import page_of
from monolith.namespaces.api.parameters import Deletion, OneProject, Projects, projects_selected
from monolith.namespaces.api.places import is_id, project_at, refuse_unless_owner, scope_of
from monolith.namespaces.api.serializers import ProjectSerializer
from monolith.namespaces.api.shown import projects_shown
from monolith.namespaces.api.view import ProjectsView, count_attempt
from monolith.namespaces.creation import create_project, transfer
from monolith.namespaces.deletion import delete
from monolith.namespaces.models import Namespace
from monolith.namespaces.places import find_namespace
from monolith.namespaces.policy import Level, level_in
from monolith.namespaces.seen import projects_in
from monolith.namespaces.transfers import refuse_into
from monolith.namespaces.visibility import first_choice, visible_namespaces
from organizations.scope import Scope
from users.api.inputs import takes

ACCEPTED = {"message": "202 Accepted"}
NO_NAMESPACE = "Name a namespace here that you maintain."


class ProjectListView(ProjectsView):
    """The projects of one organization; of GitLab.com Public at the global address."""

    @takes(Projects, responses=ProjectSerializer(many=True))
    def get(self, request: Request, id: str | None = None) -> Response:  # noqa: A002  (as the URL names it)
        """List those that the viewer sees."""
        scope = scope_of(request, id)
        rows = projects_in(scope.viewer, scope.organization_id)
        rows = rows.filter(projects_selected(self.asked, scope.viewer)).select_related("namespace")
        return page_of(self, rows, lambda found: projects_shown(found, scope.viewer))

    @takes(body=NewProject, responses={201: ProjectSerializer})
    def post(self, request: Request, id: str | None = None) -> Response:  # noqa: A002
        """Create one, in a namespace of the same organization."""
        scope = scope_of(request, id)
        fields = self.given()
        namespace = _namespace(scope, fields.pop("namespace_id", None))
        count_attempt(scope.viewer)
        fields.setdefault("visibility", first_choice(in_force().default_project_visibility, namespace))
        made = create_project(namespace, creator_id=scope.viewer.user_id, **fields)
        return Response(projects_shown([made], scope.viewer)[0], 201)


class ProjectView(ProjectsView):
    """One project, by id or path."""

    @takes(OneProject, responses=ProjectSerializer)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """Return it."""
        place = project_at(request, id)
        return Response(projects_shown([place.entity], place.viewer)[0])

    @takes(body=ChangedProject, responses=ProjectSerializer)
    def put(self, request: Request, id: str) -> Response:  # noqa: A002
        """Change its name, path, visibility or description; the path needs an owner."""
        place = project_at(request, id, Level.MAINTAIN)
        fields, project = self.given(), place.entity
        path = fields.pop("path", project.path)
        if path != project.path:
            refuse_unless_owner(place)
            count_attempt(place.viewer)
        return Response(projects_shown([changed(project, fields, path)], place.viewer)[0])

    @takes(Deletion, responses={202: None})
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002
        """Delete it with everything in it."""
        delete(project_at(request, id, Level.OWN).entity)
        return Response(ACCEPTED, 202)


class ProjectTransferView(ProjectsView):
    """A project's place."""

    @takes(body=TransferredProject, responses=ProjectSerializer)
    def put(self, request: Request, id: str) -> Response:  # noqa: A002
        """Move it into another namespace of the same organization."""
        place = project_at(request, id, Level.OWN)
        key = self.given()["namespace"].strip("/")
        into = (
            visible_namespaces(place.viewer).filter(pk=int(key)).first()
            if is_id(key)
            else find_namespace(place.viewer, key)
        )
        into = refuse_into(place.viewer, place.entity, into)
        count_attempt(place.viewer)
        return Response(projects_shown([transfer(place.entity, into)], place.viewer)[0])


def _namespace(scope: Scope, namespace_id: int | None) -> Namespace:
    """Where a new project is to be: the namespace of this id, or one's own without one.

    One and the same refusal for what is not there, not to be seen, not theirs, and of another organization.
    """
    rows = visible_namespaces(scope.viewer).filter(organization_id=scope.organization_id)
    own = {"kind": Namespace.Kind.USER, "owner_id": scope.viewer.user_id}
    found = rows.filter(**({"pk": namespace_id} if namespace_id else own)).first()
    if found is None or level_in(scope.viewer, found) < Level.MAINTAIN:
        raise ValidationError({"namespace_id": [NO_NAMESPACE]})
    return found
