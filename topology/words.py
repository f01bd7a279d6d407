"""Network errors in words: what Python, httpx and libpq say has numbers, paths and advice for programmers in it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator

_WORDS = {
    errno.ECONNREFUSED: "nothing listens there",
    errno.ENOENT: "it is not running",
    errno.EAGAIN: "it does not accept connections",
    errno.ETIMEDOUT: "no answer in time",
    errno.ECONNRESET: "it closed the connection",
    errno.EPIPE: "it closed the connection",
    errno.EHOSTUNREACH: "no way leads there",
    errno.ENETUNREACH: "no way leads there",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full",
}
_BY_TEXT = {os.strerror(number).lower(): text for number, text in _WORDS.items()}
NO_SPACE = os.strerror(errno.ENOSPC)
_NUMBER = re.compile(r"\[Errno -?\d+\] ")
# As libpq begins (PostgreSQL manual, 32.1): where it wanted to connect, and what came of it.
_LIBPQ = re.compile(r"^connection [a-z ]+: connection to server (?:at|on) .*? failed: ")
_WHERE = re.compile(
    r"connection to server (?:at \"([^\"]+)\"(?: \([^)]*\))?, port (\d+)|on socket \"([^\"]+)\") failed"
)
_SEVERITY = re.compile(r"^(?:FATAL|ERROR|PANIC): +")


def in_words(error: BaseException) -> str:
    """Return what went wrong in a few words, without number, path or stack: the reason that lies deepest."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno in _WORDS:
            # Of a socket's path nothing is said.
            is_file = cause.errno == errno.ENOENT and cause.filename
            return "there is no such file" if is_file else _WORDS[cause.errno]
        if isinstance(cause, TimeoutError):
            return _WORDS[errno.ETIMEDOUT]
    if "Timeout" in type(error).__name__ and not str(error):
        return _WORDS[errno.ETIMEDOUT]
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror[:1].lower()}{error.strerror[1:]}"
    line = (str(error).strip().splitlines() or [""])[0]
    if NO_SPACE in line:
        return _WORDS[errno.ENOSPC]
    line = _SEVERITY.sub("", _LIBPQ.sub("", _NUMBER.sub("", line))).strip().rstrip(".")
    return _BY_TEXT.get(line.lower(), line) or _name(error)


def database_server(error: BaseException) -> str:
    """Return the words for the server that libpq could not connect to, with its address where that is told."""
    found = _WHERE.search(str(error))
    if not found:
        return "a database server"
    host, port, socket = found.groups()
    return f"the database server at {f'{host}:{port}' if host else socket}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _name(error: BaseException) -> str:
    """`ReadTimeout` as "read timeout"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
