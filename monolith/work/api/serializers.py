"""Issues, merge requests, comments and to-do items as JSON, with the field names of GitLab's API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monolith.namespaces.api.serializers import LINKS, PersonSerializer, api_url, web_url
from monolith.work.models import Issue, Label, MergeRequest, Milestone, Note, Todo

STATES = {Issue.State.OPEN.value: "opened", Issue.State.CLOSED.value: "closed"}
"""As GitLab calls them."""
LABEL_COUNTS = ("open_issues_count", "closed_issues_count", "open_merge_requests_count")
TODO_TARGETS = {"issue": "Issue", "merge_request": "MergeRequest"}


class LabelSerializer(serializers.ModelSerializer[Label]):
    """A label of a project."""

    text_color = serializers.SerializerMethodField()
    is_project_label = serializers.SerializerMethodField()
    archived = serializers.SerializerMethodField()
    subscribed = serializers.SerializerMethodField()
    open_issues_count = serializers.SerializerMethodField()
    closed_issues_count = serializers.SerializerMethodField()
    open_merge_requests_count = serializers.SerializerMethodField()

    class Meta:
        model = Label
        fields = (
            *("id", "name", "color", "text_color", "description", "priority", "subscribed"),
            *("is_project_label", "archived", *LABEL_COUNTS),
        )

    def to_representation(self, label: Label) -> Any:
        """As JSON; counts only where they were asked for."""
        shown = super().to_representation(label)
        return shown if "counts" in self.context else {key: shown[key] for key in shown if key not in LABEL_COUNTS}

    def _count(self, label: Label, name: str) -> int:
        return int(self.context.get("counts", {}).get(name, {}).get(label.pk, 0))

    def get_open_issues_count(self, label: Label) -> int:
        """Open issues that the user can see; only with `with_counts`."""
        return self._count(label, "open_issues_count")

    def get_closed_issues_count(self, label: Label) -> int:
        """Closed issues that the user can see; only with `with_counts`."""
        return self._count(label, "closed_issues_count")

    def get_open_merge_requests_count(self, label: Label) -> int:
        """Open merge requests; only with `with_counts`."""
        return self._count(label, "open_merge_requests_count")

    def get_text_color(self, label: Label) -> str:
        """What can be read on the label's color."""
        red, green, blue = (int(label.color[at : at + 2], 16) for at in (1, 3, 5))
        return "#1F1E24" if red + green + blue > 500 else "#FFFFFF"

    def get_is_project_label(self, label: Label) -> bool:
        """Every label belongs to a project."""
        return True

    def get_archived(self, label: Label) -> bool:
        """Labels are not archived."""
        return False

    def get_subscribed(self, label: Label) -> bool:
        """Labels have no subscribers."""
        return False


class MilestoneSerializer(serializers.ModelSerializer[Milestone]):
    """A milestone of a project."""

    expired = serializers.SerializerMethodField()
    web_url = serializers.SerializerMethodField()

    class Meta:
        model = Milestone
        fields = (
            *("id", "iid", "project_id", "title", "description", "state", "created_at", "updated_at"),
            *("due_date", "start_date", "expired", "web_url"),
        )

    def get_expired(self, milestone: Milestone) -> bool:
        """Whether its due date has passed."""
        return milestone.is_expired

    def get_web_url(self, milestone: Milestone) -> str:
        """The URL that its page would have."""
        return web_url(f"{self.context['path_of'][milestone.project_id]}/-/milestones/{milestone.iid}")


class WithPeople(serializers.ModelSerializer[Any]):
    """A row with people, who are read all at once: see `monolith.work.api.shown`."""

    author = serializers.SerializerMethodField()

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_author(self, row: Any) -> Any:
        """The user, or null when the account is deleted."""
        return self._person(row.author_id)

    def _person(self, user_id: int | None) -> Any:
        found = self.context["people"].get(user_id)
        return PersonSerializer(found).data if found else None


