"""What an organization works with: namespaces, projects, issues, merge requests, todos.

Every row carries its organization (invariant 6), and every reference between
rows stays within it: migration 0002 adds the composite foreign keys and the
replica identities that Django has no words for.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from schemas.fields import SoftReferenceField


class OrganizationState(models.Model):
    """What this pod does for an organization: only `active` serves, whatever rows lie here."""

    class State(models.TextChoices):
        """An organization's state on this pod."""

        ACTIVE = "active", "served here"
        INCOMING = "incoming", "being moved to this pod"
        FENCED = "fenced", "being moved away, takes no writes"
        MOVED = "moved", "served by another pod"

    id = SoftReferenceField(to="organizations.Organization", primary_key=True, db_index=False)
    state = models.CharField(max_length=8, choices=State.choices)
    epoch = models.BigIntegerField(default=1)

    class Meta:
        db_table = "organization_state"

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"


class Visibility(models.TextChoices):
    """Who may see a group or project."""

    PUBLIC = "public", "everybody"
    INTERNAL = "internal", "members of the organization"
    PRIVATE = "private", "its members"


class OrganizationOwned(models.Model):
    """A row of one organization."""

    organization = models.ForeignKey(OrganizationState, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Namespace(OrganizationOwned):
    """A group, or a person's own namespace: has projects, and groups have subgroups."""

    class Kind(models.TextChoices):
        """Whose namespace it is."""

        GROUP = "group"
        USER = "user"

    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.GROUP)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="subgroups")
    path = models.CharField(max_length=255, help_text="One segment.")
    full_path = models.CharField(max_length=1024, help_text="As in routes.")
    name = models.CharField(max_length=255)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE)
    owner_id = SoftReferenceField(to="users.User", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", "id", name="namespaces_identity"),
            models.UniqueConstraint(Lower("full_path"), name="namespaces_full_path"),
        ]

    def __str__(self) -> str:
        return self.full_path


class NamespaceMember(OrganizationOwned):
    """That a person is a member of a group, and so sees what is private in it."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="members")
    user_id = SoftReferenceField(to="users.User")

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", "id", name="namespace_members_identity"),
            models.UniqueConstraint("namespace", "user_id", name="namespace_members_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.namespace_id}"


class Project(OrganizationOwned):
    """A project in a namespace."""

    namespace = models.ForeignKey(Namespace, on_delete=models.PROTECT, related_name="projects")
    path = models.CharField(max_length=255, help_text="One segment.")
    full_path = models.CharField(max_length=1024, help_text="As in routes.")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", "id", name="projects_identity"),
            models.UniqueConstraint(Lower("full_path"), name="projects_full_path"),
        ]

    def __str__(self) -> str:
        return self.full_path


class ProjectMember(OrganizationOwned):
    """That a person is a member of a project, and so sees it when it is private."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members")
    user_id = SoftReferenceField(to="users.User")

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", "id", name="project_members_identity"),
            models.UniqueConstraint("project", "user_id", name="project_members_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.project_id}"


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
    assignee_id = SoftReferenceField(to="users.User", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


class Issue(_Issuable):
    """An issue of a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="issues")

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", "id", name="issues_identity"),
            models.UniqueConstraint("project", "iid", name="issues_iid"),
        ]


class MergeRequest(_Issuable):
    """A merge request of a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="merge_requests")
    source_branch = models.CharField(max_length=255)
    target_branch = models.CharField(max_length=255, default="main")

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", "id", name="merge_requests_identity"),
            models.UniqueConstraint("project", "iid", name="merge_requests_iid"),
        ]


class Todo(OrganizationOwned):
    """Something that waits for a person: an issue or a merge request."""

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending"
        DONE = "done"

    user_id = SoftReferenceField(to="users.User")
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, null=True, related_name="todos")
    merge_request = models.ForeignKey(MergeRequest, on_delete=models.CASCADE, null=True, related_name="todos")
    state = models.CharField(max_length=7, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", "id", name="todos_identity"),
            models.CheckConstraint(
                condition=Q(issue__isnull=True) ^ Q(merge_request__isnull=True), name="todos_have_one_target"
            ),
        ]

    def __str__(self) -> str:
        return f"todo of {self.user_id}"
