"""What people do in projects: issues, merge requests, comments and to-do items."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from monolith.namespaces.models import Project
from monolith.work.words import WORDS
from schemas.fields import SoftReferenceField
from schemas.tenancy import OrganizationOwned


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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


class Issue(_Issuable):
    """An issue of a project."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="issues", db_constraint=False, db_index=False
    )

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


class Note(OrganizationOwned):
    """A comment on an issue or a merge request."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, null=True, related_name="notes", db_constraint=False)
    merge_request = models.ForeignKey(
        MergeRequest, on_delete=models.CASCADE, null=True, related_name="notes", db_constraint=False
    )
    author_id = SoftReferenceField(to="users.User")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

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


TARGET = {Issue: "issue", MergeRequest: "merge_request"}
"""The column of todos and notes that refers to it."""
