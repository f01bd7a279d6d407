from __future__ import annotations

from django.apps import AppConfig


class ClusterConfig(AppConfig):
    """No models; provides the `cluster` command."""

    name = "cluster"
