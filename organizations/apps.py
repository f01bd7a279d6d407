from __future__ import annotations

from typing import Any

from django.db.models.signals import post_migrate

from schemas.placement import SchemaAppConfig


class OrganizationsConfig(SchemaAppConfig):
    """Lives in the `routes` schema."""

    name = "organizations"
    default = True
    schema = "routes"

    def ready(self) -> None:
        """See that every migrated `routes` has GitLab.com Public, and that what has begun for organizations ends."""
        from organizations import closing, founding
        from organizations.default_organization import limits_of_tokens
        from organizations.transfers import repair, steps
        from routing.janitor import tidy_with
        from routing.outcomes.burials import finish_with
        from routing.outcomes.lost_names import name_again_with
        from routing.outcomes.models import Burial
        from users.tokens import limit_with

        limit_with(limits_of_tokens)
        tidy_with(founding.finish_organizations)
        tidy_with(steps.end_left_over)
        # Names are claimed again in the organization that has those above them.
        name_again_with(repair.repair_lost, first=True)
        finish_with(Burial.ORGANIZATION, closing.finish)
        post_migrate.connect(_make_gitlab_com_public, sender=self)


def _make_gitlab_com_public(using: str, **kwargs: Any) -> None:
    from organizations.gitlab_com_public import make_gitlab_com_public
    from schemas.placement import is_migrated

    if is_migrated("organizations", using):
        make_gitlab_com_public(using)
