"""GitLab.com Public is a real row: the default organization of all users without another one (the seed's
meta-organization).
"""

from __future__ import annotations

from organizations.models import GITLAB_COM_PUBLIC, Organization
from schemas.identity import this_topology


def make_gitlab_com_public(using: str = "routes") -> None:
    """Create the organization with id 1, on the legacy pod, unless it exists."""
    Organization.objects.using(using).bulk_create(
        [
            Organization(
                id=GITLAB_COM_PUBLIC,
                path="gitlab-com-public",
                name="GitLab.com Public",
                pod_id=this_topology().legacy_pod,
            )
        ],
        ignore_conflicts=True,
    )
