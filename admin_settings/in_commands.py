"""The settings in a command, which lives for a moment and needs no poller."""

from __future__ import annotations

from admin_settings.effective import effective
from admin_settings.in_force import in_force, put_in_force
from admin_settings.stored import read_stored
from topology import Pod


def act_as(pod: Pod) -> None:
    """Act by what is in force on a pod, as the primary of the `admin` schema has it. Raises `django.db.Error`."""
    put_in_force(effective(read_stored("admin"), pod, in_force()).settings)
