from __future__ import annotations

from django.apps import AppConfig


class PodsConfig(AppConfig):
    """The web tier of one pod: no models of its own."""

    name = "pods"
