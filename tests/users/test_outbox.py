"""The outbox, with a real mail server: what was committed is sent, once, by one pod or another."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.databases import ALIASES
from tests.mailbox import SOON_SECONDS
from users import outbox, outgoing
from users.mail import send
from users.models import OutgoingEmail, User
from users.outbox import LIFE, UNCERTAIN, Letter
from users.outgoing import Outgoing

pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)


class MailServer:
    """What a mail server got, and what it answers to the next emails."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.answers: list[str] = []
        self.breaks_off = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd calls it
        """Take an email."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.got.append(envelope.content.decode())
        if self.breaks_off:
            server.transport.close()
        return answer


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    server = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as free:
        host, port = free.getsockname()
    controller = Controller(server, hostname=host, port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield server
    controller.stop()


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outgoing]:
    """The queue of this pod, for this test."""
    queue = Outgoing()
    monkeypatch.setattr("users.mail.outgoing", queue)
    monkeypatch.setattr("users.outgoing.outgoing", queue)
    yield queue
    assert queue.settle(SOON_SECONDS)


def waiting() -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.using("users"))


def mail(to: str = "mia@example.com") -> None:
    send(to, "Hello", "users/mail/email_changed.txt", user=User(username="mia"), email="new@example.com")


def left_behind(**columns: Any) -> Letter:
    """An email that a pod wrote and did not send before it died."""
    now = timezone.now()
    row = OutgoingEmail(
        **{
            "to": "mia@example.com",
            "subject": "Hello",
            "text": "…",
            "sender": "pods@example.com",
            "created_at": now - timedelta(hours=2),
            "due_at": now - timedelta(seconds=1),
        }
        | columns
    )
    row.save(using="users", force_insert=True)
    return Letter(row.to, row.subject, row.text, row.sender, row.pk)


def test_what_is_committed_is_sent_and_forgotten(queue: Outgoing, mail_server: MailServer) -> None:
    with transaction.atomic(using="users"):
        mail()
        assert not queue.waiting
    assert queue.settle(SOON_SECONDS)
    [got] = mail_server.got
    assert "Subject: Hello" in got
    assert "To: mia@example.com" in got
    assert waiting() == []


def test_what_is_rolled_back_is_not_sent(queue: Outgoing, mail_server: MailServer) -> None:
    with transaction.atomic(using="users"):
        mail()
        transaction.set_rollback(True, using="users")
    assert (queue.waiting, waiting()) == (0, [])


def test_an_email_to_nobody_takes_the_same_way(queue: Outgoing, mail_server: MailServer) -> None:
    mail("")
    assert len(waiting()) == 1
    assert queue.settle(SOON_SECONDS)
    assert (mail_server.got, waiting()) == ([], [])


def test_without_a_mail_server_it_waits_for_the_janitor(
    queue: Outgoing, mail_server: MailServer, settings: Any
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    mail()
    assert queue.settle(SOON_SECONDS)
    assert queue.left == 1
    [row] = waiting()
    assert row.begun_at is None
    assert row.due_at > timezone.now() + timedelta(minutes=4)
    settings.EMAIL_PORT = port
    assert outgoing.tidy("pod_us0", 10) == {}
    OutgoingEmail.objects.using("users").update(due_at=timezone.now())
    assert outgoing.tidy("pod_us0", 10) == {"emails taken over": 1}
    assert queue.settle(SOON_SECONDS)
    assert (len(mail_server.got), waiting()) == (1, [])


def test_what_the_mail_server_puts_off_is_tried_again(queue: Outgoing, mail_server: MailServer) -> None:
    mail_server.answers = ["451 try again"] * 2
    mail()
    assert queue.settle(SOON_SECONDS)
    assert (len(mail_server.got), waiting()) == (1, [])


def test_what_the_mail_server_refuses_is_given_up(queue: Outgoing, mail_server: MailServer) -> None:
    mail_server.answers = ["550 no such mailbox"] * 2
    mail()
    assert queue.settle(SOON_SECONDS)
    assert (mail_server.got, queue.lost, waiting()) == ([], 1, [])


def test_what_may_have_been_sent_is_not_sent_again(queue: Outgoing, mail_server: MailServer) -> None:
    mail_server.breaks_off = True
    mail()
    assert queue.settle(SOON_SECONDS)
    outgoing.tidy("pod_us0", 10)
    assert queue.settle(SOON_SECONDS)
    assert (len(mail_server.got), queue.lost, waiting()) == (1, 1, [])


def test_of_two_pods_one_sends_it(queue: Outgoing, mail_server: MailServer) -> None:
    letter = left_behind()
    other = Outgoing()
    for each in (queue, other):
        each.post(letter)
    assert queue.settle(SOON_SECONDS)
    assert other.settle(SOON_SECONDS)
    assert (len(mail_server.got), queue.sent + other.sent) == (1, 1)


def test_what_a_dead_pod_wrote_is_sent_by_another(queue: Outgoing, mail_server: MailServer) -> None:
    left_behind()
    left_behind(subject="Not yet", due_at=timezone.now() + timedelta(seconds=30))
    assert outgoing.tidy("pod_us0", 10) == {"emails taken over": 1}
    assert queue.settle(SOON_SECONDS)
    assert len(mail_server.got) == 1
    assert [row.subject for row in waiting()] == ["Not yet"]


@pytest.mark.parametrize(
    ("columns", "outcome"),
    [
        ({"begun_at": timezone.now() - UNCERTAIN - timedelta(minutes=1)}, {"emails given up": 1}),
        ({"begun_at": timezone.now() - timedelta(minutes=1)}, {}),
        ({"created_at": timezone.now() - LIFE - timedelta(minutes=1)}, {"emails given up": 1}),
    ],
)
def test_what_nobody_will_send_is_forgotten(
    queue: Outgoing, mail_server: MailServer, columns: dict[str, Any], outcome: dict[str, int]
) -> None:
    left_behind(**columns)
    assert outgoing.tidy("pod_us0", 10) == outcome
    assert queue.settle(SOON_SECONDS)
    assert (mail_server.got, len(waiting())) == ([], 0 if outcome else 1)


def test_when_the_outbox_cannot_be_reached_after_sending_it_is_not_sent_again(
    queue: Outgoing, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(letter: Letter) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(outbox, "done", fail)
    mail()
    assert queue.settle(SOON_SECONDS)
    [row] = waiting()
    assert row.begun_at is not None
    OutgoingEmail.objects.using("users").update(due_at=timezone.now())
    assert outgoing.tidy("pod_us0", 10) == {}
    assert len(mail_server.got) == 1
