"""Kill -9, or an error, at every statement and commit of a transfer: the group is wholly one organization's."""

from __future__ import annotations

import pytest

from monolith.namespaces.models import ProjectMember
from organizations.models import GITLAB_COM_PUBLIC, NamespaceTransfer, Organization
from routing.janitor import tidy
from tests.cast import belong
from tests.databases import ALIASES
from tests.monolith.namespaces.test_killed import Worker, attempt, worker
from tests.organizations.transfers.conftest import make_group, owners
from tests.running_cluster import eventually
from users.models import User

__all__ = ["worker"]

pytestmark = [pytest.mark.django_db(databases=ALIASES, transaction=True), pytest.mark.slow]

MOST_STEPS = 150


def is_tidy() -> bool:
    """Whether nothing is left to do, an hour later. The killed one's transaction may hold its locks a moment longer."""
    open_ones = NamespaceTransfer.objects.using("routes").filter(state=NamespaceTransfer.State.OPEN)
    open_ones.update(expires_at="2020-01-01T00:00Z")
    tidy("pod_us0")
    return not open_ones.exists()


@pytest.mark.parametrize("how", ["kill", "fail"])
def test_it_is_done_or_not_done(worker: Worker, how: str, acme: Organization, olga: User, alan: User) -> None:
    belong(olga, acme)
    done: list[bool] = []
    for step in range(MOST_STEPS):
        # What was not done can be done with the same group.
        if done[-1:] != [False]:
            group = make_group(f"tools{step}-", olga, alan)
        path = group.top.full_path
        fate = attempt(worker, how, "transfer to an organization", [path, "acme"], step)
        assert fate in ({"killed", "finished"} if how == "kill" else {"failed", "survived", "finished"})
        seen = {owner for schema, owner in owners(path) if schema == "main"}
        eventually(is_tidy)
        found = owners(path)
        everywhere = {owner for _, owner in found}
        assert everywhere in ({GITLAB_COM_PUBLIC}, {acme.pk}), f"{how} at step {step}"
        assert found == {(schema, owner) for schema in ("main", "ci", "routes") for owner in everywhere}
        # What pages show is decided by then: the janitor changes nothing of it.
        assert seen == everywhere, f"{how} at step {step}"
        outsider = ProjectMember.objects.filter(project=group.private, user_id=alan.pk)
        assert outsider.exists() == (everywhere == {GITLAB_COM_PUBLIC}), f"{how} at step {step}"
        done.append(everywhere == {acme.pk})
        if fate == "finished":
            break
    assert fate == "finished"
    # At first it is not done, and from some step on it is.
    assert done == sorted(done)
    assert (done[0], done[-1]) == (False, True)
    assert done.index(True) > 2
