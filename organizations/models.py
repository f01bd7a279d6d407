"""Organizations: the unit that lives on exactly one pod."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from schemas.fields import SoftReferenceField
from schemas.names import segment_condition

GITLAB_COM_PUBLIC = 1
"""The id of GitLab.com Public, the meta-organization of legacy users; it lives on the legacy pod."""


class Organization(models.Model):
    """A customer's isolated part of the cluster: owns top-level namespaces, lives on one pod.

    A row is never deleted: a deleted organization keeps its path, so that nobody inherits its links.
    """

    class State(models.TextChoices):
        """What the cluster does with an organization."""

        CREATING = "creating", "path reserved; its pod creates the rest (organizations/founding.py)"
        ACTIVE = "active"
        DELETED = "deleted"

    path = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    pod_id = models.CharField(max_length=31, help_text="Name of the pod that the organization lives on.")
    epoch = models.BigIntegerField(
        default=1, help_text="Increases with every move, to tell older answers from newer ones."
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    creator_id = SoftReferenceField(
        to="users.User",
        null=True,
        db_index=False,
        help_text="The first owner; null when an operator created the organization.",
    )
    is_home_of_creator = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether the organization becomes the creator's default organization.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "organizations"
        indexes = [
            models.Index(
                fields=["creator_id", "created_at"],
                condition=Q(creator_id__isnull=False),
                name="organizations_of_creator",
            ),
            models.Index(fields=["pod_id"], condition=Q(state="creating"), name="organizations_being_created"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("path"), name="organizations_path_is_taken_once"),
            # Referenced by routes (organization_id, pod_id): an organization is on one pod.
            models.UniqueConstraint(fields=["id", "pod_id"], name="organizations_id_and_pod"),
            models.CheckConstraint(condition=segment_condition("path"), name="organizations_path_is_a_segment"),
            models.CheckConstraint(
                condition=Q(state__in=["creating", "active", "deleted"]), name="organizations_state_is_known"
            ),
            models.CheckConstraint(condition=Q(epoch__gte=1), name="organizations_epoch_is_positive"),
            # Migration 0002 adds that a new pod wants a new epoch; so this row cannot be moved.
            models.CheckConstraint(
                condition=~Q(id=GITLAB_COM_PUBLIC) | Q(state="active", epoch=1),
                name="organizations_gitlab_com_public_stays",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class NamespaceTransfer(models.Model):
    """A top-level namespace on its way from one organization to another one of the same pod (organizations/transfers/).

    While it is open no name below the namespace is claimed, and neither organization is moved or deleted.
    """

    class State(models.TextChoices):
        """How it stands; the pod's `main` decides between the two ends."""

        OPEN = "open", "begun; the pod that serves both organizations finishes or drops it"
        DONE = "done", "the namespace belongs to the target"
        DROPPED = "dropped", "nothing was changed"

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    path = models.CharField(max_length=255, help_text="The top-level name.")
    entity_type = models.CharField(max_length=8)
    entity_id = models.BigIntegerField()
    source = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    target = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    pod_id = models.CharField(
        max_length=31, null=True, help_text="The pod of both organizations, which stay there while it is open."
    )
    epoch = models.BigIntegerField(help_text="The greater one of both organizations; the target's is raised to it.")
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    asked_by = models.CharField(max_length=255, help_text="The operator.")
    expires_at = models.DateTimeField(help_text="When the janitor drops it, unless it is decided.")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "namespace_transfers"
        constraints = [
            models.UniqueConstraint(Lower("path"), condition=Q(state="open"), name="namespace_transfers_one_at_a_time"),
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="namespace_transfers_change_the_organization"
            ),
            models.CheckConstraint(
                condition=Q(state="open", pod_id__isnull=False, ended_at=None)
                | Q(state__in=["done", "dropped"], pod_id=None, ended_at__isnull=False),
                name="namespace_transfers_state_has_its_columns",
            ),
        ]
        indexes = [
            models.Index(fields=["source"], condition=Q(state="open"), name="namespace_transfers_from"),
            models.Index(fields=["target"], condition=Q(state="open"), name="namespace_transfers_to"),
        ]

    def __str__(self) -> str:
        return f"{self.path}: {self.source_id} to {self.target_id} ({self.state})"
