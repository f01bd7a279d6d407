"""The release before: it knows the next one's first segment `shelves` as a reserved word, and no page of it."""

from __future__ import annotations

from routing import reserved
from settings.base import *  # noqa: F403
from settings.base import INSTALLED_APPS

reserved.WORDS_OF_NEXT_RELEASE = frozenset({"shelves"})
reserved.RESERVED_WORDS = reserved.WORDS_IN_USE | reserved.WORDS_OF_NEXT_RELEASE

INSTALLED_APPS = [*INSTALLED_APPS, "tests.operations.releases.earlier.apps.ShelvesConfig"]
ROOT_URLCONF = "tests.operations.releases.earlier.urls"
