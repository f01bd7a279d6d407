"""Settings of a pod that serves the library instead of the sample monolith."""

from __future__ import annotations

from settings.base import *  # noqa: F403
from settings.base import ENGINE_APPS

# Before the engine's apps, so that its templates may replace theirs.
INSTALLED_APPS = ["examples.library", *ENGINE_APPS]
APPLICATION_URLS = "examples.library.urls"
FIRST_PAGE_OF_ORGANIZATION = "libraries"
PAGE_TO_TRY = "/alexandria"
