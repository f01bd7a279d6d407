"""An administrator's browser on a pod that has no replicas, since everything is in one transaction."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from tests.cast import make_person, signed_in
from tests.monolith.conftest import acme, group, no_replicas, project
from users.models import User
from users.reauthentication import FIELD

__all__ = ["acme", "group", "no_replicas", "project"]

PASSWORD = "a-long-secret"


@pytest.fixture
def root() -> User:
    """The administrator."""
    user = make_person("root")
    user.is_superuser = user.is_staff = True
    user.password = make_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def admin(root: User) -> Client:
    """The administrator's browser."""
    return signed_in(root)


@pytest.fixture
def proven(admin: Client) -> Client:
    """The same, after the administrator has given the password again."""
    admin.post("/admin/users", {FIELD: PASSWORD})
    return admin


@pytest.fixture
def visitor() -> Client:
    return Client()


def text_of(page: str) -> str:
    """What a page shows, without its elements."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
