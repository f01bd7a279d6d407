"""What goes wrong with a connection is told in words, without numbers, paths and advice for programmers."""

from __future__ import annotations

import errno
import os

import httpx
import psycopg
import pytest

from topology.words import database_server, in_words


def raised(cause: BaseException) -> BaseException:
    """An error of a library, with what led to it."""
    try:
        try:
            raise cause
        except OSError as error:
            raise httpx.ConnectError("All connection attempts failed") from error
    except httpx.ConnectError as error:
        return error


REFUSED = (
    'connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused\n\tIs the server …?'
)
ABSENT = (
    'connection is bad: connection to server on socket "/tmp/x/.s.PGSQL.5432" failed: No such file or directory\n\t…'
)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (raised(ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed")), "nothing listens there"),
        (httpx.ConnectError("[Errno 111] Connection refused"), "nothing listens there"),
        (httpx.ReadTimeout(""), "no answer in time"),
        (TimeoutError(), "no answer in time"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/x"), "the disk is full"),
        (NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), "/x"), "not a directory"),
        (psycopg.OperationalError(REFUSED), "nothing listens there"),
        (psycopg.OperationalError(ABSENT), "it is not running"),
        (psycopg.OperationalError("failed to resolve host 'x': [Errno -2] Name or service not known"),
         "failed to resolve host 'x': Name or service not known"),
        (psycopg.OperationalError('connection failed: connection to server at "::1", port 2 failed: '
                                  "FATAL:  the database system is starting up"), "the database system is starting up"),
        (psycopg.OperationalError('connection failed: connection to server on socket "/tmp/x" failed: '
                                  "FATAL:  could not write init file: No space left on device"), "the disk is full"),
        (httpx.RemoteProtocolError(""), "remote protocol error"),
    ],
)  # fmt: skip
def test_an_error_in_words(error: BaseException, words: str) -> None:
    assert in_words(error) == words


@pytest.mark.parametrize(
    ("text", "server"),
    [
        (REFUSED, "the database server at 127.0.0.1:1"),
        (ABSENT, "the database server at /tmp/x/.s.PGSQL.5432"),
        ("canceling statement due to lock timeout", "a database server"),
    ],
)
def test_the_server_that_cannot_be_reached(text: str, server: str) -> None:
    assert database_server(psycopg.OperationalError(text)) == server