class _IssuableSerializer(WithPeople):
    assignee = serializers.SerializerMethodField()
    assignees = serializers.SerializerMethodField()
    closed_by = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    labels = serializers.SerializerMethodField()
    milestone = serializers.SerializerMethodField()
    user_notes_count = serializers.SerializerMethodField()
    upvotes = serializers.SerializerMethodField()
    downvotes = serializers.SerializerMethodField()
    references = serializers.SerializerMethodField()
    web_url = serializers.SerializerMethodField()
    subscribed = serializers.SerializerMethodField()
    _links = serializers.SerializerMethodField()

    segment: str
    sign: str

    def to_representation(self, row: Issue | MergeRequest) -> Any:
        """As JSON; lists leave out whether the user is subscribed, as GitLab's do."""
        shown = super().to_representation(row)
        if "subscribed" not in self.context:
            shown.pop("subscribed")
        return shown

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_assignee(self, row: Issue | MergeRequest) -> Any:
        """The user, or null without an assignee."""
        return self._person(row.assignee_id)

    @extend_schema_field(PersonSerializer(many=True))
    def get_assignees(self, row: Issue | MergeRequest) -> Any:
        """The same as a list."""
        found = self._person(row.assignee_id)
        return [found] if found else []

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_closed_by(self, row: Issue | MergeRequest) -> Any:
        """The user who closed it, or null."""
        return self._person(row.closed_by_id)

    @extend_schema_field(serializers.ChoiceField([*STATES.values()]))
    def get_state(self, row: Issue | MergeRequest) -> str:
        """The state, in GitLab's words."""
        return STATES[row.state]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_labels(self, row: Issue | MergeRequest) -> Any:
        """The names of its labels, or the labels if `with_labels_details` is true."""
        labels = self.context["labels"].get(row.pk, [])
        if self.context.get("with_labels_details"):
            return LabelSerializer(labels, many=True).data
        return [label.name for label in labels]

    @extend_schema_field(MilestoneSerializer(allow_null=True))
    def get_milestone(self, row: Issue | MergeRequest) -> Any:
        """Its milestone, or null."""
        if row.milestone is None:
            return None
        return MilestoneSerializer(row.milestone, context={"path_of": {row.project_id: row.project.full_path}}).data

    def get_user_notes_count(self, row: Issue | MergeRequest) -> int:
        """How many comments it has."""
        return int(self.context["notes"].get(row.pk, 0))

    def get_upvotes(self, row: Issue | MergeRequest) -> int:
        """There are no votes."""
        return 0

    def get_downvotes(self, row: Issue | MergeRequest) -> int:
        """There are no votes."""
        return 0

    @extend_schema_field(LINKS)
    def get_references(self, row: Issue | MergeRequest) -> dict[str, str]:
        """How texts refer to it."""
        short = f"{self.sign}{row.iid}"
        return {"short": short, "relative": short, "full": f"{row.project.full_path}{short}"}

    def get_web_url(self, row: Issue | MergeRequest) -> str:
        """The URL of its page."""
        return web_url(f"{row.project.full_path}/-/{self.segment}/{row.iid}")

    def get_subscribed(self, row: Issue | MergeRequest) -> bool:
        """Whether the user who asks follows it; not in lists."""
        return bool(self.context.get("subscribed"))

    @extend_schema_field(LINKS)
    def get__links(self, row: Issue | MergeRequest) -> dict[str, str]:
        """URLs of the API."""
        project = f"projects/{row.project_id}"
        one = f"{project}/{self.segment}/{row.iid}"
        return {"self": api_url(one), "notes": api_url(f"{one}/notes"), "project": api_url(project)}


_ISSUABLE = (
    *("id", "iid", "project_id", "title", "description", "state", "created_at", "updated_at", "closed_at"),
    *("closed_by", "labels", "milestone", "assignees", "author", "assignee", "user_notes_count", "upvotes"),
    *("downvotes", "references", "web_url", "subscribed", "_links"),
)


class IssueSerializer(_IssuableSerializer):
    """An issue of a project."""

    segment, sign = "issues", "#"
    issue_type = serializers.SerializerMethodField()
    type = serializers.SerializerMethodField()
    merge_requests_count = serializers.SerializerMethodField()

    class Meta:
        model = Issue
        fields = (*_ISSUABLE, "confidential", "due_date", "issue_type", "type", "merge_requests_count")

    def get_issue_type(self, row: Issue) -> str:
        """Every issue is one."""
        return "issue"

    def get_type(self, row: Issue) -> str:
        """The same in capitals."""
        return "ISSUE"

    def get_merge_requests_count(self, row: Issue) -> int:
        """No merge request refers to an issue."""
        return 0


class MergeRequestSerializer(_IssuableSerializer):
    """A merge request of a project."""

    segment, sign = "merge_requests", "!"
    source_project_id = serializers.IntegerField(source="project_id")
    target_project_id = serializers.IntegerField(source="project_id")
    draft = serializers.SerializerMethodField()
    merged_at = serializers.SerializerMethodField()
    reviewers = serializers.SerializerMethodField()

    class Meta:
        model = MergeRequest
        fields = (
            *_ISSUABLE,
            *("source_branch", "target_branch", "source_project_id", "target_project_id", "draft", "merged_at"),
            "reviewers",
        )

    def get_draft(self, row: MergeRequest) -> bool:
        """Whether its title begins with "Draft:"."""
        return row.title.lower().startswith("draft:")

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_merged_at(self, row: MergeRequest) -> None:
        """Nothing is merged, because there are no repositories."""
        return

    @extend_schema_field(PersonSerializer(many=True))
    def get_reviewers(self, row: MergeRequest) -> list[Any]:
        """There are no reviewers."""
        return []


