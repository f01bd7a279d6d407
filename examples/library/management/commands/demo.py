"""`manage.py demo`: fill a new cluster with a few libraries. `manage.py cluster up` runs it once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from examples.library.creation import add_book, create_library
from organizations.founding import finish, found
from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC
from schemas.as_pod import as_pod
from schemas.identity import this_topology
from users.models import PersonalAccessToken, User


class Command(BaseCommand):
    """May be run on a new cluster only."""

    help = "Load the example's people, organization and libraries."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """GitLab.com Public has a library on the legacy pod, the organization museion two on the last pod."""
        topology = this_topology()
        legacy, pod = topology.legacy_pod, list(topology.pods)[-1]
        museion = found("museion", "Museion", pod)
        with as_pod(pod):
            finish(museion.pk, pod)
        owner = _person("hypatia", museion.pk)
        Membership.objects.using("users").create(user=owner, organization_id=museion.pk, role=Membership.Role.OWNER)
        _person("conan", GITLAB_COM_PUBLIC)
        for on, organization_id, path, name, is_public, title in (
            (legacy, GITLAB_COM_PUBLIC, "city-library", "City Library", True, "Middlemarch"),
            (pod, museion.pk, "alexandria", "Library of Alexandria", True, "Elements"),
            (pod, museion.pk, "scriptorium", "Scriptorium", False, "On the Sphere"),
        ):
            with as_pod(on):
                add_book(create_library(organization_id, path, name, is_public=is_public), "Classics", title)


def _person(username: str, organization_id: int) -> User:
    person = User(username=username, email=f"{username}@example.com", default_organization_id=organization_id)
    person.set_password("library-demo")
    person.save(using="users")
    PersonalAccessToken.objects.using("users").create(
        user=person,
        name="demo",
        digest=PersonalAccessToken.digest_of(f"glpat-demo-{username}"),
        scope=PersonalAccessToken.Scope.API,
    )
    return person
