"""Which schemas this request reads from their primaries: django-multidb-router's pinning, made right.

A pin holds for a whole server: schemas on one server share its log. multidb
keeps its flag in a `threading.local`, which is wrong under async and leaves the
context pinned after nested use; here it is asgiref's `Local`, and nested use
restores what it found.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import multidb.pinning
from asgiref.local import Local
from django.conf import settings
from multidb.pinning import pin_this_thread, this_thread_is_pinned, unpin_this_thread

from schemas.identity import this_pod, this_topology

__all__ = ["is_pinned", "pin_this_thread", "this_thread_is_pinned", "unpin_this_thread", "use_primary_db"]

_state = Local()
multidb.pinning._locals = _state


@cache
def server_of(schema: str) -> str:
    """The name of the server that holds a schema's primary, as this pod sees it."""
    return this_topology().placement(schema, this_pod()).server


def is_pinned(schema: str) -> bool:
    """Whether reads of a schema go to its primary: everything is pinned, or the schema's server is, or this request
    has written something to it of which no replica can be asked yet whether it shows it.
    """
    return this_thread_is_pinned() or server_of(schema) in _servers() | _uncommitted()


def pin(schema: str) -> None:
    """Read a schema, and all on its server, from the primary until this request ends."""
    if settings.POD is None:
        # Commands of the whole cluster have no replicas to read from.
        return
    _state.servers = _servers() | {server_of(schema)}


@contextmanager
def use_primary_db(*schemas: str) -> Iterator[None]:
    """Read these schemas from their primaries within the block, all when none is named; then as before.

    Also a decorator: `@use_primary_db()`.
    """
    pinned, servers = this_thread_is_pinned(), _servers()
    try:
        for schema in schemas:
            pin(schema)
        if not schemas:
            pin_this_thread()
        yield
    finally:
        _state.servers = servers
        if not pinned:
            unpin_this_thread()


def wrote(schema: str) -> None:
    """Note that this request wrote to a schema: it reads that server's primary until the position of the write is known
    (`committed`).
    """
    server = server_of(schema)
    _state.written = _written() | {server}
    if settings.POD is not None:
        _state.uncommitted = _uncommitted() | {server}


def committed(server: str) -> None:
    """Note that the position is known of all that this request wrote to a server."""
    _state.uncommitted = _uncommitted() - {server}


@contextmanager
def writing(schema: str) -> Iterator[None]:
    """Note the write that the block sends, unless it fails."""
    before = _written(), _uncommitted()
    wrote(schema)
    try:
        yield
    except BaseException:
        _state.written, _state.uncommitted = before
        raise


def is_uncommitted(server: str) -> bool:
    """Whether this request wrote to a server what has no position yet."""
    return server in _uncommitted()


def written_servers() -> frozenset[str]:
    """The servers that this request wrote to."""
    return _written()


def forget_pins() -> None:
    """Start afresh: a request has begun or ended."""
    unpin_this_thread()
    _state.servers = _state.written = _state.uncommitted = frozenset()


def _servers() -> frozenset[str]:
    servers: frozenset[str] = getattr(_state, "servers", frozenset())
    return servers


def _written() -> frozenset[str]:
    written: frozenset[str] = getattr(_state, "written", frozenset())
    return written


def _uncommitted() -> frozenset[str]:
    servers: frozenset[str] = getattr(_state, "uncommitted", frozenset())
    return servers
