"""Projects and issues for programs: what one may not see is not there, as on pages."""

from __future__ import annotations

from django.db.models.functions import Lower
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from organizations.models import GITLAB_COM_PUBLIC, Organization
from projects.api.pages import page_of
from projects.api.serializers import IssueSerializer, ProjectSerializer
from projects.models import Issue, Project
from projects.visibility import viewer_of, visible_projects
from routing.names import key_of
from users.api.private import PrivateView

MOST_DIGITS = 18


class ProjectsView(PrivateView):
    """Those of GitLab.com Public; people of other organizations are sent to their own."""

    @extend_schema(
        operation_id="projects", summary="Projects of GitLab.com Public", responses=ProjectSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """Those that one may see."""
        return _projects(request, GITLAB_COM_PUBLIC)


class OrganizationProjectsView(PrivateView):
    """Those of one organization, for its members."""

    @extend_schema(
        operation_id="organization_projects",
        summary="Projects of an organization",
        responses=ProjectSerializer(many=True),
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  (as the URL names it)
        """Those that one may see."""
        return _projects(request, _organization(request, id))


class IssuesView(PrivateView):
    """Open issues in GitLab.com Public that are assigned to whoever asks."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="issues", summary="Issues assigned to you", responses=IssueSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Those, oldest first."""
        return _assigned(request, GITLAB_COM_PUBLIC)


class OrganizationIssuesView(PrivateView):
    """Open issues in one organization that are assigned to whoever asks."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="organization_issues",
        summary="Issues of an organization assigned to you",
        responses=IssueSerializer(many=True),
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """Those, oldest first."""
        return _assigned(request, _organization(request, id))


class ProjectView(PrivateView):
    """One project, by id or path."""

    @extend_schema(operation_id="project", summary="A project by id or escaped path", responses=ProjectSerializer)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """It, for those who may see it."""
        return Response(ProjectSerializer(_project(request, id)).data)


class ProjectIssuesView(PrivateView):
    """A project's issues."""

    @extend_schema(operation_id="project_issues", summary="Issues of a project", responses=IssueSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """All of them, newest first."""
        rows = Issue.objects.filter(project=_project(request, id)).order_by("-iid")
        return page_of(request, rows, IssueSerializer)


def _projects(request: Request, organization_id: int) -> Response:
    rows = visible_projects(viewer_of(request.user)).filter(organization_id=organization_id)
    return page_of(request, rows.order_by("full_path"), ProjectSerializer)


def _assigned(request: Request, organization_id: int) -> Response:
    seen = visible_projects(viewer_of(request.user)).filter(organization_id=organization_id)
    rows = Issue.objects.filter(
        organization_id=organization_id, assignee_id=request.user.pk, state=Issue.State.OPEN, project__in=seen
    )
    return page_of(request, rows.order_by("pk"), IssueSerializer)


def _project(request: Request, key: str) -> Project:
    rows = visible_projects(viewer_of(request.user))
    if _is_id(key):
        found = rows.filter(pk=int(key)).first()
    else:
        found = rows.alias(key=Lower("full_path")).filter(key=key_of(key)).first() if key.isascii() else None
    if found is None:
        raise Http404("no such project, or none for you")
    return found


def _organization(request: Request, key: str) -> int:
    """The id of an organization that whoever asks belongs to."""
    rows = Organization.objects.filter(state=Organization.State.ACTIVE)
    rows = rows.filter(pk=int(key)) if _is_id(key) else rows.alias(key=Lower("path")).filter(key=key_of(key))
    found = rows.first()
    if found is None or not viewer_of(request.user).belongs_to(found.pk):
        raise Http404("no such organization, or none of yours")
    return found.pk


def _is_id(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= MOST_DIGITS
