from __future__ import annotations

from django.apps import AppConfig


class RouterConfig(AppConfig):
    """The router's commands; there is no model."""

    name = "router"
