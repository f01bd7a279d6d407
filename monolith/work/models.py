"""What people do in projects: issues, merge requests, comments and to-do items."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone

from monolith.namespaces.models import Project
from monolith.work.words import WORDS
from schemas.fields import SoftReferenceField
from schemas.tenancy import OrganizationOwned


class Label(OrganizationOwned):
    """A label of a project, for its issues and merge requests."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="labels", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=255)
    color = models.CharField(max_length=7, validators=[RegexValidator(r"\A#[0-9a-fA-F]{6}\Z")])
    description = models.TextField(blank=True, default="", db_default="")
    priority = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "labels"
        constraints = [models.UniqueConstraint("project", Lower("name"), name="labels_once")]

    def __str__(self) -> str:
        return self.name


class Milestone(OrganizationOwned):
    """A milestone of a project."""

    class State(models.TextChoices):
        """Where it stands."""

        ACTIVE = "active"
        CLOSED = "closed"

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="milestones", db_constraint=False, db_index=False
    )
    iid = models.PositiveIntegerField(help_text="Number within the project.")
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True, default="", db_default="")
    state = models.CharField(max_length=6, choices=State.choices, default=State.ACTIVE)
    start_date = models.DateField(null=True)
    due_date = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        db_table = "milestones"
        constraints = [
            models.UniqueConstraint(fields=["project", "iid"], name="milestones_iid"),
            models.UniqueConstraint(fields=["project", "title"], name="milestones_title"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_expired(self) -> bool:
        """Whether its due date has passed."""
        return self.due_date is not None and self.due_date < timezone.now().date()


class _Issuable(OrganizationOwned):
    """What issues and merge requests have in common."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open"
        CLOSED = "closed"

    iid = models.PositiveIntegerField(help_text="Number within the project.")
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    author_id = SoftReferenceField(to="users.User")
    assignee_id = SoftReferenceField(to="users.User", null=True, db_index=False)
    milestone = models.ForeignKey(
        Milestone, on_delete=models.SET_NULL, null=True, related_name="%(class)ss", db_constraint=False
    )
    labels = models.ManyToManyField(Label, through="LabelLink", related_name="%(class)ss")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())
    closed_at = models.DateTimeField(null=True)
    closed_by_id = SoftReferenceField(to="users.User", null=True, db_index=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


class Issue(_Issuable):
    """An issue of a project."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="issues", db_constraint=False, db_index=False
    )

    confidential = models.BooleanField(
        default=False, db_default=False, help_text="Only for its author, its assignee and developers."
    )
    due_date = models.DateField(null=True)

    class Meta:
        db_table = "issues"
        indexes = [
            models.Index(fields=["assignee_id", "organization", "state", "id"], name="issues_assigned"),
            models.Index(fields=["project", "state", "iid"], name="issues_by_state"),
            GinIndex(WORDS, name="issues_words"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "iid"], name="issues_iid"),
        ]


class MergeRequest(_Issuable):
    """A merge request of a project."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="merge_requests", db_constraint=False, db_index=False
    )
    source_branch = models.CharField(max_length=255)
    target_branch = models.CharField(max_length=255, default="main")

    class Meta:
        db_table = "merge_requests"
        indexes = [
            models.Index(fields=["assignee_id", "organization", "state", "id"], name="merge_requests_assigned"),
            models.Index(fields=["project", "state", "iid"], name="merge_requests_by_state"),
            GinIndex(WORDS, name="merge_requests_words"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "iid"], name="merge_requests_iid"),
        ]


class Todo(OrganizationOwned):
    """Something that waits for a person: an issue or a merge request."""

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending"
        DONE = "done"

    user_id = SoftReferenceField(to="users.User", db_index=False)
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, null=True, related_name="todos", db_constraint=False)
    merge_request = models.ForeignKey(
        MergeRequest, on_delete=models.CASCADE, null=True, related_name="todos", db_constraint=False
    )
    state = models.CharField(max_length=7, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "todos"
        indexes = [models.Index(fields=["user_id", "organization", "state", "id"], name="todos_waiting")]
        constraints = [
            models.CheckConstraint(
                condition=Q(issue__isnull=True) ^ Q(merge_request__isnull=True), name="todos_have_one_target"
            ),
        ]

    def __str__(self) -> str:
        return f"todo of {self.user_id}"

    @property
    def about(self) -> Issue | MergeRequest:
        """What it is about."""
        about = self.issue or self.merge_request
        assert about is not None  # noqa: S101  the database says so
        return about


class Note(OrganizationOwned):
    """A comment on an issue or a merge request."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, null=True, related_name="notes", db_constraint=False)
    merge_request = models.ForeignKey(
        MergeRequest, on_delete=models.CASCADE, null=True, related_name="notes", db_constraint=False
    )
    author_id = SoftReferenceField(to="users.User")
    text = models.TextField()
    answers = models.ForeignKey(
        "self",
        # Answers are deleted by the statement that deletes the first comment (`monolith.work.issuables`): Django would
        # delete rows of nullable references in any order, and these constraints are not deferrable.
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="answered_by",
        db_constraint=False,
        help_text="The first comment of the thread that this one is in.",
    )
    begins_thread = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        db_table = "notes"
        constraints = [
            models.CheckConstraint(
                condition=Q(issue__isnull=True) ^ Q(merge_request__isnull=True), name="notes_have_one_target"
            ),
        ]

    def __str__(self) -> str:
        return f"note of {self.author_id}"

    @property
    def about(self) -> Issue | MergeRequest:
        """What it is a comment on."""
        about = self.issue or self.merge_request
        assert about is not None  # noqa: S101  the database says so
        return about

    @property
    def is_in_thread(self) -> bool:
        """Whether it begins a thread or is in one."""
        return self.begins_thread or self.answers_id is not None


