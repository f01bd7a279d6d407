"""The invitation email."""

from __future__ import annotations

from django.conf import settings

from organizations.members.invitations import token_of
from organizations.members.models import Invitation
from organizations.models import Organization
from users.mail import send

INVITES_PATH = "/-/invites/"


def send_invitation(invitation: Invitation, organization: Organization) -> None:
    """Send the email with the link, once the transaction that is open commits."""
    send(
        invitation.email,
        f"Join {organization.name}",
        "members/invitation.txt",
        invitation=invitation,
        organization=organization,
        link=link_of(invitation),
        days=(invitation.expires_at - invitation.sent_at).days,
    )


def link_of(invitation: Invitation) -> str:
    """The link that accepts an invitation, for the mail and for owners where no mail is sent."""
    return f"{settings.EXTERNAL_URL}{INVITES_PATH}{token_of(invitation)}"
