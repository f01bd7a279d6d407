"""Change an email address: the user proves that they read mail at the new address, and the old address is notified.

Nothing changes until the link in the mail is opened: mails go to the old address, and only the old address resets the
password. Only the mail to the new address tells whether another account already has it.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.utils import timezone

from admin_settings.in_force import in_force
from users.limits import is_within
from users.lookup import with_email
from users.mail import send
from users.models import EmailChange, User

PAGE = "/-/profile/email/confirm/"
LIMIT = "email change"

_signer = Signer(salt="users.email_changes", sep=".")


class ChangeClosed(Exception):
    """The change was taken back, has expired, belongs to another user, or another user has the address now."""


def may_ask(user: User) -> bool:
    """Count one more request for a change; return False when it is one too many."""
    return is_within(LIMIT, str(user.pk), in_force().email_changes_an_hour)


def ask_for(user: User, email: str) -> EmailChange:
    """Send the link to the new address and a warning to the old one. An earlier change is taken back by it."""
    hours = in_force().email_confirmation_hours
    with transaction.atomic(using="users"):
        EmailChange.objects.using("users").filter(user=user).delete()
        asked = EmailChange.objects.using("users").create(
            user=user, email=email, expires_at=timezone.now() + timedelta(hours=hours)
        )
    taken = with_email(email).using("users").exclude(pk=user.pk).exists()
    template = "users/mail/email_taken.txt" if taken else "users/mail/email_confirm.txt"
    link = f"{settings.EXTERNAL_URL}{PAGE}{token_of(asked)}"
    to = email if is_within(LIMIT, email.lower(), in_force().email_changes_an_hour) else ""
    send(to, "Confirm your email address", template, user=user, link=link, hours=hours)
    send(user.email, "Your email address is about to change", "users/mail/email_asked.txt", user=user, email=email)
    return asked


def pending(user: User) -> EmailChange | None:
    """Return the change that waits for the user's confirmation, if any."""
    return EmailChange.objects.filter(user=user, expires_at__gt=timezone.now()).first()


def take_back(user: User) -> None:
    """Forget the change; its link works no more. A second time changes nothing."""
    EmailChange.objects.using("users").filter(user=user).delete()


def found_by(token: str, user: User) -> EmailChange:
    """The change of a link, on the primary. Raises `ChangeClosed`."""
    try:
        change_id = uuid.UUID(hex=_signer.unsign(token))
    except (BadSignature, ValueError) as error:
        raise ChangeClosed("this is no link of ours") from error
    waiting = EmailChange.objects.using("users").filter(pk=change_id, user=user, expires_at__gt=timezone.now())
    found = waiting.first()
    if found is None:
        raise ChangeClosed("this change was taken back, has expired, or is not yours")
    return found


def confirm(token: str, user: User) -> str:
    """Let the new address take effect, once, and return it; the old one is told. Raises `ChangeClosed`."""
    try:
        with transaction.atomic(using="users"):
            change = found_by(token, user)
            # Of two at a time one deletes it.
            if not EmailChange.objects.using("users").filter(pk=change.pk).delete()[0]:
                raise ChangeClosed("this change was confirmed already")
            person = User.objects.using("users").select_for_update(no_key=True).get(pk=user.pk)
            old, person.email = person.email, change.email
            person.save(using="users", update_fields=["email"])
    except IntegrityError as error:
        raise ChangeClosed("another user has this address now") from error
    send(old, "Your email address was changed", "users/mail/email_changed.txt", user=person, email=change.email)
    return change.email


def token_of(change: EmailChange) -> str:
    """What the link in the mail carries."""
    return _signer.sign(change.pk.hex)
