"""A group of GitLab.com Public with something of everything in it, and a neighbour whose name begins like its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from monolith.ci.models import Job, Pipeline, Runner
from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember, Star, Visibility
from monolith.work.issuables import comment, open_issuable, subscribe
from monolith.work.labels import labels_named
from monolith.work.models import HistoryLine, Issue, Label, LabelLink, MergeRequest, Milestone, Note, Subscription, Todo
from organizations.models import GITLAB_COM_PUBLIC, Organization
from routing.models import Route
from tests.cast import make_organization, make_person
from users.models import User


@dataclass
class Group:
    """A top-level group with a subgroup, a project in each, and what people did there."""

    top: Namespace
    inner: Namespace
    project: Project
    private: Project
    issue: Issue
    merge_request: MergeRequest
    pipeline: Pipeline
    job: Job


def make_group(path: str, owner: User, assignee: User) -> Group:
    top = create_namespace(GITLAB_COM_PUBLIC, path, name=path, visibility=Visibility.PUBLIC, made_by=owner.pk)
    inner = create_namespace(GITLAB_COM_PUBLIC, "inner", parent=top, name="Inner", visibility=Visibility.INTERNAL)
    project = create_project(top, "code", name="Code", visibility=Visibility.PUBLIC)
    private = create_project(inner, "secret", name="Secret", visibility=Visibility.PRIVATE)
    private.members.create(organization_id=GITLAB_COM_PUBLIC, user_id=assignee.pk, role="developer")
    milestone = Milestone.objects.create(organization_id=GITLAB_COM_PUBLIC, project=private, iid=1, title="Soon")
    issue = open_issuable(
        Issue,
        private,
        owner,
        title="An issue",
        assignee_id=assignee.pk,
        labels=labels_named(private, ["bug"]),
        milestone=milestone,
        confidential=True,
    )
    merge_request = open_issuable(
        MergeRequest, project, owner, title="A merge request", source_branch="branch", assignee_id=assignee.pk
    )
    for about in (issue, merge_request):
        first = comment(about, owner, "A comment", begins_thread=True)
        comment(about, assignee, "An answer", answers=first)
        subscribe(about, owner, subscribed=False)
    HistoryLine.objects.create(organization_id=GITLAB_COM_PUBLIC, issue=issue, kind="reopened", actor_id=owner.pk)
    Star.objects.create(organization_id=GITLAB_COM_PUBLIC, project=project, user_id=owner.pk)
    pipeline = Pipeline.objects.create(organization_id=GITLAB_COM_PUBLIC, project_id=private.pk, ref="main")
    runner = Runner.objects.create(organization_id=GITLAB_COM_PUBLIC, description="Everybody's")
    job = Job.objects.create(organization_id=GITLAB_COM_PUBLIC, pipeline=pipeline, runner=runner, name="test")
    return Group(top, inner, project, private, issue, merge_request, pipeline, job)


def owners(path: str) -> set[tuple[str, int]]:
    """Which organizations have rows below a group, by database."""
    below = {"full_path__startswith": path}
    projects = Project.objects.filter(**below)
    ids = list(projects.values_list("pk", flat=True))
    main: list[Any] = [
        Namespace.objects.filter(**below),
        projects,
        NamespaceMember.objects.filter(namespace__full_path__startswith=path),
        ProjectMember.objects.filter(project__in=ids),
        Issue.objects.filter(project__in=ids),
        MergeRequest.objects.filter(project__in=ids),
        Note.objects.filter(issue__project__in=ids),
        Todo.objects.filter(issue__project__in=ids),
        Label.objects.filter(project__in=ids),
        LabelLink.objects.filter(label__project__in=ids),
        Milestone.objects.filter(project__in=ids),
        Subscription.objects.filter(issue__project__in=ids),
        Star.objects.filter(project__in=ids),
        HistoryLine.objects.filter(issue__project__in=ids),
    ]
    ci: list[Any] = [Pipeline.objects.filter(project_id__in=ids), Job.objects.filter(pipeline__project_id__in=ids)]
    routes: list[Any] = [Route.objects.using("routes").filter(path__startswith=path)]
    return {
        (schema, each)
        for schema, querysets in (("main", main), ("ci", ci), ("routes", routes))
        for rows in querysets
        for each in rows.values_list("organization_id", flat=True)
    }


@pytest.fixture
def acme() -> Organization:
    return make_organization("acme")


@pytest.fixture
def olga() -> User:
    return make_person("olga")


@pytest.fixture
def alan() -> User:
    return make_person("alan")


@pytest.fixture
def group(olga: User, alan: User) -> Group:
    return make_group("tools", olga, alan)


@pytest.fixture
def neighbour(olga: User, alan: User) -> Group:
    return make_group("tools-2", olga, alan)
