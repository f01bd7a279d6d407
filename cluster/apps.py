from __future__ import annotations

from django.apps import AppConfig


class ClusterConfig(AppConfig):
    """Has no models; brings the `cluster` command."""

    name = "cluster"
