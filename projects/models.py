"""What an organization works with: namespaces, projects, issues, merge requests, comments, todos.

Every row carries its organization (invariant 6), and every reference between
rows stays within it: `ProtectOrganizationRows` in migration 0002 adds the
composite foreign keys and the replica identities that Django has no words for.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower

from schemas.fields import SoftReferenceField
from schemas.names import path_condition, segment_condition


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
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["active", "incoming", "fenced", "moved"]),
                name="organization_state_is_known",
            ),
            models.CheckConstraint(condition=Q(epoch__gte=1), name="organization_state_epoch_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"


class Visibility(models.TextChoices):
    """Who may see a group or project."""

    PUBLIC = "public", "everybody"
    INTERNAL = "internal", "members of the organization"
    PRIVATE = "private", "its members"

    def covers(self, other: Visibility) -> bool:
        """Whether at least as many people see this as `other`."""
        from_wide_to_narrow = list(Visibility)
        return from_wide_to_narrow.index(self) <= from_wide_to_narrow.index(other)


class OrganizationOwned(models.Model):
    """A row of one organization."""

    organization = models.ForeignKey(OrganizationState, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


_FULL_PATH_ENDS_WITH_PATH = Q(full_path__endswith=Concat(Value("/"), F("path")))


class Namespace(OrganizationOwned):
    """A group, or a person's own namespace: has projects, and groups have subgroups."""

    class Kind(models.TextChoices):
        """Whose namespace it is."""

        GROUP = "group"
        USER = "user"

    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.GROUP)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="subgroups", db_constraint=False
    )
    path = models.CharField(max_length=255, help_text="One segment.")
    full_path = models.CharField(max_length=1024, help_text="As in routes.")
    name = models.CharField(max_length=255)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE)
    owner_id = SoftReferenceField(to="users.User", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "namespaces"
        constraints = [
            models.UniqueConstraint(Lower("full_path"), name="namespaces_full_path"),
            models.CheckConstraint(condition=segment_condition("path"), name="namespaces_path_is_a_segment"),
            models.CheckConstraint(
                condition=Q(parent=None, full_path=F("path"))
                | (Q(parent__isnull=False) & _FULL_PATH_ENDS_WITH_PATH & path_condition("full_path")),
                name="namespaces_full_path_ends_with_path",
            ),
            # A person's own namespace is a top-level one.
            models.CheckConstraint(
                condition=Q(kind="group", owner_id=None) | Q(kind="user", owner_id__isnull=False, parent=None),
                name="namespaces_kind_has_its_columns",
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=["public", "internal", "private"]), name="namespaces_visibility_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.full_path


class Role(models.TextChoices):
    """What a member of a group or project is there; projects/policy.py says what each may do."""

    GUEST = "guest"
    DEVELOPER = "developer"
    MAINTAINER = "maintainer"
    OWNER = "owner"


class NamespaceMember(OrganizationOwned):
    """That a person is a member of a group, and so sees what is private in it."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="members", db_constraint=False)
    user_id = SoftReferenceField(to="users.User")
    # No default: whoever makes a member says what they may do, or the database refuses the row.
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        db_table = "namespace_members"
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["guest", "developer", "maintainer", "owner"]),
                name="namespace_members_role_is_known",
            ),
            models.UniqueConstraint(fields=["namespace", "user_id"], name="namespace_members_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.namespace_id}"


_LAST = "The highest number ever given; a trigger keeps it."


class Project(OrganizationOwned):
    """A project in a namespace."""

    namespace = models.ForeignKey(Namespace, on_delete=models.PROTECT, related_name="projects", db_constraint=False)
    path = models.CharField(max_length=255, help_text="One segment.")
    full_path = models.CharField(max_length=1024, help_text="As in routes.")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE)
    created_at = models.DateTimeField(auto_now_add=True)
    last_issue = models.PositiveIntegerField(default=0, db_default=0, editable=False, help_text=_LAST)
    last_merge_request = models.PositiveIntegerField(default=0, db_default=0, editable=False, help_text=_LAST)

    class Meta:
        db_table = "projects"
        constraints = [
            models.UniqueConstraint(Lower("full_path"), name="projects_full_path"),
            models.CheckConstraint(condition=segment_condition("path"), name="projects_path_is_a_segment"),
            models.CheckConstraint(
                condition=_FULL_PATH_ENDS_WITH_PATH & path_condition("full_path"),
                name="projects_full_path_ends_with_path",
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=["public", "internal", "private"]), name="projects_visibility_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.full_path


class ProjectMember(OrganizationOwned):
    """That a person is a member of a project, and so sees it when it is private."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members", db_constraint=False)
    user_id = SoftReferenceField(to="users.User")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        db_table = "project_members"
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["guest", "developer", "maintainer", "owner"]),
                name="project_members_role_is_known",
            ),
            models.UniqueConstraint(fields=["project", "user_id"], name="project_members_once"),
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

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="issues", db_constraint=False)

    class Meta:
        db_table = "issues"
        constraints = [
            models.UniqueConstraint(fields=["project", "iid"], name="issues_iid"),
        ]


class MergeRequest(_Issuable):
    """A merge request of a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="merge_requests", db_constraint=False)
    source_branch = models.CharField(max_length=255)
    target_branch = models.CharField(max_length=255, default="main")

    class Meta:
        db_table = "merge_requests"
        constraints = [
            models.UniqueConstraint(fields=["project", "iid"], name="merge_requests_iid"),
        ]


class Todo(OrganizationOwned):
    """Something that waits for a person: an issue or a merge request."""

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending"
        DONE = "done"

    user_id = SoftReferenceField(to="users.User")
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, null=True, related_name="todos", db_constraint=False)
    merge_request = models.ForeignKey(
        MergeRequest, on_delete=models.CASCADE, null=True, related_name="todos", db_constraint=False
    )
    state = models.CharField(max_length=7, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "todos"
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


class Burial(OrganizationOwned):
    """That an entity was deleted and is still to be forgotten elsewhere: its name has to become a tombstone.

    Written in the transaction that deletes the entity, and deleted when that is done: whatever dies in between, the
    janitor goes on (projects/deletion.py). An organization that is to be deleted has one too (projects/closing.py).
    """

    ORGANIZATION = "org"

    entity_type = models.CharField(max_length=8)
    entity_id = models.BigIntegerField()
    path = models.CharField(max_length=1024)
    project_ids = ArrayField(models.BigIntegerField(), null=True, help_text="Of the projects that were deleted.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "burials"
        constraints = [
            models.UniqueConstraint(fields=["entity_type", "entity_id"], name="burials_once"),
            models.CheckConstraint(
                condition=Q(entity_type__in=["group", "user", "project", "org"]),
                name="burials_entity_type_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.path


class ClaimOutcome(OrganizationOwned):
    """What became of a claimed path (invariant 3): written once, by whoever comes first.

    The creator writes `alive` in the transaction that makes the entity; the janitor writes `dead` before it
    releases the claim, so that a creator who comes later fails and makes nothing.
    """

    class Outcome(models.TextChoices):
        """Whether the entity exists."""

        ALIVE = "alive", "the entity was made"
        DEAD = "dead", "it was not, and never will be under this key"

    claim_key = models.UUIDField(primary_key=True)
    outcome = models.CharField(max_length=5, choices=Outcome.choices)
    entity_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        db_table = "claim_outcomes"
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="alive", entity_id__isnull=False) | Q(outcome="dead", entity_id=None),
                name="claim_outcomes_alive_has_an_entity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_key} ({self.outcome})"
