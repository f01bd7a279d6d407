"""What a pod does for each organization: the last word on whether it serves one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

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
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["active", "incoming", "fenced", "moved"]),
                name="organization_state_is_known",
            ),
            models.CheckConstraint(condition=Q(epoch__gte=1), name="organization_state_epoch_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"
