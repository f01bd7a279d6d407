from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models.signals import post_migrate

from schemas.placement import SchemaAppConfig


class TenancyConfig(SchemaAppConfig):
    """Lives in the `main` schema of each pod."""

    name = "organizations.tenancy"
    default = True
    schema = "main"

    def ready(self) -> None:
        """See that the legacy pod serves GitLab.com Public."""
        post_migrate.connect(_serve_gitlab_com_public, sender=self)


def _serve_gitlab_com_public(using: str, **kwargs: Any) -> None:
    from organizations.models import GITLAB_COM_PUBLIC
    from organizations.tenancy.models import OrganizationState
    from schemas.identity import this_topology
    from schemas.placement import is_migrated

    legacy = this_topology().legacy_pod
    of_legacy_pod = {f"main_{legacy}"} | ({"main"} if settings.POD and settings.POD.name == legacy else set())
    if using in of_legacy_pod and is_migrated("tenancy", using):
        state = OrganizationState(id=GITLAB_COM_PUBLIC, state=OrganizationState.State.ACTIVE)
        OrganizationState.objects.using(using).bulk_create([state], ignore_conflicts=True)
