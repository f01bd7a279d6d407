"""Moves, how far each table is, and everything that happened."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from moves.states import TERMINAL, State, Wanted
from organizations.models import GITLAB_COM_PUBLIC, Organization


class OrganizationMove(models.Model):
    """One move. This row decides: its state changes only by compare-and-set with state and attempt."""

    class Kind(models.TextChoices):
        """Whether rows have to be copied."""

        MOVE = "move", "to another pod"
        RETURN = "return", "back, over the reverse stream of an earlier move"

    class Cutover(models.TextChoices):
        """When to cut over."""

        AUTO = "auto", "as soon as a rehearsal has gone well"
        MANUAL = "manual", "when an operator says so"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.MOVE, db_default=Kind.MOVE)
    returns = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="returned_by", help_text="The move that is undone."
    )
    source = models.CharField(max_length=31)
    target = models.CharField(max_length=31)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED, db_default=State.PLANNED)
    attempt = models.IntegerField(
        default=0, db_default=0, help_text="Rises when a driver begins something that only one may finish."
    )
    wanted = models.CharField(max_length=8, choices=Wanted.choices, null=True, help_text="What an operator asks for.")
    paused = models.BooleanField(default=False, db_default=False)
    cutover = models.CharField(max_length=6, choices=Cutover.choices, default=Cutover.AUTO, db_default=Cutover.AUTO)
    cutover_at = models.DateTimeField(null=True, help_text="Not before this time.")
    rate = models.IntegerField(null=True, help_text="The most rows to copy in a second.")
    max_pause_ms = models.IntegerField(default=500, db_default=500, help_text="The longest that writes may wait.")
    way_back_seconds = models.IntegerField(default=86_400, db_default=86_400)
    error = models.TextField(default="", db_default="", blank=True, help_text="Why the move does not advance.")
    driver = models.CharField(max_length=255, default="", db_default="", blank=True, help_text="Who drives it.")
    heartbeat_at = models.DateTimeField(null=True)
    measured = models.JSONField(
        default=dict, db_default={}, help_text="Lag, rows a second and so on, as the driver measured last."
    )
    schema_fingerprint = models.CharField(max_length=64, default="", db_default="", blank=True)
    restarts = models.IntegerField(default=0, db_default=0, help_text="How often the copy began again.")
    rehearsal = models.JSONField(null=True, help_text="What the last rehearsal found.")
    flipped_epoch = models.BigIntegerField(null=True)
    flipped_at = models.DateTimeField(null=True)
    reverse_until = models.DateTimeField(null=True, help_text="Until then it can be rolled back.")
    purge_after = models.DateTimeField(null=True)
    certificate = models.JSONField(null=True)
    asked_by = models.CharField(max_length=255, default="", db_default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    changed_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        db_table = "organization_moves"
        indexes = [models.Index("created_at", name="organization_moves_created_at")]
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=~Q(state__in=sorted(TERMINAL)), name="organization_moves_one_is_open"
            ),
            models.CheckConstraint(condition=~Q(source=F("target")), name="organization_moves_to_another_pod"),
            models.CheckConstraint(
                condition=~Q(organization=GITLAB_COM_PUBLIC), name="organization_moves_gitlab_com_public_stays"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="organization_moves_state_is_known"),
            models.CheckConstraint(
                condition=Q(kind="move", returns=None) | Q(kind="return", returns__isnull=False),
                name="organization_moves_return_has_a_move",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.source} to {self.target} ({self.state})"


class OrganizationMoveTable(models.Model):
    """How far one table is: for progress bars. What counts is the checkpoint in the target's database."""

    pk = models.CompositePrimaryKey("move_id", "schema", "name")
    move = models.ForeignKey(OrganizationMove, on_delete=models.CASCADE, related_name="tables")
    schema = models.CharField(max_length=31)
    name = models.CharField(max_length=63)
    copied_to = models.TextField(null=True, help_text="The key of the last row that was copied.")
    estimated_rows = models.BigIntegerField(null=True)
    rows = models.BigIntegerField(default=0, db_default=0)
    bytes = models.BigIntegerField(default=0, db_default=0)
    done = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "organization_move_tables"

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}: {self.rows} rows"


class OrganizationMoveEvent(models.Model):
    """Something that happened to a move: who asked for what, every transition, every retry. Never changed."""

    move = models.ForeignKey(OrganizationMove, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True, db_default=Now())
    who = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=State.choices)
    attempt = models.IntegerField()
    text = models.TextField()

    class Meta:
        db_table = "organization_move_events"

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.who}: {self.text}"
