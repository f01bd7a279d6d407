from __future__ import annotations

from django.apps import AppConfig


class AdminAreaConfig(AppConfig):
    """Has no models of its own; before `django.contrib.admin`, whose templates it replaces."""

    name = "admin_area"
    default = True
