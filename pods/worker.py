"""What the worker process of `pods.serve` runs: the application, and beside it what goes on without requests."""

from __future__ import annotations

# First: it sets Django up, which the models of the others need.
from pods.wsgi import application, watcher

# isort: split
import logging
import os
import signal

from django.conf import settings

from admin_settings import poll
from moves.watching import Watcher
from operations.hints import command
from operations.releases import announcing
from routing import janitor, marks
from schemas import freshness
from schemas.identity import this_pod

__all__ = ["application"]


def end_for(older: marks.Older) -> None:
    """End this pod: it must not give ids that were given before."""
    logging.getLogger(__name__).critical("%s ends: %s %s", this_pod().name, older.problem, older.remedy(command))
    os.kill(os.getpid(), signal.SIGTERM)


# First: no request may be answered by the defaults where something else was set.
poll.start(this_pod(), settings.PLACES.settings_of(this_pod().name))
announcing.this_pods.start()
marks.Marker(this_pod().name).start(end_for)
janitor.start(this_pod().name)
Watcher(this_pod().name).start()
freshness.start("users")
watcher.start()
