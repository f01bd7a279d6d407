"""Servers that accept and never answer, in this process: the backend's own deadlines, and the breaker."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connections
from psycopg.errors import ConnectionTimeout

from schemas import servers
from schemas.postgresql import connection as module
from schemas.postgresql.connection import Connection, Limits, ServerSilent
from schemas.servers import Server, server_at
from tests.databases import ALIASES
from tests.running_cluster import eventually

BRIEF = Limits(connect=0.3, patience=0.2, statement=None)


@pytest.fixture(autouse=True)
def servers_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_servers", {})
    monkeypatch.setattr(servers, "PAUSE_SECONDS", 0.01)


class Silence:
    """A port that accepts connections and says nothing, until it is told to refuse."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = str(self._listening.getsockname()[1])
        self.accepted: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                self.accepted.append(self._listening.accept()[0])
            except OSError:
                return

    def end(self) -> None:
        """Hang up on everybody, and refuse whoever comes: that is an answer."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()
        for each in self.accepted:
            each.close()


@pytest.fixture
def silence() -> Iterator[Silence]:
    found = Silence()
    yield found
    with suppress(OSError):
        found.end()


def connect(port: str, limits: Limits = BRIEF) -> Connection:
    return Connection.connect_within(limits, host="127.0.0.1", port=port, user="nobody", dbname="none")


def test_a_server_that_accepts_and_says_nothing_is_given_up(silence: Silence) -> None:
    with pytest.raises(ConnectionTimeout, match="does not answer"):
        connect(silence.port)
    assert server_at("127.0.0.1", silence.port).is_silent(BRIEF.patience)


def test_whoever_comes_next_is_not_kept_waiting(silence: Silence) -> None:
    with pytest.raises(ConnectionTimeout):
        connect(silence.port)
    tries = len(silence.accepted)
    for _ in range(20):
        with pytest.raises(ServerSilent):
            connect(silence.port)
    # One thread is asking it meanwhile, and nobody else.
    assert len(silence.accepted) <= tries + 1


def test_another_server_of_the_list_is_taken(silence: Silence) -> None:
    """The second one refuses, which shows that it was asked, each time."""
    both = {"host": "127.0.0.1,127.0.0.1", "port": f"{silence.port},1", "user": "nobody", "dbname": "none"}
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError, match="refused"):
            Connection.connect_within(BRIEF, **both)


def test_it_is_well_again_as_soon_as_it_answers_anything(silence: Silence) -> None:
    with pytest.raises(ConnectionTimeout):
        connect(silence.port)
    silence.end()
    server = server_at("127.0.0.1", silence.port)
    assert eventually(lambda: server.asked_at is None)


def test_one_thread_at_a_time_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, asked = threading.Event(), []

    def answers(self: Server, conninfo: str) -> bool:
        asked.append(conninfo)
        return go_on.wait(10)

    monkeypatch.setattr(Server, "_answers", answers)
    server = Server("host", "1")
    for _ in range(10):
        server.ask("question")
    go_on.set()
    eventually(lambda: server.asked_at is None)
    # It has just answered.
    server.ask("question")
    assert asked == ["question"]


def test_one_that_has_just_answered_is_not_given_up() -> None:
    """The statement that gave up and the thread that asks are not the same thread."""
    server = Server("host", "1")
    server.give_up()
    assert not server.is_hung


@pytest.mark.django_db(databases=ALIASES, transaction=True)
class TestStatement:
    """On a real server: what takes longer than it may."""

    @pytest.fixture
    def silent(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
        """The server of `main`, asked long ago, has not answered."""
        connections["main"].ensure_connection()
        monkeypatch.setattr(Server, "ask", lambda self, conninfo, since=None: None)
        server = connections["main"].connection.server
        server.asked_at = time.monotonic() - 60
        yield server
        connections["main"].close()

    def test_one_that_takes_long_on_a_server_that_answers_is_awaited(self) -> None:
        with connections["main"].cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.6), 7")
            assert cursor.fetchone()[1] == 7

    def test_one_on_a_silent_server_is_given_up_and_the_connection_with_it(self, silent: Server) -> None:
        connection = connections["main"]
        with pytest.raises(OperationalError, match="does not answer"), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")
        assert connection.connection.closed
        assert silent.is_hung

    def test_once_one_was_given_up_no_other_is_sent(self, silent: Server) -> None:
        silent.is_hung = True
        with pytest.raises(OperationalError, match="does not answer"), connections["main"].cursor() as cursor:
            cursor.execute("SELECT 1")
        connections["main"].close()
        with pytest.raises(OperationalError, match="does not answer"):
            connections["main"].ensure_connection()

    def test_one_is_answered_where_only_new_connections_are_not(self, silent: Server) -> None:
        with connections["main"].cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.6), 7")
            assert cursor.fetchone()[1] == 7
        assert not silent.is_hung

    def test_one_that_nothing_ends_is_ended_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As by a server whose disk hangs: it answers others, and its own limit is not enforced."""
        connection = connections["main"]
        connection.ensure_connection()
        server, answers = connection.connection.server, threading.Event()
        monkeypatch.setattr(servers, "LEFT_ALONE_SECONDS", 0.0)
        monkeypatch.setattr(Server, "_answers", lambda self, conninfo: answers.wait(20))
        monkeypatch.setattr(connection.connection, "limits", Limits(statement=0.3))
        with pytest.raises(OperationalError, match=r"has not answered within 0\.3 s"), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
        with pytest.raises(OperationalError, match="does not answer"), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        answers.set()
        eventually(lambda: not server.is_hung)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)

    def test_commands_have_no_limit_and_pods_have_one(self) -> None:
        assert module.OF_COMMANDS.statement is None
        connections["main"].ensure_connection()
        connections["routes_replica"].ensure_connection()
        assert connections["main"].connection.limits == Limits(connect=1.5, patience=1.2, statement=5.5)
        assert connections["routes_replica"].connection.limits == Limits(connect=1.5, patience=1.2, statement=1.5)


