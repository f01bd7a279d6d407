"""Settings of `makemigrations` and `lintmigrations`: they read the code, and want no database server to run.

All apps are in one database here, which does not exist. `PODS_SETTINGS` names the application's settings.
"""

from __future__ import annotations

import os
from importlib import import_module

application = import_module(os.environ.get("PODS_SETTINGS", "settings.base"))
globals().update({name: value for name, value in vars(application).items() if name.isupper()})

INSTALLED_APPS = [*application.INSTALLED_APPS, "django_migration_linter"]
DATABASES = {"default": {"ENGINE": "schemas.postgresql_without_server", "NAME": "none"}}
DATABASE_ROUTERS: list[str] = []

_MIGRATIONS = application.BASE_DIR.glob("**/migrations/*.py")
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
        "moves",
        "namespaces",
        "work",
        "ci",
        "library",
    ],
    "ignore_name": [
        # These are applied when nobody needs any more what they take away (operations/releases/checks.py).
        *(
            path.stem
            for path in application.BASE_DIR.glob("**/migrations/*.py")
            if "contracts_since =" in path.read_text("utf-8")
        ),
    ],
}
