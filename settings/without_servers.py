"""Settings of `makemigrations` and `lintmigrations`: they read the code, and want no database server to run.

All apps are in one database here, which does not exist.
"""

from __future__ import annotations

from settings.base import *  # noqa: F403
from settings.base import BASE_DIR, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
DATABASES = {"default": {"ENGINE": "schemas.postgresql_without_server", "NAME": "none"}}
DATABASE_ROUTERS = []

MIGRATION_LINTER_OPTIONS = {
    "no_cache": True,
    "include_apps": [
        "users",
        "organizations",
        "tenancy",
        "members",
        "routing",
        "outcomes",
        "admin_settings",
        "operations",
        "namespaces",
        "work",
        "ci",
    ],
    "ignore_name": [
        # These are applied when nobody needs any more what they take away (operations/releases/checks.py).
        *(path.stem for path in BASE_DIR.glob("**/migrations/*.py") if "contracts_since =" in path.read_text("utf-8")),
    ],
}