class LabelLink(OrganizationOwned):
    """That an issue or a merge request has a label."""

    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="links", db_constraint=False)
    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, null=True, related_name="label_links", db_constraint=False, db_index=False
    )
    merge_request = models.ForeignKey(
        MergeRequest,
        on_delete=models.CASCADE,
        null=True,
        related_name="label_links",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        db_table = "label_links"
        constraints = [
            models.UniqueConstraint(fields=["issue", "label"], name="label_links_of_issue"),
            models.UniqueConstraint(fields=["merge_request", "label"], name="label_links_of_merge_request"),
            models.CheckConstraint(
                condition=Q(issue__isnull=True) ^ Q(merge_request__isnull=True), name="label_links_have_one_target"
            ),
        ]

    def __str__(self) -> str:
        return f"label {self.label_id}"


class Subscription(OrganizationOwned):
    """Whether a person follows an issue or a merge request, where they said so."""

    user_id = SoftReferenceField(to="users.User")
    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, null=True, related_name="subscriptions", db_constraint=False, db_index=False
    )
    merge_request = models.ForeignKey(
        MergeRequest,
        on_delete=models.CASCADE,
        null=True,
        related_name="subscriptions",
        db_constraint=False,
        db_index=False,
    )
    subscribed = models.BooleanField()

    class Meta:
        db_table = "subscriptions"
        constraints = [
            models.UniqueConstraint(fields=["issue", "user_id"], name="subscriptions_of_issue"),
            models.UniqueConstraint(fields=["merge_request", "user_id"], name="subscriptions_of_merge_request"),
            models.CheckConstraint(
                condition=Q(issue__isnull=True) ^ Q(merge_request__isnull=True), name="subscriptions_have_one_target"
            ),
        ]

    def __str__(self) -> str:
        return f"subscription of {self.user_id}"


class Recent(OrganizationOwned):
    """That a person looked at something. No constraint refers to it, so that it never stands in anybody's way."""

    class Kind(models.TextChoices):
        """Of what."""

        PROJECT = "project"
        NAMESPACE = "namespace"
        ISSUE = "issue"
        MERGE_REQUEST = "merge_request"

    user_id = SoftReferenceField(to="users.User", db_index=False)
    kind = models.CharField(max_length=13, choices=Kind.choices)
    entity_id = models.BigIntegerField(help_text="Its id; it may be deleted, or be in another organization by now.")
    viewed_at = models.DateTimeField()

    class Meta:
        db_table = "recents"
        constraints = [
            models.UniqueConstraint(fields=["user_id", "organization", "kind", "entity_id"], name="recents_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["project", "namespace", "issue", "merge_request"]), name="recents_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.entity_id} of {self.user_id}"


class HistoryLine(OrganizationOwned):
    """Who changed what of an issue or a merge request, and when."""

    class Kind(models.TextChoices):
        """What was done."""

        CLOSED = "closed"
        REOPENED = "reopened"
        RENAMED = "renamed"
        ASSIGNED = "assigned"
        UNASSIGNED = "unassigned"

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, null=True, related_name="history", db_constraint=False)
    merge_request = models.ForeignKey(
        MergeRequest, on_delete=models.CASCADE, null=True, related_name="history", db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    actor_id = SoftReferenceField(to="users.User", db_index=False)
    user_id = SoftReferenceField(
        to="users.User", null=True, db_index=False, help_text="Who was assigned, or is no longer."
    )
    before = models.CharField(max_length=255, blank=True, default="", help_text="The title before.")
    after = models.CharField(max_length=255, blank=True, default="", help_text="The title after.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "history_lines"
        constraints = [
            models.CheckConstraint(
                condition=Q(issue__isnull=True) ^ Q(merge_request__isnull=True), name="history_lines_have_one_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor_id}"


TARGET = {Issue: "issue", MergeRequest: "merge_request"}
"""The column of todos and notes that refers to it."""
