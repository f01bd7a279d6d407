"""Mails to people. Their links lead to `EXTERNAL_URL`, never to a host that a request names."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from admin_settings.in_force import in_force
from users.models import User
from users.reset_links import reset_codes

logger = logging.getLogger(__name__)


def send_reset_link(user: User) -> None:
    """Send somebody the link by which they choose another password.

    That it could not be sent is for the log alone: the answer must not tell whether anybody has the address.
    """
    code = reset_codes.make_token(user)
    token = f"{urlsafe_base64_encode(force_bytes(user.pk))}.{code}"
    link = f"{settings.EXTERNAL_URL}/users/password/edit?reset_password_token={token}"
    text = render_to_string(
        "users/mail/reset.txt", {"user": user, "link": link, "hours": in_force().password_reset_hours}
    )
    try:
        send_mail("Choose another password", text, in_force().mail_sender, [user.email])
    except (OSError, SMTPException) as error:
        logger.warning("a link to reset a password could not be sent: %s", error)
