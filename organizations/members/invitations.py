"""Invite people by mail: the link is signed, expires, can be taken back, and works once.

Opening the link proves access to the mailbox, so the signed-in user may accept.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from enum import StrEnum

from django.core.signing import BadSignature, Signer
from django.db import connections, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from admin_settings.in_force import in_force
from organizations.members.exceptions import MembersError
from organizations.members.models import Invitation, Membership
from schemas.together import together
from users.models import User

RESEND_AFTER = timedelta(minutes=1)
DAY = timedelta(days=1)

_JOIN = """
    INSERT INTO memberships (user_id, organization_id, role, created_at) VALUES (%s, %s, %s, now())
    ON CONFLICT (user_id, organization_id) DO NOTHING
"""

_signer = Signer(salt="organizations.members.invitations", sep=".")


class TooManyInvitations(MembersError):
    """The organization or the person has invited as many as anybody may at a time; `wait`: before the next try."""

    def __init__(self, message: str, wait: timedelta) -> None:
        super().__init__(message)
        self.wait = wait


class InvitationClosed(MembersError):
    """The invitation was accepted, revoked, or has expired."""


class Closed(StrEnum):
    """Why an invitation cannot be accepted."""

    ACCEPTED = "This invitation has already been used."
    REVOKED = "This invitation was revoked."
    EXPIRED = "This invitation has expired."


def invite(organization_id: int, email: str, role: str, inviter: User) -> Invitation:
    """Create an invitation, or renew the one that this address has; nothing is sent yet.

    Raises `TooManyInvitations`.
    """
    _refuse_too_many(organization_id, inviter)
    now = timezone.now()
    fields = {
        "role": Membership.Role(role),
        "inviter_id": inviter.pk,
        "sent_at": now,
        "expires_at": now + timedelta(days=in_force().invitation_days),
    }
    with transaction.atomic(using="users"):
        present = _unsettled(organization_id).select_for_update().filter(email__iexact=email).first()
        if present is None:
            return Invitation.objects.using("users").create(organization_id=organization_id, email=email, **fields)
        if present.sent_at > now - RESEND_AFTER:
            said = f"an invitation was sent to {email} less than a minute ago; wait a minute before sending another"
            raise TooManyInvitations(said, RESEND_AFTER)
        for name, value in fields.items():
            setattr(present, name, value)
        present.save(update_fields=list(fields))
    return present


def revoke(organization_id: int, invitation_id: uuid.UUID) -> bool:
    """Revoke an invitation; False when it is no longer pending, or another organization's."""
    return bool(_unsettled(organization_id).filter(pk=invitation_id).update(revoked_at=timezone.now()))


def accept(invitation_id: uuid.UUID, user: User, *, home: bool = False) -> bool:
    """Accept an invitation, once, and return whether that made the user a member; an existing member keeps their role.
    `home` makes the organization their default. Raises `InvitationClosed`.
    """
    with transaction.atomic(using="users"):
        invitation = Invitation.objects.using("users").select_for_update().filter(pk=invitation_id).first()
        closed = closed_by(invitation) if invitation else Closed.REVOKED
        if invitation is None or closed:
            raise InvitationClosed(f"{closed} Ask for a new invitation.")
        accepted = Invitation.objects.using("users").filter(pk=invitation_id)
        with together("users"):
            accepted.update(accepted_at=timezone.now(), accepted_by_id=user.pk)
            if home:
                person = User.objects.using("users").filter(pk=user.pk)
                person.update(default_organization_id=invitation.organization_id)
        with connections["users"].cursor() as cursor:
            cursor.execute(_JOIN, [user.pk, invitation.organization_id, invitation.role])
            return bool(cursor.rowcount)


def open_invitations(organization_id: int) -> QuerySet[Invitation]:
    """Return the pending invitations, including expired ones, newest first."""
    open_ones = Invitation.objects.filter(organization_id=organization_id, accepted_at=None, revoked_at=None)
    return open_ones.select_related("inviter").order_by("-sent_at")


def closed_by(invitation: Invitation) -> Closed | None:
    """Return why an invitation cannot be accepted; None while it can."""
    if invitation.accepted_at:
        return Closed.ACCEPTED
    if invitation.revoked_at:
        return Closed.REVOKED
    return Closed.EXPIRED if invitation.expires_at <= timezone.now() else None


def token_of(invitation: Invitation) -> str:
    """Return the token in the invitation's link."""
    return _signer.sign(invitation.pk.hex)


def id_of(token: str) -> uuid.UUID | None:
    """Return the ID of a token's invitation; None when the token is not ours."""
    try:
        return uuid.UUID(hex=_signer.unsign(token))
    except (BadSignature, ValueError):
        return None


def _unsettled(organization_id: int) -> QuerySet[Invitation]:
    return Invitation.objects.using("users").filter(organization_id=organization_id, accepted_at=None, revoked_at=None)


def _refuse_too_many(organization_id: int, inviter: User) -> None:
    now, limits = timezone.now(), in_force()
    if _unsettled(organization_id).filter(expires_at__gt=now).count() >= limits.invitations_open:
        raise TooManyInvitations(
            f"{limits.invitations_open} invitations are pending; revoke some, or wait until they expire", RESEND_AFTER
        )
    lately = Q(inviter_id=inviter.pk, sent_at__gt=now - DAY)
    if Invitation.objects.using("users").filter(lately).count() >= limits.invitations_a_day:
        raise TooManyInvitations(
            f"you can send at most {limits.invitations_a_day} invitations a day; try again tomorrow", DAY
        )
