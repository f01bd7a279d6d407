"""The next release: it uses the word, and has migrations that expand and contract."""

from __future__ import annotations

from routing import reserved
from settings.base import *  # noqa: F403
from settings.base import INSTALLED_APPS

reserved.WORDS_IN_USE |= {"shelves"}
reserved.RESERVED_WORDS = reserved.WORDS_IN_USE | reserved.WORDS_OF_NEXT_RELEASE

RELEASE = "99.0"
INSTALLED_APPS = [*INSTALLED_APPS, "tests.operations.releases.later.apps.ShelvesConfig"]
ROOT_URLCONF = "tests.operations.releases.later.urls"
