"""Nobody is something by accident: what may be done is said for each member, invitation and token, or refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember
from organizations.members.models import Invitation, Membership
from organizations.models import Organization
from tests.cast import make_person
from tests.databases import ALIASES
from users.models import PersonalAccessToken

pytestmark = pytest.mark.django_db(databases=ALIASES)

SAYS_WHAT = {
    NamespaceMember: "role",
    ProjectMember: "role",
    Membership: "role",
    Invitation: "role",
    PersonalAccessToken: "scope",
}


def rows(project: Project) -> dict[type[Any], dict[str, Any]]:
    """What each of them has beside it."""
    user, acme = make_person("pat"), project.organization_id
    day = timezone.now() + timedelta(days=1)
    return {
        NamespaceMember: {"namespace": project.namespace, "user_id": user.pk, "organization_id": acme},
        ProjectMember: {"project": project, "user_id": user.pk, "organization_id": acme},
        Membership: {"user": user, "organization_id": acme},
        Invitation: {"organization_id": acme, "email": "new@example.com", "sent_at": day, "expires_at": day},
        PersonalAccessToken: {"user": user, "name": "laptop", "digest": "0" * 64},
    }


@pytest.mark.parametrize("model", SAYS_WHAT, ids=lambda model: model.__name__)
def test_the_database_refuses_a_row_without_it(
    acme: Organization, group: Namespace, project: Project, model: type[Any]
) -> None:
    database = "main" if model in {NamespaceMember, ProjectMember} else "users"
    with pytest.raises(IntegrityError, match="_is_known"), transaction.atomic(using=database):
        model.objects.using(database).create(**rows(project)[model])


@pytest.mark.parametrize("model", SAYS_WHAT, ids=lambda model: model.__name__)
def test_the_column_has_no_default(model: type[Any]) -> None:
    database = "main" if model in {NamespaceMember, ProjectMember} else "users"
    with connections[database].cursor() as cursor:
        cursor.execute(
            "SELECT column_default, is_nullable FROM information_schema.columns"
            " WHERE table_name = %s AND column_name = %s",
            [model._meta.db_table, SAYS_WHAT[model]],
        )
        assert cursor.fetchall() == [(None, "NO")]
