"""What can be asked."""

from __future__ import annotations

from typing import Any, cast

import strawberry
import strawberry_django
from django.db.models import QuerySet

from monolith.graphql.connections import NEWEST, Connection, Window, listed, paged
from monolith.graphql.fields import field
from monolith.graphql.gid import IssueID, MergeRequestID, NoteID, OrganizationID, TodoID
from monolith.graphql.look import look
from monolith.graphql.namespaces import Group, Namespace, Organization, Project, all_groups, all_projects
from monolith.graphql.people import UserCore
from monolith.graphql.work import IssuableState, Issue, MergeRequest, Note, Todo, TodoStateEnum, in_state
from monolith.namespaces import models as namespaces
from monolith.namespaces.places import find_namespace, find_project
from monolith.work import models as work
from monolith.work.waiting import issuables_in, notes_in, todos_of
from organizations.members.viewer import Viewer
from organizations.models import Organization as OrganizationRow
from users import models as users


@strawberry_django.type(users.User, description="You, as you see yourself.")
class CurrentUser(UserCore):
    email: str

    @paged(description="Your to-do items in this organization, newest first; pending ones by default.")
    def todos(
        self,
        root: strawberry.Parent[users.User],
        info: strawberry.Info,
        page: Window,
        state: list[TodoStateEnum] | None = None,
    ) -> Connection[Todo]:
        here = look(info)
        states = [each.value for each in ([TodoStateEnum.pending] if state is None else state)]
        rows = todos_of(here.viewer, here.organization_id).filter(state__in=states)
        return listed(info, rows, NEWEST, page)

    @paged(description="The merge requests of this organization that are assigned to you, newest first.")
    def assigned_merge_requests(
        self,
        root: strawberry.Parent[users.User],
        info: strawberry.Info,
        page: Window,
        state: IssuableState | None = None,
    ) -> Connection[MergeRequest]:
        rows = _issuables(info, work.MergeRequest, state).filter(assignee_id=root.pk)
        return listed(info, rows, NEWEST, page)

    @paged(description="The merge requests of this organization that you opened, newest first.")
    def authored_merge_requests(
        self,
        root: strawberry.Parent[users.User],
        info: strawberry.Info,
        page: Window,
        state: IssuableState | None = None,
    ) -> Connection[MergeRequest]:
        rows = _issuables(info, work.MergeRequest, state).filter(author_id=root.pk)
        return listed(info, rows, NEWEST, page)


@strawberry.type(description="What you can ask for. Everything is of the organization whose address you use.")
class Query:
    @field(description="You; null without a token.")
    def current_user(self, info: strawberry.Info) -> CurrentUser | None:
        return cast(CurrentUser | None, look(info).person)

    @field(description="The organization whose address you use; null for the ID of any other.")
    def organization(self, info: strawberry.Info, id: OrganizationID | None = None) -> Organization | None:
        here = look(info)
        if (id is not None and id != here.organization_id) or not here.viewer.belongs_to(here.organization_id):
            here.missed = True
            return None
        row = here.scope.organization or OrganizationRow.objects.get(pk=here.organization_id)
        return Organization(row=row)

    @field(description="The group of this path.")
    def group(self, info: strawberry.Info, full_path: strawberry.ID) -> Group | None:
        return cast(Group | None, _at(info, _find_group, full_path))

    @field(description="The group or user's namespace of this path.")
    def namespace(self, info: strawberry.Info, full_path: strawberry.ID) -> Namespace | None:
        return cast(Namespace | None, _at(info, find_namespace, full_path))

    @field(description="The project of this path.")
    def project(self, info: strawberry.Info, full_path: strawberry.ID) -> Project | None:
        return cast(Project | None, _at(info, find_project, full_path))

    @paged(description="The groups that you can see, including subgroups, in the order of their paths.")
    def groups(
        self,
        info: strawberry.Info,
        page: Window,
    ) -> Connection[Group]:
        return all_groups(info, page)

    @paged(description="The projects that you can see, in the order of their paths.")
    def projects(
        self,
        info: strawberry.Info,
        page: Window,
    ) -> Connection[Project]:
        return all_projects(info, page)

    @paged(description="The issues that you can see, newest first.")
    def issues(
        self,
        info: strawberry.Info,
        page: Window,
        state: IssuableState | None = None,
    ) -> Connection[Issue]:
        return listed(info, _issuables(info, work.Issue, state), NEWEST, page)

    @field(description="The issue of this global ID.")
    def issue(self, info: strawberry.Info, id: IssueID) -> Issue | None:
        return cast(Issue | None, _one(info, _issuables(info, work.Issue), id))

    @field(description="The merge request of this global ID.")
    def merge_request(self, info: strawberry.Info, id: MergeRequestID) -> MergeRequest | None:
        return cast(MergeRequest | None, _one(info, _issuables(info, work.MergeRequest), id))

    @field(description="The comment of this global ID.")
    def note(self, info: strawberry.Info, id: NoteID) -> Note | None:
        here = look(info)
        return cast(Note | None, _one(info, notes_in(here.viewer, here.organization_id), id))

    @field(description="Your to-do item of this global ID.")
    def todo(self, info: strawberry.Info, id: TodoID) -> Todo | None:
        here = look(info)
        return cast(Todo | None, _one(info, todos_of(here.viewer, here.organization_id), id))


def _issuables(info: strawberry.Info, model: Any, state: IssuableState | None = None) -> QuerySet[Any]:
    here = look(info)
    return in_state(issuables_in(here.viewer, here.organization_id, model), state)


def _one(info: strawberry.Info, rows: QuerySet[Any], number: int) -> Any:
    """The row of an id, as far as the viewer sees it."""
    return look(info).here(rows.filter(pk=number).first())


def _at(info: strawberry.Info, find: Any, full_path: str) -> Any:
    """The group or project of a path in this organization, as far as the viewer sees it."""
    here = look(info)
    return here.here(None if "\0" in full_path else find(here.viewer, full_path))


def _find_group(viewer: Viewer, full_path: str) -> namespaces.Namespace | None:
    found = find_namespace(viewer, full_path)
    return found if found and found.kind == namespaces.Namespace.Kind.GROUP else None
