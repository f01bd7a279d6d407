"""Who belongs to which organization, and who is invited to."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from schemas.fields import SoftReferenceField
from users.models import User


class Membership(models.Model):
    """A user's membership in an organization, with a role."""

    class Role(models.TextChoices):
        """What a member may do."""

        OWNER = "owner"
        MEMBER = "member"
        GUEST = "guest"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization_id = SoftReferenceField(to="organizations.Organization")
    role = models.CharField(max_length=8, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "memberships"
        constraints = [
            models.UniqueConstraint(fields=["user", "organization_id"], name="memberships_once_per_organization"),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "member", "guest"]), name="memberships_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organization_id} as {self.role}"


class Invitation(models.Model):
    """An invitation: the holder of its link may join an organization, once and for a few days.

    It is open until it is accepted, revoked or expired.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization_id = SoftReferenceField(to="organizations.Organization", db_index=False)
    email = models.EmailField(help_text="The address that the link was sent to.")
    role = models.CharField(max_length=8, choices=Membership.Role.choices)
    inviter = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "invitations"
        indexes = [models.Index(fields=["organization_id", "sent_at"], name="invitations_of_organization")]
        constraints = [
            models.UniqueConstraint(
                "organization_id",
                Lower("email"),
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitations_once_per_address",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "member", "guest"]), name="invitations_role_is_known"
            ),
            models.CheckConstraint(condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitations_end_once"),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organization_id} as {self.role}"
