"""The outbox: emails that wait to be sent, as rows of the `users` schema.

A row is written in the transaction of what caused the email, so there is no email of what was rolled back, and none is
lost with a process. No email is sent twice: a pod notes in the row that it begins (`begin`), and nobody begins it again
unless the mail server has refused it. A pod that ends before that leaves the email to the janitors of all pods.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from schemas.together import delete, insert, together
from users.models import OutgoingEmail

OVERDUE = timedelta(minutes=1)
"""The pod that wrote an email sends it at once; after this long others may."""
LATER = timedelta(minutes=5)
"""Between the tries of janitors."""
LIFE = timedelta(days=1)
"""An email that could not be sent by then is given up."""
UNCERTAIN = timedelta(hours=1)
"""After this long a pod that began to send an email and did not finish has died."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """An email. One without a recipient takes the same way and is dropped at its end."""

    to: str
    subject: str
    text: str
    sender: str
    id: uuid.UUID = field(default_factory=uuid.uuid4)


def put(letter: Letter, then: Callable[[Letter], object]) -> None:
    """Write an email into the outbox, in the transaction that is open, if any; call `then` after its commit."""
    now = timezone.now()
    with together("users"):
        insert(
            OutgoingEmail(
                id=letter.id,
                to=letter.to,
                subject=letter.subject,
                text=letter.text,
                sender=letter.sender,
                created_at=now,
                due_at=now + OVERDUE,
            )
        )
        transaction.on_commit(lambda: then(letter), using="users")


def begin(letter: Letter) -> bool:
    """Note that this process sends the email now; False when another one has begun or sent it."""
    return bool(_row(letter).filter(begun_at=None).update(begun_at=Now()))


def put_back(letter: Letter, wait: timedelta) -> None:
    """Let the email be begun again: the mail server has not taken it. Janitors try after `wait`."""
    _row(letter).update(begun_at=None, due_at=Now() + wait)


def done(letter: Letter) -> None:
    """Delete the row: the email was sent, or never will be."""
    delete(_row(letter))


def take_over(limit: int, post: Callable[[Letter], object]) -> Mapping[str, int]:
    """Hand emails that no pod has sent in time to `post`, at most `limit`; forget those that nobody will send."""
    now = timezone.now()
    counted: Counter[str] = Counter()
    # A replica will do: `begin` asks the primary.
    for row in OutgoingEmail.objects.filter(due_at__lt=now).order_by("due_at")[:limit]:
        letter = Letter(row.to, row.subject, row.text, row.sender, row.pk)
        if row.begun_at is None and row.created_at > now - LIFE:
            post(letter)
            counted["emails taken over"] += 1
        elif row.begun_at is None or row.begun_at < now - UNCERTAIN:
            why = (
                "no mail server took it within a day" if row.begun_at is None else "the pod that sent it died meanwhile"
            )
            logger.warning("the email %s was given up: %s", row.pk, why)
            done(letter)
            counted["emails given up"] += 1
    return counted


def _row(letter: Letter) -> QuerySet[OutgoingEmail]:
    return OutgoingEmail.objects.using("users").filter(pk=letter.id)
