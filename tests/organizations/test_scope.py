"""Whose pages are shown: an organization's, while it is active."""

from __future__ import annotations

import pytest

from organizations.models import Organization
from organizations.scope import active_organization
from tests.databases import ALIASES
from tests.organizations.conftest import PATH

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.mark.parametrize("state", Organization.State.values)
def test_only_an_active_organization_has_pages(organization: Organization, state: str) -> None:
    Organization.objects.using("routes").filter(pk=organization.pk).update(state=state)
    found = active_organization(PATH.upper())
    assert (found is not None) == (state == Organization.State.ACTIVE)
