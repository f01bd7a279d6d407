"""What the worker process of `pods.serve` runs: the application, and beside it what goes on without requests."""

from __future__ import annotations

# First: it sets Django up, which the models of the others need.
from pods.wsgi import application, watcher

# isort: split
from django.conf import settings

from admin_settings import poll
from moves.watching import Watcher
from operations.releases import announcing
from routing import janitor
from schemas import freshness
from schemas.identity import this_pod

__all__ = ["application"]

# First: no request may be answered by the defaults where something else was set.
poll.start(this_pod(), settings.PLACES.settings_of(this_pod().name))
announcing.this_pods.start()
janitor.start(this_pod().name)
Watcher(this_pod().name).start()
freshness.start("users")
watcher.start()
