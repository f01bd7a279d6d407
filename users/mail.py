"""Emails to users. Their links point to `EXTERNAL_URL`, never to the host of a request."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from admin_settings.in_force import in_force
from users import outbox
from users.models import User
from users.outgoing import outgoing
from users.reset_links import reset_codes

NOBODY = User(pk=0, username="nobody")


def send(to: str, subject: str, template: str, **shown: Any) -> None:
    """Write an email into the outbox, with the transaction that is open; it is sent after the commit. The only way by
    which emails leave.

    Nobody gets an email to the empty address, which takes as long as any other.
    """
    text = render_to_string(template, {"site": settings.EXTERNAL_URL, **shown})
    outbox.put(outbox.Letter(to, subject, text, in_force().mail_sender), outgoing.post)


def send_reset_link(user: User | None) -> None:
    """Send a user a link to choose a new password; for None do the same work without sending.

    The answer must not tell whether anybody has the address, so that a mail is lost is for the log alone.
    """
    person = user or NOBODY
    token = f"{urlsafe_base64_encode(force_bytes(person.pk))}.{reset_codes.make_token(person)}"
    send(
        user.email if user else "",
        "Reset your password",
        "users/mail/reset.txt",
        user=person,
        link=f"{settings.EXTERNAL_URL}/users/password/edit?reset_password_token={token}",
        hours=in_force().password_reset_hours,
    )
