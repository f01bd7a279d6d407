"""How often somebody may try for a name: that one is taken is told, and must not be a way to list them all."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque

from admin_settings.in_force import in_force

WINDOW_SECONDS = 60.0
MOST_PEOPLE = 10_000

_lock = threading.Lock()
_attempts: OrderedDict[int, deque[float]] = OrderedDict()


def may_try(user_id: int) -> bool:
    """Count one more attempt of a person; False when they had as many in the last minute on this pod as the setting
    `names_a_minute` says.
    """
    now, most = time.monotonic(), in_force().names_a_minute
    with _lock:
        made = _attempts.setdefault(user_id, deque())
        _attempts.move_to_end(user_id)
        if len(_attempts) > MOST_PEOPLE:
            _attempts.popitem(last=False)
        while made and now - made[0] >= WINDOW_SECONDS:
            made.popleft()
        if len(made) >= most:
            return False
        made.append(now)
        return True


def forget_attempts() -> None:
    """Start afresh."""
    with _lock:
        _attempts.clear()
