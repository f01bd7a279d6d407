"""Issues, merge requests, comments and to-do items as JSON, with the field names of GitLab's API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monolith.namespaces.api.serializers import PersonSerializer, web_url
from monolith.namespaces.views.people import people
from monolith.work.models import Issue, MergeRequest, Note, Todo

STATES = {Issue.State.OPEN.value: "opened", Issue.State.CLOSED.value: "closed"}
"""As GitLab calls them."""
TODO_TARGETS = {"issue": "Issue", "merge_request": "MergeRequest"}


class _WithPeople(serializers.ModelSerializer[Any]):
    """A row with people, who are read all at once: see `with_people`."""

    author = serializers.SerializerMethodField()

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_author(self, row: Any) -> Any:
        """The user, or null when the account is deleted."""
        return self._person(row.author_id)

    def _person(self, user_id: int | None) -> Any:
        found = self.context["people"].get(user_id)
        return PersonSerializer(found).data if found else None


class _IssuableSerializer(_WithPeople):
    assignee = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    web_url = serializers.SerializerMethodField()

    segment: str

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_assignee(self, row: Issue | MergeRequest) -> Any:
        """The user, or null without an assignee."""
        return self._person(row.assignee_id)

    @extend_schema_field(serializers.ChoiceField([*STATES.values()]))
    def get_state(self, row: Issue | MergeRequest) -> str:
        """The state, in GitLab's words."""
        return STATES[row.state]

    def get_web_url(self, row: Issue | MergeRequest) -> str:
        """The URL of its page."""
        return web_url(f"{row.project.full_path}/-/{self.segment}/{row.iid}")


_ISSUABLE = ("id", "iid", "project_id", "title", "description", "state", "created_at", "author", "assignee", "web_url")


class IssueSerializer(_IssuableSerializer):
    """An issue of a project."""

    segment = "issues"

    class Meta:
        model = Issue
        fields = _ISSUABLE


class MergeRequestSerializer(_IssuableSerializer):
    """A merge request of a project."""

    segment = "merge_requests"

    class Meta:
        model = MergeRequest
        fields = (*_ISSUABLE, "source_branch", "target_branch")


class NoteSerializer(_WithPeople):
    """A comment."""

    body = serializers.CharField(source="text")

    class Meta:
        model = Note
        fields = ("id", "body", "author", "created_at")


class TargetSerializer(serializers.Serializer[Any]):
    """The issue or merge request that a to-do item is about."""

    id = serializers.IntegerField()
    iid = serializers.IntegerField()
    project_id = serializers.IntegerField()
    title = serializers.CharField()


class TodoSerializer(serializers.ModelSerializer[Todo]):
    """A to-do item."""

    target_type = serializers.SerializerMethodField()
    target = serializers.SerializerMethodField()
    target_url = serializers.SerializerMethodField()

    class Meta:
        model = Todo
        fields = ("id", "state", "target_type", "target", "target_url", "created_at")

    @extend_schema_field(serializers.ChoiceField([*TODO_TARGETS.values()]))
    def get_target_type(self, todo: Todo) -> str:
        """Whether it is about an issue or a merge request."""
        return TODO_TARGETS["issue" if todo.issue else "merge_request"]

    @extend_schema_field(TargetSerializer)
    def get_target(self, todo: Todo) -> Any:
        """The issue or merge request."""
        return TargetSerializer(todo.issue or todo.merge_request).data

    def get_target_url(self, todo: Todo) -> str:
        """The URL of its page."""
        about = todo.issue or todo.merge_request
        assert about is not None  # noqa: S101  the database says so
        segment = "issues" if todo.issue else "merge_requests"
        return web_url(f"{about.project.full_path}/-/{segment}/{about.iid}")


def with_people(serializer: type[_WithPeople], rows: Sequence[Any]) -> Any:
    """Rows as JSON, with their people read in one query."""
    ids: Iterable[int | None] = (getattr(row, name, None) for row in rows for name in ("author_id", "assignee_id"))
    return serializer(rows, many=True, context={"people": people(ids)}).data
