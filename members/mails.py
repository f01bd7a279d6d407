"""The mail that brings an invitation."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from admin_settings.in_force import in_force
from members.invitations import token_of
from members.models import Invitation
from organizations.models import Organization

INVITES_PATH = "/-/invites/"

logger = logging.getLogger(__name__)


def send_invitation(invitation: Invitation, organization: Organization) -> bool:
    """Send the link to the invited address; False when the mail server did not take it."""
    shown = {
        "invitation": invitation,
        "organization": organization,
        "link": f"{settings.EXTERNAL_URL}{INVITES_PATH}{token_of(invitation)}",
        "days": (invitation.expires_at - invitation.sent_at).days,
    }
    text = render_to_string("members/invitation.txt", shown)
    try:
        return bool(send_mail(f"Join {organization.name}", text, in_force().mail_sender, [invitation.email]))
    except (OSError, SMTPException) as error:
        logger.warning("an invitation could not be sent: %s", error)
        return False
