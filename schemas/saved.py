"""Whether this request may have saved something: a transaction in which it wrote was committed, or may have been.

What fails afterwards does not undo it, so nobody is told that nothing was changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from asgiref.local import Local

_state = Local()


def note() -> None:
    """Something is being committed."""
    _state.saved = True


def is_anything() -> bool:
    """Whether something was, since the request began."""
    return bool(getattr(_state, "saved", False))


def forget() -> None:
    """Start afresh: a request has begun or ended."""
    _state.saved = False


@contextmanager
def uncounted() -> Iterator[None]:
    """What is committed in the block does not count: nobody asked for it, or it is taken back if what follows fails."""
    before = is_anything()
    try:
        yield
    finally:
        _state.saved = before
