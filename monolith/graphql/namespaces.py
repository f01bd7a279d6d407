"""Organizations, groups, projects and their members."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, cast

import strawberry
import strawberry_django
from django.db.models import Q
from django.db.models.functions import Lower
from graphql import GraphQLError

from monolith.graphql.connections import (
    BY_PATH,
    OLDEST,
    Below,
    Connection,
    Order,
    Window,
    listed_below,
    listed_by_path,
    paged,
)
from monolith.graphql.fields import field
from monolith.graphql.gid import gid
from monolith.graphql.look import NO_PERSON, look
from monolith.graphql.people import UserCore, person_of
from monolith.graphql.siblings import are_many, of_all, together
from monolith.graphql.work import BY_NUMBER, IssuableState, Issue, Label, MergeRequest, Milestone, in_state, numbered
from monolith.namespaces import models
from monolith.namespaces.api.serializers import web_url
from monolith.namespaces.api.shown import ACCESS_LEVELS
from monolith.namespaces.seen import namespaces_in, projects_in, projects_of, subgroups_of
from monolith.namespaces.visibility import visible_namespaces, visible_projects
from monolith.work import models as work
from monolith.work.waiting import issuables_in
from organizations.members.viewer import NOBODY
from organizations.models import Organization as OrganizationRow

GROUPS = Q(kind=models.Namespace.Kind.GROUP)
BY_USER = Order("user_id", falling=False)


@strawberry.enum(description="Which members: DIRECT are those of the group or project itself.")
class MemberRelation(Enum):
    DIRECT = "direct"


@strawberry.type(description="A role, as in GitLab: 10 guest, 30 developer, 40 maintainer, 50 owner.")
class AccessLevel:
    integer_value: int
    string_value: str


@strawberry.type(description="A user who is a member of a group or project.")
class Member:
    @field(description="The user; null when the account is deleted.")
    def user(self, root: strawberry.Parent[Any], info: strawberry.Info) -> UserCore | None:
        return person_of(info, root, "user_id")

    @field(description="The role.")
    def access_level(self, root: strawberry.Parent[Any]) -> AccessLevel:
        return AccessLevel(integer_value=ACCESS_LEVELS[root.role], string_value=str(root.role).upper())


@strawberry.interface(description="What groups, users' namespaces and projects have in common.")
class Place:
    path: str
    name: str
    visibility: str
    created_at: datetime

    @field(description="The global ID.")
    def id(self, root: strawberry.Parent[Any]) -> strawberry.ID:
        return gid(root)

    @field(description="The path with the paths of all groups above it.")
    def full_path(self, root: strawberry.Parent[Any]) -> strawberry.ID:
        return strawberry.ID(root.full_path)

    @field(description="The URL of its page.")
    def web_url(self, root: strawberry.Parent[Any]) -> str:
        return web_url(root.full_path)


@strawberry_django.type(models.Namespace, description="A group or a user's namespace.")
class Namespace(Place):
    @paged(description="The projects that you can see, without those of its subgroups.")
    def projects(
        self,
        root: strawberry.Parent[models.Namespace],
        info: strawberry.Info,
        page: Window,
    ) -> Connection[Project]:
        return _projects(info, root, page)


@strawberry_django.type(models.Namespace, description="A group.")
class Group(Namespace):
    @field(description="The group that it is in; null at the top level.")
    def parent(self, root: strawberry.Parent[models.Namespace], info: strawberry.Info) -> Group | None:
        return cast(Group | None, _above(info, root, "parent_id", GROUPS))

    @paged(description="The direct subgroups that you can see.")
    def subgroups(
        self,
        root: strawberry.Parent[models.Namespace],
        info: strawberry.Info,
        page: Window,
    ) -> Connection[Group]:
        viewer = look(info).viewer
        if not are_many(root):
            return listed_by_path(info, subgroups_of(viewer, root), page)
        rows = visible_namespaces(viewer).alias(key=Lower("full_path"))
        return listed_below(info, root, Below("parent", rows, BY_PATH), page, "subgroups")

    @paged(description="The members, in the order of their users' ids. Requires a token.")
    def group_members(
        self,
        root: strawberry.Parent[models.Namespace],
        info: strawberry.Info,
        relations: list[MemberRelation],
        page: Window,
    ) -> Connection[Member] | None:
        return _members(info, root, "namespace", models.NamespaceMember, page)


@strawberry_django.type(models.Project, description="A project.")
class Project(Place):
    description: str
    archived: bool

    @field(description="The group or user's namespace that it is in.")
    def namespace(self, root: strawberry.Parent[models.Project], info: strawberry.Info) -> Namespace | None:
        return cast(Namespace | None, _above(info, root, "namespace_id", Q()))

    @field(description="The group that it is in; null in a user's namespace.")
    def group(self, root: strawberry.Parent[models.Project], info: strawberry.Info) -> Group | None:
        return cast(Group | None, _above(info, root, "namespace_id", GROUPS))

    @paged(description="The issues, newest first.")
    def issues(
        self,
        root: strawberry.Parent[models.Project],
        info: strawberry.Info,
        page: Window,
        state: IssuableState | None = None,
    ) -> Connection[Issue]:
        return _issuables(info, root, work.Issue, state, page)

    @field(description="The issue of this number.")
    def issue(self, root: strawberry.Parent[models.Project], info: strawberry.Info, iid: strawberry.ID) -> Issue | None:
        return cast(Issue | None, numbered(info, root, work.Issue, iid))

    @paged(description="The merge requests, newest first.")
    def merge_requests(
        self,
        root: strawberry.Parent[models.Project],
        info: strawberry.Info,
        page: Window,
        state: IssuableState | None = None,
    ) -> Connection[MergeRequest]:
        return _issuables(info, root, work.MergeRequest, state, page)

    @field(description="The merge request of this number.")
    def merge_request(
        self, root: strawberry.Parent[models.Project], info: strawberry.Info, iid: strawberry.ID
    ) -> MergeRequest | None:
        return cast(MergeRequest | None, numbered(info, root, work.MergeRequest, iid))

    @paged(description="The labels, in the order in which the project got them.")
    def labels(self, root: strawberry.Parent[models.Project], info: strawberry.Info, page: Window) -> Connection[Label]:
        return listed_below(info, root, Below("project", work.Label.objects.all(), OLDEST), page, "labels")

    @paged(description="The milestones, newest first.")
    def milestones(
        self, root: strawberry.Parent[models.Project], info: strawberry.Info, page: Window
    ) -> Connection[Milestone]:
        return listed_below(info, root, Below("project", work.Milestone.objects.all(), BY_NUMBER), page, "milestones")

    @paged(description="The members, in the order of their users' ids. Requires a token.")
    def project_members(
        self,
        root: strawberry.Parent[models.Project],
        info: strawberry.Info,
        relations: list[MemberRelation],
        page: Window,
    ) -> Connection[Member] | None:
        return _members(info, root, "project", models.ProjectMember, page)


@strawberry.type(description="An organization: what it has is served by one pod.")
class Organization:
    row: strawberry.Private[OrganizationRow]

    @field(description="The global ID.")
    def id(self) -> strawberry.ID:
        return gid(self.row)

    @field(description="The path.")
    def path(self) -> str:
        return self.row.path

    @field(description="The name.")
    def name(self) -> str:
        return self.row.name

    @paged(description="The projects that you can see.")
    def projects(
        self,
        info: strawberry.Info,
        page: Window,
    ) -> Connection[Project]:
        return all_projects(info, page)

    @paged(description="The groups that you can see, including subgroups.")
    def groups(
        self,
        info: strawberry.Info,
        page: Window,
    ) -> Connection[Group]:
        return all_groups(info, page)


def all_projects(info: strawberry.Info, page: Window) -> Connection[Project]:
    """Return the projects of the organization that the viewer sees."""
    here = look(info)
    return listed_by_path(info, projects_in(here.viewer, here.organization_id), page)


def all_groups(info: strawberry.Info, page: Window) -> Connection[Group]:
    """Return the groups of the organization that the viewer sees."""
    here = look(info)
    return listed_by_path(info, namespaces_in(here.viewer, here.organization_id).filter(GROUPS), page)


def _projects(info: strawberry.Info, root: models.Namespace, page: Window) -> Connection[Project]:
    viewer = look(info).viewer
    if not are_many(root):
        return listed_by_path(info, projects_of(viewer, root), page)
    rows = visible_projects(viewer).alias(key=Lower("full_path"))
    return listed_below(info, root, Below("namespace", rows, BY_PATH), page, "projects")


def _members(info: strawberry.Info, root: Any, link: str, model: Any, page: Window) -> Connection[Member]:
    viewer = look(info).viewer
    if viewer.user_id == NOBODY:
        raise GraphQLError(NO_PERSON)
    return listed_below(info, root, Below(link, model.objects.all(), BY_USER), page, "members")


def _issuables(
    info: strawberry.Info, root: Any, model: Any, state: IssuableState | None, page: Window
) -> Connection[Any]:
    here = look(info)
    rows = in_state(issuables_in(here.viewer, here.organization_id, model), state)
    return listed_below(info, root, Below("project", rows, BY_NUMBER), page, (model, state))


def _above(info: strawberry.Info, root: Any, column: str, condition: Q) -> Any:
    """The namespace that a group or project is in, if the viewer sees it."""

    def load(rows: list[Any]) -> Mapping[Any, Any]:
        ids = {getattr(each, column) for each in rows} - {None}
        found = visible_namespaces(look(info).viewer).filter(condition).in_bulk(ids)
        together(found.values())
        return {each.pk: found.get(getattr(each, column)) for each in rows}

    return of_all(info, root, (column, str(condition)), load)
