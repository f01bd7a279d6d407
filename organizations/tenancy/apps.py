from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models.signals import post_migrate

from schemas.placement import SchemaAppConfig
from topology import POD_LOCAL_SCHEMAS


class TenancyConfig(SchemaAppConfig):
    """Lives in the `main` schema of each pod, and again in `ci`."""

    name = "organizations.tenancy"
    default = True
    schema = "main"
    also_in = ("ci",)

    def ready(self) -> None:
        """See that the legacy pod serves GitLab.com Public."""
        post_migrate.connect(_serve_gitlab_com_public, sender=self)


def _serve_gitlab_com_public(using: str, **kwargs: Any) -> None:
    from organizations.models import GITLAB_COM_PUBLIC
    from organizations.tenancy.serving import serve
    from schemas.identity import this_topology
    from schemas.placement import is_migrated

    legacy = this_topology().legacy_pod
    of_legacy_pod = {f"{schema}_{legacy}" for schema in POD_LOCAL_SCHEMAS}
    if settings.POD and settings.POD.name == legacy:
        of_legacy_pod |= {*POD_LOCAL_SCHEMAS}
    if using in of_legacy_pod and is_migrated("tenancy", using):
        serve(GITLAB_COM_PUBLIC, using=(using,))
