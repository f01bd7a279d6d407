"""Settings for mypy, which checks the models of every application at once. No process runs with them."""

from __future__ import annotations

from settings.base import *  # noqa: F403
from settings.base import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "examples.library"]