@pytest.mark.django_db(databases=ALIASES, transaction=True)
class TestReplica:
    """A read that the replica does not finish is answered by its primary."""

    @pytest.fixture(autouse=True)
    def home_again(self) -> Iterator[None]:
        yield
        connections["users_replica"].close()

    @staticmethod
    def is_replica(sql: str = "SELECT pg_is_in_recovery()") -> bool:
        with connections["users_replica"].cursor() as cursor:
            cursor.execute(sql)
            return bool(cursor.fetchone()[0])

    def test_one_that_was_lost_is_replaced_within_the_statement(self) -> None:
        assert self.is_replica()
        connections["users_replica"].connection.close()
        assert self.is_replica()

    @pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
    def test_one_that_cancels_for_its_replay_is_avoided(self, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
        cancelled = psycopg.errors.lookup(code)("canceling statement due to conflict with recovery")
        execute: Callable[..., Any] = psycopg.Cursor.execute

        def cancel_once(self: Any, query: str, *args: Any, **options: Any) -> Any:
            if query == "SELECT pg_is_in_recovery()":
                monkeypatch.setattr(psycopg.Cursor, "execute", execute)
                raise cancelled
            return execute(self, query, *args, **options)

        assert self.is_replica()
        monkeypatch.setattr(psycopg.Cursor, "execute", cancel_once)
        assert not self.is_replica()
        # For a while, whoever connects.
        connections["users_replica"].close()
        assert not self.is_replica()
        monkeypatch.setattr(servers, "_servers", {})
        connections["users_replica"].close()
        assert self.is_replica()

    def test_one_that_is_slow_is_not(self) -> None:
        with connections["users_replica"].cursor() as cursor:
            cursor.execute("SET statement_timeout = '100ms'")
            with pytest.raises(OperationalError, match="statement timeout"):
                cursor.execute("SELECT pg_sleep(5)")
        assert self.is_replica()

    def test_a_silent_one_is_passed_over(self) -> None:
        assert self.is_replica()
        silent = connections["users_replica"].connection.server
        silent.asked_at, silent.is_hung = time.monotonic() - 60, True
        assert not self.is_replica()
