"""What a pod does for each organization: the last word on whether it serves one.

The same tables are in `main` and in `ci`, since no transaction spans both. `main` decides what is served; in both, the
state is what the gate (`schemas/gate.py`) asks before a row is written.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

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
    move_id = models.UUIDField(null=True, help_text="The move that set this state, if one did.")
    attempt = models.IntegerField(default=0, db_default=0, help_text="Of the move: rises with every cut-over.")
    fenced_until = models.DateTimeField(null=True, help_text="When to check whether a move still needs the fence.")

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


class MoveMarker(models.Model):
    """A row that a move inserts on one pod and waits for on the other: all that was committed before it has arrived."""

    pk = models.CompositePrimaryKey("move_id", "attempt", "kind")
    move_id = models.UUIDField()
    attempt = models.IntegerField()
    kind = models.TextField(help_text="What the move waits for.")
    at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        db_table = "move_marker"

    def __str__(self) -> str:
        return f"{self.kind} of {self.move_id}, attempt {self.attempt}"


class MoveCheckpoint(models.Model):
    """How far a move has copied a table to this pod. Written with the rows, so it is never ahead of them."""

    pk = models.CompositePrimaryKey("move_id", "name")
    move_id = models.UUIDField()
    name = models.TextField(help_text="The table.")
    copied_to = models.TextField(null=True, help_text="The key of the last row that was copied.")
    rows = models.BigIntegerField(default=0, db_default=0)
    bytes = models.BigIntegerField(default=0, db_default=0)
    done = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "move_checkpoint"

    def __str__(self) -> str:
        return f"{self.name} of {self.move_id}, up to {self.copied_to}"


class DepartedId(models.Model):
    """An id that this pod gave to a row which left with its organization: who asks here is told where it is."""

    pk = models.CompositePrimaryKey("kind", "row_id")
    kind = models.TextField(help_text="The table of the row.")
    row_id = models.BigIntegerField(db_column="id")
    organization_id = SoftReferenceField(to="organizations.Organization", db_index=False)

    class Meta:
        db_table = "departed_ids"

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id} of organization {self.organization_id}"
