"""The queue of mails, with a mail server that does as the test says."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.mailbox import without_outbox
from topology.places import CHECKOUT
from users.outbox import Letter
from users.outgoing import FIRST_RETRY_SECONDS, HELD_SECONDS, MOST_TRIES, NotSent, Outgoing, Refused

SOON_SECONDS = 10.0
Server = Callable[[str], None]


class Inbox:
    """What reached the mail server, and what it says to each try."""

    def __init__(self) -> None:
        self.tries: list[str] = []
        self.says: Server = lambda subject: None

    def take(self, letter: Letter) -> None:
        """One try."""
        if letter.to:
            self.tries.append(letter.subject)
            self.says(letter.subject)


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Inbox:
    inbox = Inbox()
    without_outbox(monkeypatch)
    monkeypatch.setattr("users.outgoing._hand_over", inbox.take)
    return inbox


@pytest.fixture
def queue(inbox: Inbox) -> Iterator[Outgoing]:
    queue = Outgoing()
    yield queue
    assert queue.settle(SOON_SECONDS)


def letter(subject: str = "Hello", to: str = "mia@example.com") -> Letter:
    return Letter(to, subject, "…", "pods@example.com")


def refuse(error: Exception, times: int) -> Server:
    """Refuse the first tries."""
    left = [error] * times

    def says(subject: str) -> None:
        if left:
            raise left.pop()

    return says


def test_it_works(queue: Outgoing, inbox: Inbox) -> None:
    queue.post(letter())
    assert queue.settle(SOON_SECONDS)
    assert (inbox.tries, queue.sent, queue.lost, queue.waiting) == (["Hello"], 1, 0, 0)


def test_a_letter_to_nobody_takes_the_same_way_and_is_not_sent(queue: Outgoing, inbox: Inbox) -> None:
    queue.post(letter(to=""))
    assert queue.waiting == 1
    assert queue.settle(SOON_SECONDS)
    assert (inbox.tries, queue.sent, queue.lost) == ([], 0, 0)


def test_what_was_not_sent_is_tried_again(queue: Outgoing, inbox: Inbox) -> None:
    inbox.says = refuse(NotSent("busy"), MOST_TRIES - 1)
    queue.post(letter())
    assert queue.settle(SOON_SECONDS)
    assert (len(inbox.tries), queue.sent, queue.lost) == (MOST_TRIES, 1, 0)


def test_there_is_an_end_to_it(queue: Outgoing, inbox: Inbox) -> None:
    inbox.says = refuse(NotSent("busy"), 1000)
    queue.post(letter())
    assert queue.settle(SOON_SECONDS)
    # The janitors go on.
    assert (len(inbox.tries), queue.sent, queue.left, queue.lost) == (MOST_TRIES, 0, 1, 0)


def test_the_pauses_grow(queue: Outgoing, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pauses = [1000.0], []
    monkeypatch.setattr("users.outgoing.time.monotonic", lambda: clock[0])

    def skip(seconds: float) -> bool:
        pauses.append(seconds)
        clock[0] += queue._queue[0].due - clock[0]
        return True

    monkeypatch.setattr(queue._changed, "wait", skip)
    # Without the thread of its own: this one does its work.
    monkeypatch.setattr(queue, "_thread", threading.current_thread())
    queue.post(letter())
    due = [queue._queue[0].due]
    inbox.says = lambda subject: due.append(clock[0]) or refuse(NotSent("busy"), 1)(subject)  # type: ignore[func-returns-value]
    queue._empty()
    steps = [later - earlier for earlier, later in itertools.pairwise(due[1:])]
    assert due[0] == 1000 + HELD_SECONDS
    assert steps == [FIRST_RETRY_SECONDS, 4 * FIRST_RETRY_SECONDS, 16 * FIRST_RETRY_SECONDS]
    assert queue.left == 1


def test_what_is_refused_is_given_up_and_the_others_go_on(queue: Outgoing, inbox: Inbox) -> None:
    inbox.says = refuse(Refused("550 no such mailbox"), 1)
    queue.post(letter("First"))
    queue.post(letter("Second"))
    assert queue.settle(SOON_SECONDS)
    assert (inbox.tries, queue.sent, queue.lost) == (["First", "Second"], 1, 1)


def test_it_is_bounded_and_a_full_queue_keeps_nobody_waiting(
    queue: Outgoing, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("users.outgoing.MOST_WAITING", 2)
    go_on = threading.Event()
    inbox.says = lambda subject: (go_on.wait(SOON_SECONDS), None)[1]
    for number in range(4):
        queue.post(letter(str(number)))
    go_on.set()
    assert queue.settle(SOON_SECONDS)
    # The janitors send what did not fit.
    assert (sorted(inbox.tries), queue.left, queue.lost) == (["0", "1"], 2, 0)


def test_the_thread_ends_when_nothing_waits_and_begins_again(queue: Outgoing, inbox: Inbox) -> None:
    for subject in ("First", "Second"):
        queue.post(letter(subject))
        assert queue.settle(SOON_SECONDS)
        assert queue._thread is None
    assert inbox.tries == ["First", "Second"]


_ENDS = """
import django
django.setup()
import users.outgoing as outgoing
from users import outbox
outbox.begin, outbox.done, outbox.put_back = (lambda letter: True), (lambda letter: None), (lambda letter, wait: None)
def send(letter):
    print("sent", letter.subject, flush=True)
    {fails}
outgoing._hand_over = send
outgoing.STOP_SECONDS = 0.2
outgoing.outgoing.post(outbox.Letter("mia@example.com", "Hello", "", ""))
print("the end", flush=True)
"""


@pytest.mark.parametrize("fails", ["pass", "raise outgoing.NotSent"])
def test_the_end_of_the_process_waits_for_its_mails_but_not_for_long(fails: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _ENDS.format(fails=fails)],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "settings.without_servers"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    said = ended.stdout.splitlines()
    assert said[:2] == ["the end", "sent Hello"]
    assert len(said) == (2 if fails == "pass" else MOST_TRIES + 1)


def test_all_mails_go_through_it() -> None:
    ours = [
        path for path in CHECKOUT.glob("*/**/*.py") if path.relative_to(CHECKOUT).parts[0] not in {".venv", "tests"}
    ]
    sending = [
        path for path in ours if re.search(r"\b(send_mail|EmailMessage|smtplib)\b", path.read_text(encoding="utf-8"))
    ]
    assert [path.relative_to(CHECKOUT).as_posix() for path in sending] == ["users/outgoing.py"]
