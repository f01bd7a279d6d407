"""Routes: every name below `/` that belongs to somebody, and the pod that serves it.

The seed's `routes` table with its new column `routes.pod_id`. Live paths,
redirects, claims, reserved words and tombstones are kinds of one table under
one unique index, so that one name is one row.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower

from organizations.models import Organization

MAX_PATH = 1024


class SplitPart(Func):
    """PostgreSQL's `split_part(text, delimiter, n)`."""

    function = "split_part"
    output_field = models.TextField()


class Route(models.Model):
    """One name: a full path such as `my-company/my-project`, without a leading slash."""

    class Kind(models.TextChoices):
        """What stands behind a name."""

        LIVE = "live", "an entity is reached by it"
        REDIRECT = "redirect", "the old path of an entity that was renamed or transferred"
        CLAIM = "claim", "reserved for an entity that is being created"
        RESERVED = "reserved", "a first segment of URLs, never an entity's"
        TOMBSTONE = "tombstone", "a deleted name, not given away for days"

    class Entity(models.TextChoices):
        """What kind of entity a path names."""

        GROUP = "group"
        USER = "user"
        PROJECT = "project"

    path = models.CharField(max_length=MAX_PATH)
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.LIVE)
    key = models.GeneratedField(
        expression=Lower("path"), output_field=models.TextField(), db_persist=True, help_text="What is looked up."
    )
    top_level_key = models.GeneratedField(
        expression=models.Case(
            models.When(path__contains="/", then=Lower(SplitPart(F("path"), Value("/"), Value(1)))), default=None
        ),
        output_field=models.TextField(null=True),
        db_persist=True,
        help_text="The key of the top-level row above this one; null on a top-level row itself.",
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="routes")
    pod_id = models.CharField(
        max_length=31, null=True, help_text="Name of the pod, on top-level rows only; equals the organization's."
    )
    entity_type = models.CharField(max_length=8, choices=Entity.choices, null=True)
    entity_id = models.BigIntegerField(null=True, help_text="Id of the namespace or project on its pod.")
    redirects_to = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="redirects")
    claim_key = models.UUIDField(null=True, unique=True, help_text="Under which the creator records its outcome.")
    expires_at = models.DateTimeField(null=True, help_text="When a claim is settled or a tombstone given free.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("key", name="routes_one_name_one_row"),
            # Targets of composite foreign keys, see migration 0002.
            models.UniqueConstraint("key", "organization", name="routes_key_and_organization"),
            models.UniqueConstraint(
                "entity_type", "entity_id", condition=Q(kind="live"), name="routes_entity_has_one_live_path"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "pod_id"], name="routes_organization_pod"),
            models.Index(fields=["top_level_key", "organization"], name="routes_top_level"),
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="routes_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.path} ({self.kind})"


class IdRange(models.Model):
    """A range of ids leased to one pod for its `main` and `ci` tables (the seed's "unique ids across all pods").

    Range 0, with the ids from before there were pods, belongs to the legacy pod.
    """

    number = models.PositiveIntegerField(primary_key=True)
    pod_id = models.CharField(max_length=31)
    leased_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.number} ({self.pod_id})"
