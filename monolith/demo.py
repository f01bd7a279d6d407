"""Load the demo data: organizations on their pods, people, projects, and something to do in each.

May be repeated and run by two at a time: what is there is left as it is. Names
are claimed and settled as for everybody (monolith/namespaces/creation.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.hashers import make_password
from django.db import connections, transaction

from monolith import demo_facts as facts
from monolith.demo_contents import fill
from monolith.demo_facts import DemoPerson
from organizations.members.models import Membership
from organizations.models import Organization
from schemas.as_pod import as_pod
from schemas.identity import this_topology
from topology import Topology
from users.models import PersonalAccessToken, User

# The word "demo".
LOCK_KEY = 0x64656D6F
LOCK_SECONDS = 60


def load(topology: Topology | None = None) -> None:
    """Make what is missing of the demo data. On a topology without the demo's pods all of it is on the legacy pod.

    Raises `OperationalError` when another load holds the lock for a minute.
    """
    topology = topology or this_topology()
    with connections["users"].cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        try:
            organizations = _organizations(topology)
            people = _people(organizations)
            for fact in facts.ORGANIZATIONS:
                with as_pod(organizations[fact.path].pod_id):
                    fill(fact, organizations[fact.path], people)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])
            cursor.execute("RESET lock_timeout")


def _organizations(topology: Topology) -> dict[str, Organization]:
    Organization.objects.using("routes").bulk_create(
        [
            Organization(
                path=fact.path,
                name=fact.name,
                pod_id=fact.pod if fact.pod in topology.pods else topology.legacy_pod,
            )
            for fact in facts.ORGANIZATIONS
        ],
        ignore_conflicts=True,
    )
    paths = [fact.path for fact in facts.ORGANIZATIONS]
    return {each.path: each for each in Organization.objects.using("routes").filter(path__in=paths)}


def _people(organizations: Mapping[str, Organization]) -> dict[str, User]:
    names = [person.username for person in facts.PEOPLE]
    known = {user.username: user for user in User.objects.using("users").filter(username__in=names)}
    missing = [person for person in facts.PEOPLE if person.username not in known]
    if missing:
        # Slow on purpose, so once for all: the password is no secret anyway.
        password = make_password(facts.PASSWORD)
        with transaction.atomic(using="users"):
            for person in missing:
                known[person.username] = _person(person, organizations, password)
    return known


def _person(person: DemoPerson, organizations: Mapping[str, Organization], password: str) -> User:
    user = User.objects.using("users").create(
        username=person.username,
        name=person.name,
        email=f"{person.username}@example.com",
        password=password,
        default_organization_id=organizations[person.home].pk,
        is_staff=person.administrator,
        is_superuser=person.administrator,
    )
    Membership.objects.using("users").bulk_create(
        Membership(user=user, organization_id=organizations[fact.path].pk, role=fact.members[person.username])
        for fact in facts.ORGANIZATIONS
        if person.username in fact.members
    )
    token = facts.TOKEN.format(username=person.username)
    PersonalAccessToken.objects.using("users").create(
        user=user, name="demo", digest=PersonalAccessToken.digest_of(token), scope=PersonalAccessToken.Scope.API
    )
    return user
