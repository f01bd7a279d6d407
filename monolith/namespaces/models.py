"""Groups, projects and their members.

Every row carries its organization (invariant 6), and every reference between
rows stays within it: `ProtectOrganizationRows` in the migration adds the
composite foreign keys and the replica identities that Django cannot express.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat, Lower, Now
from django.utils import timezone

from monolith.namespaces.grams import GRAMS
from schemas.fields import SoftReferenceField
from schemas.names import path_condition, segment_condition
from schemas.tenancy import OrganizationOwned


class Visibility(models.TextChoices):
    """Who may see a group or project."""

    PUBLIC = "public", "everybody"
    INTERNAL = "internal", "members of the organization"
    PRIVATE = "private", "its members"

    def covers(self, other: Visibility) -> bool:
        """Whether at least as many people see this as `other`."""
        from_wide_to_narrow = list(Visibility)
        return from_wide_to_narrow.index(self) <= from_wide_to_narrow.index(other)


_FULL_PATH_ENDS_WITH_PATH = Q(full_path__endswith=Concat(Value("/"), F("path")))


class Namespace(OrganizationOwned):
    """A group, or a person's own namespace: has projects, and groups have subgroups."""

    class Kind(models.TextChoices):
        """Whose namespace it is."""

        GROUP = "group"
        USER = "user"

    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.GROUP)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="subgroups", db_constraint=False, db_index=False
    )
    path = models.CharField(max_length=255, help_text="One path segment.")
    full_path = models.CharField(max_length=1024, db_collation="C", help_text="The full path, as in routes.")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, default="", db_default="")
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE)
    owner_id = SoftReferenceField(to="users.User", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "namespaces"
        indexes = [
            # What one kind of viewer sees, in the order of lists (monolith/namespaces/seen.py).
            models.Index("organization", "visibility", Lower("full_path"), name="namespaces_seen"),
            models.Index("parent", "visibility", Lower("full_path"), name="namespaces_seen_in_parent"),
            # GitLab.com Public has many users' namespaces for each group.
            models.Index(
                "organization",
                "visibility",
                Lower("full_path"),
                condition=Q(kind="group"),
                name="namespaces_groups_seen",
            ),
            GinIndex(GRAMS, condition=Q(kind="group"), name="namespaces_grams"),
        ]
        constraints = [
            # Whose name it is, `routes` says. A copy of a move may have one that another organization has taken since.
            models.UniqueConstraint(Lower("full_path"), "organization", name="namespaces_full_path"),
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

    @property
    def entity_type(self) -> str:
        """What routes call it."""
        return self.kind


class Role(models.TextChoices):
    """What a member of a group or project is there; monolith/namespaces/policy.py says what each may do."""

    GUEST = "guest"
    DEVELOPER = "developer"
    MAINTAINER = "maintainer"
    OWNER = "owner"


class _CurrentDate(Func):
    template = "CURRENT_DATE"
    output_field = models.DateField()


class InForce(models.Manager[Any]):
    """Memberships that have not expired. Every check of who is a member uses this manager."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return them."""
        return super().get_queryset().filter(Q(expires_at=None) | Q(expires_at__gt=_CurrentDate()))


class _Member(OrganizationOwned):
    """A membership. It ends by itself at the beginning of the day `expires_at` (UTC)."""

    user_id = SoftReferenceField(to="users.User")
    # No default: the code that adds a member sets the role, or the database refuses the row.
    role = models.CharField(max_length=10, choices=Role.choices)
    expires_at = models.DateField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    objects = InForce()
    with_expired = models.Manager()

    class Meta:
        abstract = True


class NamespaceMember(_Member):
    """That a person is a member of a group, and so sees what is private in it."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="members", db_constraint=False)

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


_LAST = "The highest number ever assigned; maintained by a trigger."


class Project(OrganizationOwned):
    """A project in a namespace."""

    entity_type = "project"
    """What routes call it."""

    namespace = models.ForeignKey(
        Namespace, on_delete=models.PROTECT, related_name="projects", db_constraint=False, db_index=False
    )
    path = models.CharField(max_length=255, help_text="One path segment.")
    full_path = models.CharField(max_length=1024, db_collation="C", help_text="The full path, as in routes.")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE)
    topics = ArrayField(models.CharField(max_length=255), default=list, db_default=[])
    archived = models.BooleanField(default=False, db_default=False)
    creator_id = SoftReferenceField(to="users.User", null=True, db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())
    last_activity_at = models.DateTimeField(
        default=timezone.now,
        db_default=Now(),
        help_text="The newest issue that is not confidential, merge request or change of settings.",
    )
    last_issue = models.PositiveIntegerField(default=0, db_default=0, editable=False, help_text=_LAST)
    last_merge_request = models.PositiveIntegerField(default=0, db_default=0, editable=False, help_text=_LAST)

    class Meta:
        db_table = "projects"
        indexes = [
            models.Index("organization", "visibility", Lower("full_path"), name="projects_seen"),
            models.Index("namespace", "visibility", Lower("full_path"), name="projects_seen_in_namespace"),
            GinIndex(GRAMS, name="projects_grams"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("full_path"), "organization", name="projects_full_path"),
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


class ProjectMember(_Member):
    """That a person is a member of a project, and so sees it when it is private."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members", db_constraint=False)

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


class Star(OrganizationOwned):
    """That a person marked a project with a star."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="stars", db_constraint=False)
    user_id = SoftReferenceField(to="users.User")

    class Meta:
        db_table = "stars"
        constraints = [models.UniqueConstraint(fields=["project", "user_id"], name="stars_once")]

    def __str__(self) -> str:
        return f"star of {self.user_id}"
