"""Emails to be sent: a bounded queue in this process, and one thread that empties it.

A request never waits for a mail server, so no response tells by its time whether a mail was sent. The queue is in
memory only. When the process dies, what waited is lost, and the person asks for the mail again.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from dataclasses import dataclass, field
from smtplib import SMTPException

from django.core.mail import send_mail

MOST_WAITING = 1000
MOST_TRIES = 6
FIRST_RETRY_SECONDS = 2.0
"""Before the second try; each pause is four times as long as the one before."""
LONGEST_RETRY_SECONDS = 120.0
LIFE_SECONDS = 600.0
"""An email that could not be sent by then is dropped."""
HELD_SECONDS = 0.25
"""Before the first try: by then the response of the request that caused the mail is ready."""
STOP_SECONDS = 4.0
"""How long the end of the process waits for its mails; a pod that takes longer than eight seconds is killed."""
LONGEST_WAIT_SECONDS = 0.5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """A mail. One without a recipient takes the same way and is dropped at its end."""

    to: str
    subject: str
    text: str
    sender: str


@dataclass(order=True)
class _Waiting:
    """A letter in the queue."""

    due: float
    number: int
    letter: Letter = field(compare=False)
    expires: float = field(compare=False)
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
        self.lost = 0
        """Given up, or refused because the queue was full."""

    @property
    def waiting(self) -> int:
        """How many wait, the one that is being sent included."""
        return len(self._queue)

    def post(self, letter: Letter) -> bool:
        """Take a letter, without waiting for anything; False when too many wait already."""
        now = time.monotonic()
        with self._changed:
            if len(self._queue) >= MOST_WAITING:
                self.lost += 1
                logger.warning("a mail was refused: %d mails are already queued", MOST_WAITING)
                return False
            heapq.heappush(self._queue, _Waiting(now + HELD_SECONDS, next(self._numbers), letter, now + LIFE_SECONDS))
            if self._thread is None:
                self._thread = threading.Thread(target=self._empty, name="mails")
                self._thread.start()
            self._changed.notify_all()
        return True

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
                    logger.warning("%d mails were lost: the process is ending", len(self._queue))
                    self._queue.clear()
                if not self._queue:
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
            elif not _may_pass(problem) or tried.tries >= MOST_TRIES or now > tried.expires:
                self.lost += 1
                logger.warning("a mail could not be sent after %d tries: %s", tried.tries, problem)
            else:
                tried.due = now + min(FIRST_RETRY_SECONDS * 4 ** (tried.tries - 1), LONGEST_RETRY_SECONDS)
                heapq.heappush(self._queue, tried)
            self._changed.notify_all()


def _send(letter: Letter) -> Exception | None:
    """Send a letter and return its error, if any: the thread continues with the next letter in any case."""
    if letter.to:
        try:
            send_mail(letter.subject, letter.text, letter.sender, [letter.to])
        except Exception as error:
            return error
    return None


def _may_pass(problem: Exception) -> bool:
    """Whether another try may succeed."""
    return isinstance(problem, OSError | SMTPException)


outgoing = Outgoing()
"""The queue of this process."""
