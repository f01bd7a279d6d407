"""Fill one organization of the demo on the pod that it lives on."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from monolith import demo_facts as facts
from monolith.ci.models import Job, Pipeline, Runner
from monolith.demo_facts import DemoOrganization, DemoProject
from monolith.namespaces.creation import create_namespace, create_project, rename
from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember, Visibility
from monolith.work.models import Issue, MergeRequest, Todo
from organizations.models import Organization
from organizations.tenancy.serving import serve
from routing import claims
from routing.outcomes.conclude import conclude
from users.models import User


def fill(fact: DemoOrganization, organization: Organization, people: Mapping[str, User]) -> None:
    """Make what is missing in an organization, outer things first. Run it as the organization's pod."""
    serve(organization.pk, organization.epoch)
    # A load that was killed may have left some; deciding early is safe, and nobody else makes these names now.
    for claimed in claims.open_claims(_paths(fact)):
        conclude(claimed)
    namespaces = _Namespaces(fact, organization, people)
    for path in (*fact.renamed.values(), *fact.groups):
        namespaces.made(path)
    projects = [_made(project, namespaces) for project in fact.projects]
    _invite(fact, namespaces, projects, people)
    members = [people[username] for username in fact.members]
    _give_work(organization, projects, members)
    _run_jobs(organization, projects)


class _Namespaces:
    """The organization's groups and personal namespaces by path, made when first asked for."""

    def __init__(self, fact: DemoOrganization, organization: Organization, people: Mapping[str, User]) -> None:
        self._fact = fact
        self._organization = organization
        self._people = people
        there = Namespace.objects.filter(organization_id=organization.pk)
        self._made = {namespace.full_path: namespace for namespace in there}

    def made(self, full_path: str) -> Namespace:
        """The namespace, with those above it."""
        if full_path not in self._made:
            above, _, path = full_path.rpartition("/")
            self._made[full_path] = self._make(self.made(above) if above else None, path)
        return self._made[full_path]

    def _make(self, parent: Namespace | None, path: str) -> Namespace:
        old_path = {new: old for old, new in self._fact.renamed.items()}.get(path, path)
        if old_path in self._made:
            return rename(self._made[old_path], path)
        owner = self._people[path] if any(each.namespace and each.username == path for each in facts.PEOPLE) else None
        namespace = create_namespace(
            self._organization.pk,
            old_path,
            parent=parent,
            name=path,
            kind=Namespace.Kind.USER if owner else Namespace.Kind.GROUP,
            owner_id=owner.pk if owner else None,
            visibility=Visibility.PRIVATE if path in self._fact.private_groups else self._fact.visibility,
        )
        return rename(namespace, path) if old_path != path else namespace


def _paths(fact: DemoOrganization) -> list[str]:
    """Every path of the organization, groups above projects and old paths too."""
    ends = [*fact.groups, *(project.path for project in fact.projects), *fact.renamed]
    segments = [end.split("/") for end in ends]
    return sorted({"/".join(path[:depth]) for path in segments for depth in range(1, len(path) + 1)})


def _made(fact: DemoProject, namespaces: _Namespaces) -> Project:
    there = Project.objects.filter(full_path=fact.path).first()
    if there:
        return there
    above, _, path = fact.path.rpartition("/")
    return create_project(
        namespaces.made(above),
        path,
        name=path,
        description=f"The demo's {path}.",
        visibility=fact.visibility,
    )


def _invite(
    fact: DemoOrganization,
    namespaces: _Namespaces,
    projects: list[Project],
    people: Mapping[str, User],
) -> None:
    groups = [(namespaces.made(path), *each) for path, of in fact.group_members.items() for each in of.items()]
    NamespaceMember.objects.bulk_create(
        [
            NamespaceMember(organization_id=group.organization_id, namespace=group, user_id=people[name].pk, role=role)
            for group, name, role in groups
        ],
        ignore_conflicts=True,
    )
    invited = [
        (project, *each) for project, of in zip(projects, fact.projects, strict=True) for each in of.members.items()
    ]
    ProjectMember.objects.bulk_create(
        [
            ProjectMember(organization_id=project.organization_id, project=project, user_id=people[name].pk, role=role)
            for project, name, role in invited
        ],
        ignore_conflicts=True,
    )


def _give_work(organization: Organization, projects: list[Project], members: list[User]) -> None:
    """Issues, merge requests and todos for each project that has none, all of it or nothing."""
    busy = set(Issue.objects.filter(organization_id=organization.pk).values_list("project_id", flat=True))
    for number, project in enumerate(projects):
        if project.pk in busy:
            continue
        able = _able_to_see(project, members)
        people = itertools.islice(itertools.cycle(able), number, None)
        with transaction.atomic(using="main"):
            issues = Issue.objects.bulk_create(
                Issue(
                    organization_id=organization.pk,
                    project=project,
                    iid=iid,
                    title=title,
                    description=facts.DESCRIPTION if iid == 1 else "",
                    state=state,
                    author_id=next(people).pk,
                    assignee_id=next(people).pk,
                    closed_at=timezone.now() if state == Issue.State.CLOSED else None,
                )
                for iid, (title, state) in enumerate(facts.ISSUES, start=1)
            )
            requests = MergeRequest.objects.bulk_create(
                MergeRequest(
                    organization_id=organization.pk,
                    project=project,
                    iid=iid,
                    title=title,
                    source_branch=branch,
                    state=state,
                    author_id=next(people).pk,
                    assignee_id=next(people).pk,
                    closed_at=timezone.now() if state == Issue.State.CLOSED else None,
                )
                for iid, (title, branch, state) in enumerate(facts.MERGE_REQUESTS, start=1)
            )
            Todo.objects.bulk_create(
                [
                    *(_todo(organization, user, issue=issues[0]) for user in able),
                    *(_todo(organization, user, merge_request=requests[0]) for user in able[:2]),
                ]
            )


def _todo(organization: Organization, user: User, **target: Issue | MergeRequest) -> Todo:
    return Todo(organization_id=organization.pk, user_id=user.pk, **target)


def _able_to_see(project: Project, members: list[User]) -> list[User]:
    if project.visibility != Visibility.PRIVATE:
        return members
    invited = ProjectMember.objects.filter(project=project).values_list("user_id", flat=True)
    return [user for user in members if user.pk in set(invited)]


def _run_jobs(organization: Organization, projects: list[Project]) -> None:
    """A runner for the organization, and a pipeline for each project that has none."""
    runner = Runner.objects.filter(organization_id=organization.pk).first() or Runner.objects.create(
        organization_id=organization.pk, description=f"runner of {organization.path}"
    )
    seen = set(Pipeline.objects.filter(organization_id=organization.pk).values_list("project_id", flat=True))
    for project in projects:
        if project.pk not in seen:
            with transaction.atomic(using="ci"):
                pipeline = Pipeline.objects.create(organization_id=organization.pk, project_id=project.pk, ref="main")
                Job.objects.bulk_create(
                    Job(
                        organization_id=organization.pk,
                        pipeline=pipeline,
                        runner=None if state == Job.State.PENDING else runner,
                        name=name,
                        state=state,
                    )
                    for name, state in facts.JOBS
                )