class NoteSerializer(WithPeople):
    """A comment."""

    body = serializers.CharField(source="text")
    type = serializers.SerializerMethodField()
    system = serializers.SerializerMethodField()
    confidential = serializers.SerializerMethodField()
    internal = serializers.SerializerMethodField()
    resolvable = serializers.SerializerMethodField()
    noteable_id = serializers.SerializerMethodField()
    noteable_type = serializers.SerializerMethodField()
    noteable_iid = serializers.SerializerMethodField()
    project_id = serializers.SerializerMethodField()

    class Meta:
        model = Note
        fields = (
            *("id", "type", "body", "author", "created_at", "updated_at", "system", "confidential", "internal"),
            *("resolvable", "noteable_id", "noteable_type", "noteable_iid", "project_id"),
        )

    @extend_schema_field(serializers.ChoiceField(["DiscussionNote"], allow_null=True))
    def get_type(self, note: Note) -> str | None:
        """DiscussionNote in a thread, else null."""
        return "DiscussionNote" if note.is_in_thread else None

    def get_system(self, note: Note) -> bool:
        """Every comment was written by a user."""
        return False

    def get_confidential(self, note: Note) -> bool:
        """Comments are as visible as what they are about."""
        return False

    def get_internal(self, note: Note) -> bool:
        """Comments are as visible as what they are about."""
        return False

    def get_resolvable(self, note: Note) -> bool:
        """Threads are not resolved."""
        return False

    def get_noteable_id(self, note: Note) -> int:
        """The id of the issue or merge request."""
        return int(self.context["about"].pk)

    @extend_schema_field(serializers.ChoiceField([*TODO_TARGETS.values()]))
    def get_noteable_type(self, note: Note) -> str:
        """Issue or MergeRequest."""
        return type(self.context["about"]).__name__

    def get_noteable_iid(self, note: Note) -> int:
        """The number of the issue or merge request."""
        return int(self.context["about"].iid)

    def get_project_id(self, note: Note) -> int:
        """The id of the project."""
        return int(self.context["about"].project_id)


class DiscussionSerializer(serializers.Serializer[Any]):
    """A thread of comments, or a single comment."""

    id = serializers.CharField(help_text="40 hexadecimal digits.")
    individual_note = serializers.BooleanField(help_text="Whether it is a single comment that takes no answers.")
    notes = NoteSerializer(many=True)


class TargetSerializer(serializers.Serializer[Any]):
    """The issue or merge request that a to-do item is about."""

    id = serializers.IntegerField()
    iid = serializers.IntegerField()
    project_id = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField()
    state = serializers.SerializerMethodField()
    web_url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(serializers.ChoiceField([*STATES.values()]))
    def get_state(self, about: Issue | MergeRequest) -> str:
        """The state, in GitLab's words."""
        return STATES[about.state]

    def get_web_url(self, about: Issue | MergeRequest) -> str:
        """The URL of its page."""
        return page_of_target(about)


class TodoSerializer(serializers.ModelSerializer[Todo]):
    """A to-do item."""

    target_type = serializers.SerializerMethodField()
    target = serializers.SerializerMethodField()
    target_url = serializers.SerializerMethodField()
    project = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()

    class Meta:
        model = Todo
        fields = ("id", "state", "body", "project", "target_type", "target", "target_url", "created_at")

    @extend_schema_field(serializers.ChoiceField([*TODO_TARGETS.values()]))
    def get_target_type(self, todo: Todo) -> str:
        """Whether it is about an issue or a merge request."""
        return TODO_TARGETS["issue" if todo.issue else "merge_request"]

    @extend_schema_field(TargetSerializer)
    def get_target(self, todo: Todo) -> Any:
        """The issue or merge request."""
        return TargetSerializer(todo.about).data

    def get_target_url(self, todo: Todo) -> str:
        """The URL of its page."""
        return page_of_target(todo.about)

    def get_body(self, todo: Todo) -> str:
        """The title of the issue or merge request."""
        return todo.about.title

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_project(self, todo: Todo) -> dict[str, Any]:
        """The project of the issue or merge request."""
        project = todo.about.project
        return {
            "id": project.pk,
            "name": project.name,
            "path": project.path,
            "path_with_namespace": project.full_path,
        }


def page_of_target(about: Issue | MergeRequest) -> str:
    """Return the URL of the page of an issue or a merge request."""
    segment = "issues" if isinstance(about, Issue) else "merge_requests"
    return web_url(f"{about.project.full_path}/-/{segment}/{about.iid}")
