"""What a promoted replica of `routes` lacked is named again."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from monolith.namespaces.creation import create_namespace, create_project, rename
from monolith.namespaces.lost_names import name_lost
from monolith.namespaces.models import Namespace, Project
from organizations.models import Organization
from routing.models import Route
from tests.cast import make_person
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)


def kinds() -> dict[str, str]:
    return dict(Route.objects.exclude(kind="reserved").values_list("path", "kind"))


def unnamed(organization: Organization, path: str, parent: Namespace | None = None, **fields: object) -> Namespace:
    """A namespace as its pod has it, without its name in `routes`."""
    full_path = f"{parent.full_path}/{path}" if parent else path
    return Namespace.objects.create(
        organization_id=organization.pk, parent=parent, path=path, full_path=full_path, name=path, **fields
    )


def test_what_was_made_is_reached_again(acme: Organization) -> None:
    group = unnamed(acme, "Lost")
    below = unnamed(acme, "below", group)
    fields = {"organization_id": acme.pk, "namespace": below, "path": "site", "name": "Site"}
    project = Project.objects.create(full_path="Lost/below/site", **fields)
    assert list(name_lost()) == [("Lost", ""), ("Lost/below", ""), ("Lost/below/site", "")]
    assert kinds() == dict.fromkeys(["Lost", "Lost/below", "Lost/below/site"], "live")
    assert Route.objects.get(path="Lost/below/site").entity_id == project.pk
    assert list(name_lost()) == []


def test_what_was_renamed_takes_along_what_is_below(acme: Organization) -> None:
    group = create_namespace(acme.pk, "before", name="Group")
    create_project(group, "site", name="Site")
    Namespace.objects.filter(pk=group.pk).update(path="after", full_path="after")
    Project.objects.update(full_path="after/site")
    assert list(name_lost()) == [("after", "")]
    assert kinds() == {"before": "redirect", "after": "live", "after/site": "live"}


def test_a_name_that_somebody_has_taken_since_is_told(acme: Organization) -> None:
    taken = create_namespace(acme.pk, "taken", name="Somebody's")
    rename(taken, "away")
    unnamed(acme, "taken")
    [(path, problem)] = name_lost()
    assert path == "taken"
    assert "is taken" in problem
    assert kinds() == {"taken": "redirect", "away": "live"}


def test_an_organization_that_was_lost_is_told(acme: Organization) -> None:
    unnamed(acme, "lost")
    Organization.objects.filter(pk=acme.pk).update(state="deleted")
    [(_, problem)] = name_lost()
    assert "does not exist or is deleted" in problem


def test_a_persons_namespace_has_its_name_if_there_is_the_person(acme: Organization) -> None:
    newt = make_person("newt")
    unnamed(acme, "newt", kind="user", owner_id=newt.pk)
    unnamed(acme, "lost", kind="user", owner_id=newt.pk + 1)
    assert list(name_lost()) == [("newt", "")]


def test_the_command_says_what_it_did(acme: Organization, capsys: pytest.CaptureFixture[str]) -> None:
    unnamed(acme, "lost")
    call_command("janitor", "--lost-names")
    assert capsys.readouterr().out == "/lost is named again\n"
    call_command("janitor", "--lost-names")
    assert capsys.readouterr().out == "No lost names.\n"
