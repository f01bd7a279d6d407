"""Issues, merge requests, comments and to-do items."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry
import strawberry_django
from django.db.models import Count, QuerySet

from monolith.graphql.connections import (
    OLDEST,
    Below,
    Connection,
    Order,
    Window,
    listed_below,
    listed_here,
    paged,
)
from monolith.graphql.fields import field
from monolith.graphql.gid import gid
from monolith.graphql.look import look
from monolith.graphql.people import UserCore, person_of
from monolith.graphql.siblings import of_all, together
from monolith.namespaces.api.places import number_of
from monolith.namespaces.api.serializers import web_url
from monolith.work import models
from monolith.work.api.found import MOST_IID
from monolith.work.api.serializers import STATES
from monolith.work.waiting import issuables_in

if TYPE_CHECKING:
    from monolith.graphql.namespaces import Project

SEGMENTS = {models.Issue: "issues", models.MergeRequest: "merge_requests"}
LABELED = {models.Issue: "issues", models.MergeRequest: "mergerequests"}
"""What leads from a label to those that have it."""
STATE_OF = {name: state for state, name in STATES.items()}
BY_NUMBER = Order("iid")

ProjectLater = Annotated["Project", strawberry.lazy("monolith.graphql.namespaces")]


@strawberry.enum(description="The state of an issue or merge request; as a filter, all selects every state.")
class IssuableState(Enum):
    opened = "opened"
    closed = "closed"
    all = "all"


@strawberry.enum(description="The state of a to-do item.")
class TodoStateEnum(Enum):
    pending = "pending"
    done = "done"


@strawberry.enum(description="What a to-do item is about.")
class TodoTargetEnum(Enum):
    ISSUE = "issue"
    MERGEREQUEST = "merge_request"


@strawberry_django.type(models.Note, description="A comment on an issue or merge request.")
class Note:
    created_at: datetime

    @field(description="The global ID.")
    def id(self, root: strawberry.Parent[models.Note]) -> strawberry.ID:
        return gid(root)

    @field(description="The text.")
    def body(self, root: strawberry.Parent[models.Note]) -> str:
        return root.text

    @field(description="The user who wrote it; null when the account is deleted.")
    def author(self, root: strawberry.Parent[models.Note], info: strawberry.Info) -> UserCore | None:
        return person_of(info, root, "author_id")


def _notes_count(info: strawberry.Info, root: Any) -> int:
    column = models.TARGET[type(root)]

    def load(rows: list[Any]) -> Mapping[Any, int]:
        found = models.Note.objects.filter(**{f"{column}__in": [each.pk for each in rows]})
        return dict(found.values_list(column).annotate(number=Count("pk")).order_by())

    return of_all(info, root, "notes count", load) or 0


@strawberry.enum(description="The state of a milestone.")
class MilestoneStateEnum(Enum):
    active = "active"
    closed = "closed"


@strawberry_django.type(models.Label, description="A label of a project.")
class Label:
    color: str
    description: str

    @field(description="The global ID.")
    def id(self, root: strawberry.Parent[models.Label]) -> strawberry.ID:
        return gid(root)

    @field(description="The name.")
    def title(self, root: strawberry.Parent[models.Label]) -> str:
        return root.name


@strawberry_django.type(models.Milestone, description="A milestone of a project.")
class Milestone:
    title: str
    description: str
    start_date: date | None
    due_date: date | None
    created_at: datetime
    updated_at: datetime

    @field(description="The global ID.")
    def id(self, root: strawberry.Parent[models.Milestone]) -> strawberry.ID:
        return gid(root)

    @field(description="The number within the project.")
    def iid(self, root: strawberry.Parent[models.Milestone]) -> strawberry.ID:
        return strawberry.ID(str(root.iid))

    @field(description="Whether it is active or closed.")
    def state(self, root: strawberry.Parent[models.Milestone]) -> MilestoneStateEnum:
        return MilestoneStateEnum(root.state)

    @field(description="Whether its due date has passed.")
    def expired(self, root: strawberry.Parent[models.Milestone]) -> bool:
        return root.is_expired


@strawberry.interface(description="What issues and merge requests have in common.")
class Issuable:
    title: str
    description: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None

    @field(description="The global ID.")
    def id(self, root: strawberry.Parent[Any]) -> strawberry.ID:
        return gid(root)

    @field(description="The number within the project.")
    def iid(self, root: strawberry.Parent[Any]) -> strawberry.ID:
        return strawberry.ID(str(root.iid))

    @field(description="Whether it is opened or closed.")
    def state(self, root: strawberry.Parent[Any]) -> IssuableState:
        return IssuableState(STATES[root.state])

    @field(description="The project.")
    def project(self, root: strawberry.Parent[Any], info: strawberry.Info) -> ProjectLater:
        def load(rows: list[Any]) -> Mapping[Any, Any]:
            projects = {each.project_id: each.project for each in rows}
            together(projects.values())
            return {each.pk: projects[each.project_id] for each in rows}

        return cast("Project", of_all(info, root, "project", load))

    @field(description="The URL of its page.")
    def web_url(self, root: strawberry.Parent[Any]) -> str:
        return web_url(f"{root.project.full_path}/-/{SEGMENTS[type(root)]}/{root.iid}")

    @field(description="The user who opened it; null when the account is deleted.")
    def author(self, root: strawberry.Parent[Any], info: strawberry.Info) -> UserCore | None:
        return person_of(info, root, "author_id")

    @paged(description="The users whom it is assigned to.")
    def assignees(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        page: Window,
    ) -> Connection[UserCore]:
        found = person_of(info, root, "assignee_id")
        return listed_here([found] if found else [], page)

    @paged(description="The comments, oldest first.")
    def notes(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        page: Window,
    ) -> Connection[Note]:
        rows = models.Note.objects.filter(organization_id=look(info).organization_id)
        return listed_below(info, root, Below(models.TARGET[type(root)], rows, OLDEST), page, "notes")

    @paged(description="The labels, in the order in which the project got them.")
    def labels(self, root: strawberry.Parent[Any], info: strawberry.Info, page: Window) -> Connection[Label]:
        rows = models.Label.objects.filter(organization_id=look(info).organization_id)
        return listed_below(info, root, Below(LABELED[type(root)], rows, OLDEST), page, "labels")

    @field(description="The milestone.")
    def milestone(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Milestone | None:
        def load(rows: list[Any]) -> Mapping[Any, Any]:
            found = models.Milestone.objects.in_bulk({each.milestone_id for each in rows} - {None})
            return {each.pk: found.get(each.milestone_id) for each in rows}

        return cast(Milestone | None, of_all(info, root, "milestone", load))

    @field(description="How many comments there are.")
    def user_notes_count(self, root: strawberry.Parent[Any], info: strawberry.Info) -> int:
        return _notes_count(info, root)


@strawberry_django.type(models.Issue, description="An issue of a project.")
class Issue(Issuable):
    @field(description="Whether only its author, its assignee and developers of the project see it.")
    def confidential(self, root: strawberry.Parent[models.Issue]) -> bool:
        return root.confidential

    @field(description="How texts refer to it: # and its number, after the project's path if full is true.")
    def reference(self, root: strawberry.Parent[models.Issue], full: bool = False) -> str:
        return f"{root.project.full_path if full else ''}#{root.iid}"


@strawberry_django.type(models.MergeRequest, description="A merge request of a project.")
class MergeRequest(Issuable):
    source_branch: str
    target_branch: str

    @field(description="How texts refer to it: ! and its number, after the project's path if full is true.")
    def reference(self, root: strawberry.Parent[models.MergeRequest], full: bool = False) -> str:
        return f"{root.project.full_path if full else ''}!{root.iid}"


Todoable = Annotated[Issue | MergeRequest, strawberry.union("Todoable", description="What a to-do item is about.")]


@strawberry_django.type(models.Todo, description="An issue or merge request that waits for you.")
class Todo:
    created_at: datetime

    @field(description="The global ID.")
    def id(self, root: strawberry.Parent[models.Todo]) -> strawberry.ID:
        return gid(root)

    @field(description="Whether it is pending or done.")
    def state(self, root: strawberry.Parent[models.Todo]) -> TodoStateEnum:
        return TodoStateEnum(root.state)

    @field(description="Whether it is about an issue or a merge request.")
    def target_type(self, root: strawberry.Parent[models.Todo]) -> TodoTargetEnum:
        return TodoTargetEnum(models.TARGET[type(root.about)])

    @field(description="The issue or merge request.")
    def target(self, root: strawberry.Parent[models.Todo], info: strawberry.Info) -> Todoable:
        def load(rows: list[Any]) -> Mapping[Any, Any]:
            found = {each.pk: each.about for each in rows}
            for model in models.TARGET:
                together({each.pk: each for each in found.values() if isinstance(each, model)}.values())
            return found

        return cast(Issue | MergeRequest, of_all(info, root, "target", load))

    @field(description="The URL of the page of the issue or merge request.")
    def target_url(self, root: strawberry.Parent[models.Todo]) -> str:
        about = root.about
        return web_url(f"{about.project.full_path}/-/{SEGMENTS[type(about)]}/{about.iid}")


def in_state(rows: QuerySet[Any], state: IssuableState | None) -> QuerySet[Any]:
    """Return the rows in a state."""
    return rows if state in (None, IssuableState.all) else rows.filter(state=STATE_OF[state.value])


def numbered(info: strawberry.Info, project: Any, model: Any, iid: str) -> Any:
    """Return the issue or merge request of a number in a project; None when there is none for the viewer."""
    here = look(info)
    number = min(number_of(iid), MOST_IID)

    def load(projects: list[Any]) -> Mapping[Any, Any]:
        rows = issuables_in(here.viewer, here.organization_id, model).filter(iid=number, project__in=projects)
        return {row.project_id: row for row in together(rows)}

    found = of_all(info, project, (model, "number", number), load)
    here.missed |= found is None
    return found
