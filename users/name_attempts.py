"""How often a user may try names: the answer reveals that a name is taken, so it must not be usable to list them
all.
"""

from __future__ import annotations

from datetime import timedelta

from admin_settings.in_force import in_force
from users.limits import is_within

WINDOW_SECONDS = 60.0


def may_try(user_id: int) -> bool:
    """Count one more attempt of a user, on any pod; False from the one after the setting `names_a_minute`
    until a minute has passed since the first.
    """
    return is_within("names", str(user_id), in_force().names_a_minute, timedelta(seconds=WINDOW_SECONDS))
