"""Organizations, people and their browsers, made in the databases of the in-process tests, on this test's pod."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.tenancy.serving import serve
from users.models import User
from users.reauthentication import SESSION_KEY as CONFIRMED
from users.sessions import SessionStore


def make_organization(path: str, pod: str = "pod_us0") -> Organization:
    """An organization that this test's pod serves."""
    organization = Organization.objects.using("routes").create(path=path, name=path.title(), pod_id=pod)
    serve(organization.pk)
    return organization


def person(username: str, **fields: Any) -> User:
    """Somebody who is a member of nothing."""
    return User.objects.using("users").create(username=username, email=f"{username}@example.com", **fields)


def belong(user: User, organization: Organization, role: str = "member") -> Membership:
    """Make somebody a member."""
    return Membership.objects.using("users").create(user=user, organization_id=organization.pk, role=role)


def make_person(username: str, organization: Organization | None = None, role: str = "member") -> User:
    """A person who is at home in an organization; without one, a legacy user."""
    home = organization.pk if organization else GITLAB_COM_PUBLIC
    user: User = User.objects.create_user(username, f"{username}@example.com", default_organization_id=home)
    Membership.objects.create(user=user, organization_id=home, role=role)
    return user


def signed_in(user: User, *, confirmed: bool = False, **options: Any) -> Client:
    """Somebody's browser, with a session as sign-in makes it, with their password confirmed or not."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    if confirmed:
        session[CONFIRMED] = time.time()
    session.save()
    client = Client(**options)
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return client
