"""The settings in a command, which lives for a moment and needs no poller."""

from __future__ import annotations

from pathlib import Path

from django.db import Error, connections, transaction

from admin_settings.definitions import Settings
from admin_settings.effective import effective
from admin_settings.in_force import in_force, put_in_force
from admin_settings.last_known import recall
from admin_settings.stored import Stored, read_stored
from topology import Pod

PRIMARY = "admin"
LONGEST_SECONDS = 2


def act_as(pod: Pod) -> None:
    """Act by what is in force on a pod, as the primary of the `admin` schema has it. Raises `django.db.Error`."""
    put_in_force(effective(read_stored(PRIMARY), pod, in_force()).settings)


def as_far_as_known(pod: Pod, file: Path) -> Settings:
    """Return a pod's effective settings: from the primary of the `admin` schema; while it does not answer, as the pod
    itself kept it in `file`, if it runs here; else the defaults. For commands that look at what may be broken.
    """
    try:
        with transaction.atomic(using=PRIMARY), connections[PRIMARY].cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST_SECONDS}s'")
            stored = read_stored(PRIMARY)
    except Error:
        stored = recall(file) or Stored()
    return effective(stored, pod).settings
