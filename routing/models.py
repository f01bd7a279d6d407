"""Routes: every name in use below `/`, and the pod that serves it.

The seed's `routes` table with its new column `routes.pod_id`. Live paths,
redirects, claims, reserved words and tombstones are kinds of one table under
one unique index: a name is one row (invariant 2). The migration adds
the composite foreign keys, for which Django has no words (invariant 1).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower

from organizations.models import Organization
from routing.names import ENTITY_TYPE
from schemas.names import path_condition

MAX_PATH = 1024
# Ids stay below 2^53, which JavaScript keeps exact: 2^13 ranges of 2^40 ids.
MAX_RANGES = 2**13


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
        CLAIM = "claim", "reserved for an entity that is being created or renamed"
        RESERVED = "reserved", "a first segment of URLs, never an entity's"
        TOMBSTONE = "tombstone", "a deleted name, not given away for days"

    path = models.CharField(max_length=MAX_PATH)
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.LIVE)
    # Collation C, so that the index also finds every key that begins with `my-company/`.
    key = models.GeneratedField(
        expression=Lower("path"),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
        help_text="What is looked up.",
    )
    top_level_key = models.GeneratedField(
        expression=models.Case(
            models.When(path__contains="/", then=Lower(SplitPart(F("path"), Value("/"), Value(1)))), default=None
        ),
        output_field=models.TextField(null=True, db_collation="C"),
        db_persist=True,
        help_text="The key of the top-level row above this one; null on a top-level row itself.",
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="routes", db_index=False
    )
    pod_id = models.CharField(
        max_length=31, null=True, help_text="Name of the pod, on top-level rows only; equals the organization's."
    )
    entity_type = models.CharField(max_length=8, null=True, help_text="The kind of entity, in the application's words.")
    entity_id = models.BigIntegerField(null=True, help_text="Id of the entity on its pod.")
    redirects_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="redirects", db_constraint=False
    )
    claim_key = models.UUIDField(null=True, unique=True, help_text="Under which the creator records its outcome.")
    expires_at = models.DateTimeField(null=True, help_text="When a claim is decided or a tombstone is deleted.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "routes"
        constraints = [
            models.UniqueConstraint(fields=["key"], name="routes_one_name_one_row"),
            # Targets of the composite foreign keys in migration 0002.
            models.UniqueConstraint(fields=["key", "organization"], name="routes_key_and_organization"),
            models.UniqueConstraint(fields=["id", "organization"], name="routes_id_and_organization"),
            models.UniqueConstraint(
                fields=["entity_type", "entity_id"], condition=Q(kind="live"), name="routes_entity_has_one_live_path"
            ),
            models.CheckConstraint(
                condition=(path_condition("path") & ~Q(kind="reserved"))
                | Q(kind="reserved", path__regex=r"\A[A-Za-z0-9_.-]+\Z"),
                name="routes_path_is_segments",
            ),
            # A reserved word has no organization and no pod, and contains no slash.
            models.CheckConstraint(
                condition=Q(kind="reserved", pod_id=None)
                | (~Q(kind="reserved") & ~(Q(pod_id=None) ^ Q(path__contains="/"))),
                name="routes_pod_on_top_level",
            ),
            models.CheckConstraint(
                condition=Q(kind="reserved", organization=None) | (~Q(kind="reserved") & Q(organization__isnull=False)),
                name="routes_organization_unless_reserved",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="live",
                    entity_type__isnull=False,
                    entity_id__isnull=False,
                    redirects_to=None,
                    claim_key=None,
                    expires_at=None,
                )
                | Q(
                    kind="redirect",
                    entity_type=None,
                    entity_id=None,
                    redirects_to__isnull=False,
                    claim_key=None,
                    expires_at=None,
                )
                # It has an id when the entity is there already and is being renamed, and points
                # to its live path when this name, an old one of the same entity, was a redirect.
                | Q(
                    kind="claim",
                    entity_type__isnull=False,
                    claim_key__isnull=False,
                    expires_at__isnull=False,
                )
                | Q(
                    kind="reserved",
                    entity_type=None,
                    entity_id=None,
                    redirects_to=None,
                    claim_key=None,
                    expires_at=None,
                )
                | Q(
                    kind="tombstone",
                    entity_type=None,
                    entity_id=None,
                    redirects_to=None,
                    claim_key=None,
                    expires_at__isnull=False,
                ),
                name="routes_kind_has_its_columns",
            ),
            models.CheckConstraint(
                condition=Q(entity_type=None) | Q(entity_type__regex=rf"\A{ENTITY_TYPE}\Z"),
                name="routes_entity_type_is_a_word",
            ),
            models.CheckConstraint(
                condition=Q(redirects_to=None) | ~Q(redirects_to=F("id")), name="routes_redirect_is_no_loop"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "pod_id"], name="routes_organization_pod"),
            models.Index(fields=["top_level_key", "organization"], name="routes_top_level"),
            # The few names that are not live, by kind: lists of them skip the millions that are.
            models.Index(fields=["kind", "key"], condition=~Q(kind="live"), name="routes_not_live"),
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="routes_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.path} ({self.kind})"


class IdRange(models.Model):
    """A range of ids leased to one pod for its `main` and `ci` tables (the seed's "unique ids across all pods").

    Range n holds the ids from n * 2^40 to (n + 1) * 2^40 - 1, so two ranges with different numbers cannot
    overlap and the primary key says all. Range 0, with the ids from before there were pods, belongs to the
    legacy pod. A range is never given back: its ids are in use. A pod draws from its newest range; it gets another
    one when a database of it was restored (docs/backups.md).
    """

    number = models.PositiveIntegerField(primary_key=True)
    pod_id = models.CharField(max_length=31)
    leased_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "id_ranges"
        constraints = [
            models.CheckConstraint(condition=Q(number__lt=MAX_RANGES), name="id_ranges_stay_below_2_to_53"),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.pod_id})"


class DatabaseMark(models.Model):
    """How far a pod's database had come when the pod last said so (routing/marks.py)."""

    pod_id = models.CharField(max_length=31)
    schema = models.CharField(max_length=31)
    mark = models.BigIntegerField(help_text="A number that the pod raises in the database first.")
    drawn = models.JSONField(help_text="The last id that each sequence gave.")
    marked_at = models.DateTimeField(help_text="By this database's clock.")

    class Meta:
        db_table = "database_marks"
        constraints = [models.UniqueConstraint(fields=["pod_id", "schema"], name="database_marks_one_of_a_database")]

    def __str__(self) -> str:
        return f"{self.schema} of {self.pod_id}: {self.mark}"
