"""Kill -9 at each point of making an organization, on the running cluster: the janitor makes the rest."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid

import pytest

from tests.databases import database
from tests.running_cluster import RunningCluster
from topology.places import CHECKOUT

pytestmark = pytest.mark.slow

POD = "pod_eu1"
POINTS = [
    "organizations.founding.Organization.objects.using",
    "organizations.founding._give_to",
    "organizations.founding.Membership.objects.using",
    "organizations.founding.serve",
    "organizations.tenancy.serving.OrganizationState.objects.using",
    "organizations.founding.Organization.save",
]
MAKE = """
import os, signal, sys
from unittest.mock import patch

import django

django.setup()
from organizations.founding import finish, found
from users.models import User

path, username, point = sys.argv[1:]
made = found(path, "Made", "{pod}", creator_id=User.objects.get(username=username).pk)
with patch(point, side_effect=lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)):
    finish(made.pk, "{pod}")
"""


@pytest.mark.parametrize("point", POINTS)
def test_it_is_complete_after_the_janitor(cluster: RunningCluster, point: str) -> None:
    path = f"killed-{uuid.uuid4().hex[:8]}"
    killed = subprocess.run(
        [sys.executable, "-c", MAKE.format(pod=POD), path, "newcomer", point],
        env=cluster.environment | {"POD_ID": POD, "DJANGO_SETTINGS_MODULE": "settings.base"},
        cwd=CHECKOUT,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    cluster.manage("janitor", pod=POD)
    with database(cluster, "shared", "routes") as execute:
        [(organization, state)] = execute("SELECT id, state FROM organizations WHERE path = %s", path)
        assert state == "active"
        execute("UPDATE organizations SET state = 'deleted' WHERE path = %s", path)
    for schema in ("main", "ci"):
        with database(cluster, "pods-eu", f"{POD}_{schema}") as execute:
            assert execute("SELECT state, epoch FROM organization_state WHERE id = %s", organization) == [("active", 1)]
    with database(cluster, "shared", "users") as execute:
        assert execute("SELECT role FROM memberships WHERE organization_id = %s", organization) == [("owner",)]
        # Leave newcomer as they were, past the trigger that keeps the last owner.
        execute("SET session_replication_role = replica")
        execute("DELETE FROM memberships WHERE organization_id = %s", organization)
