"""How claims and names end, written beside the entity in its pod's `main` (invariant 3)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from routing.names import ENTITY_TYPE
from schemas.tenancy import OrganizationOwned


class Burial(OrganizationOwned):
    """That an entity was deleted and is still to be forgotten elsewhere: its name has to become a tombstone.

    Written in the transaction that deletes the entity, and deleted when that is done: if a process dies in between,
    the janitor continues (routing/outcomes/burials.py). An organization that is being deleted has one too
    (organizations/closing.py).
    """

    ORGANIZATION = "org"

    entity_type = models.CharField(max_length=8)
    entity_id = models.BigIntegerField()
    path = models.CharField(max_length=1024)
    deleted_ids = ArrayField(models.BigIntegerField(), null=True, help_text="What other schemas refer to.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "burials"
        constraints = [
            models.UniqueConstraint(fields=["entity_type", "entity_id"], name="burials_once"),
            models.CheckConstraint(
                condition=Q(entity_type__regex=rf"\A{ENTITY_TYPE}\Z"), name="burials_entity_type_is_a_word"
            ),
        ]

    def __str__(self) -> str:
        return self.path


class ClaimOutcome(OrganizationOwned):
    """The outcome of a claim (invariant 3): written once, by the creator or the janitor.

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
