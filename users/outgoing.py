"""Send emails: a bounded queue in this process, and one thread that empties it.

A request never waits for a mail server, so no response tells by its time whether an email was sent. Emails are kept in
the outbox (`users.outbox`); the queue only makes this pod send what it wrote at once. What does not fit into the queue,
or fails here a few times, is left to the janitors.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, connections

from users import outbox
from users.outbox import Letter

MOST_WAITING = 1000
MOST_TRIES = 4
FIRST_RETRY_SECONDS = 2.0
"""Before the second try; each pause is four times as long as the one before."""
HELD_SECONDS = 0.25
"""Before the first try: by then the response of the request that caused the mail is ready."""
STOP_SECONDS = 4.0
"""How long the end of the process waits for its mails; a pod that takes longer than eight seconds is killed."""
LONGEST_WAIT_SECONDS = 0.5
REFUSED_FOR_GOOD = 500
"""Replies of a mail server from this code on (RFC 5321, 4.2.1)."""

logger = logging.getLogger(__name__)


class BegunElsewhere(Exception):
    """Another pod sends this email, or has sent it."""


class NotSent(Exception):
    """The mail server has not taken an email; another try may succeed."""


class Refused(Exception):
    """The mail server will not take this email, or nobody knows whether it did: it is not tried again."""


@dataclass(order=True)
class _Waiting:
    """A letter in the queue."""

    due: float
    number: int
    letter: Letter = field(compare=False)
    tries: int = field(compare=False, default=0)


class Outgoing:
    """The queue. Its thread lives as long as something waits; the process ends after it."""

    def __init__(self) -> None:
        self._queue: list[_Waiting] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._hurried = False
        self.sent = 0
        self.left = 0
        """Left to the janitors."""
        self.lost = 0
        """Given up."""

    @property
    def waiting(self) -> int:
        """How many wait, the one that is being sent included."""
        return len(self._queue)

    def post(self, letter: Letter) -> None:
        """Take a letter, without waiting for anything; when too many wait already, the janitors send it later."""
        with self._changed:
            if len(self._queue) >= MOST_WAITING:
                self.left += 1
                return
            due = time.monotonic() + HELD_SECONDS
            heapq.heappush(self._queue, _Waiting(due, next(self._numbers), letter))
            if self._thread is None:
                self._thread = threading.Thread(target=self._empty, name="mails")
                self._thread.start()
            self._changed.notify_all()

    def settle(self, timeout: float) -> bool:
        """Send what waits now, without pauses; whether the queue was empty before `timeout` seconds had passed."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self._queue, timeout)
            finally:
                self._hurried = False

    def _empty(self) -> None:
        """Send until nothing waits, or until the process has ended long enough ago."""
        stops_at: float | None = None
        while True:
            with self._changed:
                if stops_at is None and not threading.main_thread().is_alive():
                    stops_at = time.monotonic() + STOP_SECONDS
                if stops_at is not None and self._queue and time.monotonic() > stops_at:
                    # Other pods send them.
                    self.left += len(self._queue)
                    self._queue.clear()
                if not self._queue:
                    connections.close_all()
                    self._thread = None
                    self._changed.notify_all()
                    return
                first = self._queue[0]
                left = first.due - time.monotonic()
                if left > 0 and not self._hurried and stops_at is None:
                    self._changed.wait(min(left, LONGEST_WAIT_SECONDS))
                    continue
            self._settled(first, _send(first.letter))

    def _settled(self, tried: _Waiting, problem: Exception | None) -> None:
        """Take a letter out of the queue, or put it back until its next try."""
        now = time.monotonic()
        tried.tries += 1
        with self._changed:
            self._queue.remove(tried)
            heapq.heapify(self._queue)
            if problem is None:
                self.sent += bool(tried.letter.to)
            elif isinstance(problem, BegunElsewhere):
                pass
            elif isinstance(problem, Refused):
                self.lost += 1
                logger.warning("an email was given up: %s", problem)
            elif tried.tries >= MOST_TRIES:
                self.left += 1
                logger.warning("an email could not be sent in %d tries, and is tried later: %s", tried.tries, problem)
            else:
                tried.due = now + FIRST_RETRY_SECONDS * 4 ** (tried.tries - 1)
                heapq.heappush(self._queue, tried)
            self._changed.notify_all()


def _send(letter: Letter) -> Exception | None:
    """Send a letter and return its error, if any: the thread continues with the next letter in any case."""
    try:
        if not outbox.begin(letter):
            return BegunElsewhere()
    except DatabaseError as error:
        return error
    try:
        _hand_over(letter)
    except NotSent as error:
        return _noted(error, lambda: outbox.put_back(letter, outbox.LATER))
    except Refused as error:
        return _noted(error, lambda: outbox.done(letter))
    return _noted(None, lambda: outbox.done(letter))


def _noted(problem: Exception | None, note: Callable[[], None]) -> Exception | None:
    """Write what happened into the row. If that fails, the row says that the letter was begun, for good."""
    try:
        note()
    except DatabaseError as error:
        logger.warning("the outbox could not be reached: %s", error)
        return Refused(f"{problem}; the outbox could not be reached") if problem else None
    return problem


def _hand_over(letter: Letter) -> None:
    """Give a letter to the mail server. Raises `NotSent` or `Refused`."""
    if not letter.to:
        return
    server = get_connection()
    try:
        server.open()
    except (OSError, SMTPException) as error:
        raise NotSent(str(error)) from error
    try:
        EmailMessage(letter.subject, letter.text, letter.sender, [letter.to], connection=server).send()
    except (SMTPResponseException, SMTPRecipientsRefused) as error:
        if max(_codes(error)) >= REFUSED_FOR_GOOD:
            raise Refused(str(error)) from error
        raise NotSent(str(error)) from error
    except Exception as error:
        # The connection broke, and the server may have taken the email before.
        raise Refused(f"{type(error).__name__}: {error}") from error
    finally:
        server.close()


def _codes(error: SMTPResponseException | SMTPRecipientsRefused) -> list[int]:
    """The codes of the mail server's reply."""
    if isinstance(error, SMTPResponseException):
        return [error.smtp_code]
    return [code for code, _ in error.recipients.values()]


def tidy(pod_name: str, limit: int) -> Mapping[str, int]:
    """The janitor's step: send what no pod has sent in time."""
    return outbox.take_over(limit, outgoing.post)


outgoing = Outgoing()
"""The queue of this process."""
