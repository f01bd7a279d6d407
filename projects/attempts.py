"""How often somebody may try for a name: that one is taken is told, and must not be a way to list them all."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque

MOST_ATTEMPTS = 20
WINDOW_SECONDS = 60.0
MOST_PEOPLE = 10_000

_lock = threading.Lock()
_attempts: OrderedDict[int, deque[float]] = OrderedDict()


def may_try(user_id: int) -> bool:
    """Count one more attempt of a person; False when they had `MOST_ATTEMPTS` in the last minute on this pod."""
    now = time.monotonic()
    with _lock:
        made = _attempts.setdefault(user_id, deque(maxlen=MOST_ATTEMPTS))
        _attempts.move_to_end(user_id)
        if len(_attempts) > MOST_PEOPLE:
            _attempts.popitem(last=False)
        if len(made) == MOST_ATTEMPTS and now - made[0] < WINDOW_SECONDS:
            return False
        made.append(now)
        return True


def forget_attempts() -> None:
    """Start afresh."""
    with _lock:
        _attempts.clear()
