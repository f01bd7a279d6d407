"""Calls of python-gitlab, each with what makes its answer right. Calls of one group run in this order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from tests.clients.world import World

Call = Callable[[World], Any]
SOON = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011  (any day to come)


def has(found: Any, *names: str, **values: Any) -> bool:
    """Whether an object has these attributes, and some of them these values."""
    data = found.attributes if hasattr(found, "attributes") else found
    return all(name in data for name in (*names, *values)) and all(data[name] == values[name] for name in values)


def ids(found: Iterable[Any]) -> list[int]:
    """The ids of a list."""
    return [each.id for each in found]


def titles(found: Iterable[Any]) -> list[str]:
    """The titles of a list."""
    return [each.title for each in found]


def then(value: Any, right: Callable[[Any], bool]) -> bool:
    """Whether what a call returned is right."""
    return right(value)


def done(*calls: Any) -> bool:
    """Calls that return nothing worth a look, with a last one that proves what they did."""
    return bool(calls[-1])


def put(found: Any, name: str, value: Any) -> bool:
    """Set an attribute; `save` sends it."""
    setattr(found, name, value)
    return True


def ran(call: Callable[[], None]) -> bool:
    """Run a call that returns nothing."""
    call()
    return True


PERSON = ("id", "username", "name", "state", "web_url", "avatar_url")
PROJECT = (
    *("id", "name", "name_with_namespace", "path", "path_with_namespace", "default_branch", "archived"),
    *("last_activity_at", "permissions", "creator_id", "topics", "_links", "namespace", "visibility", "web_url"),
)
ISSUE = (
    *("id", "iid", "project_id", "title", "description", "state", "created_at", "updated_at", "closed_at", "labels"),
    *("milestone", "author", "assignee", "assignees", "user_notes_count", "references", "web_url", "confidential"),
)
GROUP = ("id", "name", "path", "full_name", "full_path", "description", "visibility", "parent_id", "web_url")

INSTANCE: dict[str, Call] = {
    "gl.auth()": lambda w: done(ran(w.mia.auth), has(w.mia.user, *PERSON, username="mia")),
    "gl.version()": lambda w: w.mia.version()[0] != "unknown",
    "gl.http_get('/metadata')": lambda w: has(w.mia.http_get("/metadata"), "version", "revision", enterprise=False),
    "gl.users.list()": lambda w: {"mia", "max"} <= {each.username for each in w.mia.users.list(get_all=True)},
    "gl.users.list(username=)": lambda w: [each.username for each in w.mia.users.list(username="max")] == ["max"],
    "gl.users.list(search=)": lambda w: "max" in [each.username for each in w.mia.users.list(search="ma")],
    "gl.users.get(id)": lambda w: has(w.mia.users.get(w.max_id), *PERSON, username="max"),
    "gl.personal_access_tokens.list()": lambda w: all(
        each.user_id == w.me["id"] for each in w.mia.personal_access_tokens.list(get_all=True)
    ),
    "gl.personal_access_tokens.get('self')": lambda w: has(
        w.mia.personal_access_tokens.get("self"), scopes=["api"], active=True, user_id=w.me["id"]
    ),
    "gl.personal_access_tokens.get(id)": lambda w: (
        w.mia.personal_access_tokens.get(w.mia.personal_access_tokens.get("self").id).name == "demo"
    ),
    "gl.events.list()": lambda w: "First" in [each.target_title for each in w.mia.events.list(get_all=False)],
    "gl.search('projects')": lambda w: w.project.id in [each["id"] for each in w.mia.search("projects", "calls")],
    "gl.search('issues')": lambda w: "First" in [each["title"] for each in w.mia.search("issues", "first")],
    "gl.namespaces.list()": lambda w: w.path in [each.full_path for each in w.mia.namespaces.list(get_all=True)],
    "gl.namespaces.list(search=)": lambda w: (
        [each.full_path for each in w.mia.namespaces.list(search=w.path)] == [w.path]
    ),
    "gl.namespaces.get(id)": lambda w: has(w.mia.namespaces.get(w.group.id), kind="group", full_path=w.path),
    "gl.todos.list()": lambda w: isinstance(w.mia.todos.list(get_all=False), list),
    "gl.todos.mark_all_as_done()": lambda w: done(w.mia.todos.mark_all_as_done(), w.mia.todos.list() == []),
    "gl.issues.list()": lambda w: all(each.state == "opened" for each in w.mia.issues.list(get_all=False)),
    "gl.issues.list(scope='all')": lambda w: "First" in titles(w.mia.issues.list(scope="all", get_all=False)),
    "gl.issues.list(scope='created_by_me', state='all')": lambda w: (
        {"First", "Secret"} <= {*titles(w.mia.issues.list(scope="created_by_me", state="all", get_all=True))}
    ),
    "gl.mergerequests.list(scope='all')": lambda w: (
        "Change" in titles(w.mia.mergerequests.list(scope="all", get_all=False))
    ),
    "gl.markdown()": lambda w: "<" in w.mia.markdown("**x**"),
    "gl.features.list()": lambda w: isinstance(w.mia.features.list(), list),
    "gl.runners.list()": lambda w: isinstance(w.mia.runners.list(), list),
    "gl.snippets.list()": lambda w: isinstance(w.mia.snippets.list(), list),
    "gl.keys.get(1)": lambda w: has(w.mia.keys.get(1), "key"),
    "gl.hooks.list()": lambda w: isinstance(w.mia.hooks.list(), list),
    "gl.broadcastmessages.list()": lambda w: isinstance(w.mia.broadcastmessages.list(), list),
    "gl.settings.get()": lambda w: has(w.mia.settings.get(), "id"),
    "gl.topics.list()": lambda w: isinstance(w.mia.topics.list(), list),
    "gl.applications.list()": lambda w: isinstance(w.mia.applications.list(), list),
    "gl.user.keys.list()": lambda w: isinstance(w.mia.http_list("/user/keys"), list),
    "gl.user.emails.list()": lambda w: isinstance(w.mia.http_list("/user/emails"), list),
    "gl.user.status.get()": lambda w: has(w.mia.http_get("/user/status"), "message"),
}

GROUPS: dict[str, Call] = {
    "gl.groups.list()": lambda w: w.group.id in ids(w.mia.groups.list(get_all=True)),
    "gl.groups.list(search=)": lambda w: ids(w.mia.groups.list(search=w.path)) == [w.group.id],
    "gl.groups.list(owned=True)": lambda w: w.group.id in ids(w.mia.groups.list(owned=True, get_all=True)),
    "gl.groups.list(top_level_only=True)": lambda w: all(
        each.parent_id is None for each in w.mia.groups.list(top_level_only=True, get_all=True)
    ),
    "gl.groups.list(iterator=True).total": lambda w: then(
        w.mia.groups.list(iterator=True), lambda found: len(list(found)) == found.total
    ),
    "gl.groups.get(id)": lambda w: has(w.mia.groups.get(w.group.id), *GROUP, full_path=w.path, full_name="Clients"),
    "gl.groups.get(path)": lambda w: w.mia.groups.get(w.path).id == w.group.id,
    "gl.groups.get(id, with_projects=False)": lambda w: (
        w.mia.groups.get(w.group.id, with_projects=False).id == w.group.id
    ),
    "gl.groups.create(parent)": lambda w: has(
        w.mia.groups.create({"name": "Inner", "path": "inner", "parent_id": w.group.id}),
        parent_id=w.group.id,
        full_path=f"{w.path}/inner",
        full_name="Clients / Inner",
    ),
    "group.subgroups.list()": lambda w: [each.path for each in w.group.subgroups.list()] == ["inner"],
    "group.descendant_groups.list()": lambda w: [each.path for each in w.group.descendant_groups.list()] == ["inner"],
    "group.save() description": lambda w: then(
        w.mia.groups.get(w.group.id),
        lambda found: done(
            put(found, "description", "Calls of clients."),
            found.save(),
            w.mia.groups.get(w.group.id).description == "Calls of clients.",
        ),
    ),
    "gl.groups.update(id) of nothing": lambda w: refused_with(
        lambda: w.mia.groups.update(w.group.id, {}), 400, "at least one parameter must be provided"
    ),
    "group.projects.list()": lambda w: ids(w.group.projects.list()) == [w.project.id],
    "group.projects.list(include_subgroups=True)": lambda w: (
        ids(w.group.projects.list(include_subgroups=True)) == [w.project.id]
    ),
    "group.projects.list(archived=True)": lambda w: w.group.projects.list(archived=True) == [],
    "group.issues.list()": lambda w: {*titles(w.group.issues.list())} == {"First", "Secret"},
    "group.mergerequests.list()": lambda w: titles(w.group.mergerequests.list()) == ["Change"],
    "group.search('issues')": lambda w: [each["title"] for each in w.group.search("issues", "first")] == ["First"],
    "group.search('projects')": lambda w: (
        [each["id"] for each in w.group.search("projects", "calls")] == [w.project.id]
    ),
    "group.members.list()": lambda w: [each.username for each in w.group.members.list()] == ["mia"],
    "group.members.create()": lambda w: has(
        w.group.members.create({"user_id": w.max_id, "access_level": 30, "expires_at": SOON}),
        username="max",
        access_level=30,
        expires_at=SOON,
    ),
    "group.members.get(id)": lambda w: has(w.group.members.get(w.max_id), *PERSON, access_level=30, expires_at=SOON),
    "group.members.update()": lambda w: then(
        w.group.members.get(w.max_id),
        lambda found: done(
            put(found, "access_level", 40), found.save(), w.group.members.get(w.max_id).access_level == 40
        ),
    ),
    "group.members_all.list()": lambda w: {each.username for each in w.group.members_all.list()} == {"mia", "max"},
    "group.members_all.get(id)": lambda w: w.group.members_all.get(w.max_id).username == "max",
    "group.members.delete()": lambda w: done(
        w.group.members.delete(w.max_id), [each.username for each in w.group.members.list()] == ["mia"]
    ),
    "group.transfer()": lambda w: then(
        w.mia.groups.create({"name": "Moved", "path": f"moved-{w.path}"}),
        lambda found: done(
            found.transfer(w.group.id), w.mia.groups.get(found.id).full_path == f"{w.path}/moved-{w.path}"
        ),
    ),
    "group.delete()": lambda w: then(
        w.mia.groups.get(f"{w.path}/moved-{w.path}"),
        lambda found: done(found.delete(), refused_with(lambda: w.mia.groups.get(found.id), 404)),
    ),
    "group.labels.list()": lambda w: isinstance(w.group.labels.list(), list),
    "group.milestones.list()": lambda w: isinstance(w.group.milestones.list(), list),
    "group.variables.list()": lambda w: isinstance(w.group.variables.list(), list),
    "group.hooks.list()": lambda w: isinstance(w.group.hooks.list(), list),
    "group.badges.list()": lambda w: isinstance(w.group.badges.list(), list),
    "group.boards.list()": lambda w: isinstance(w.group.boards.list(), list),
    "group.runners.list()": lambda w: isinstance(w.group.runners.list(), list),
    "group.deploytokens.list()": lambda w: isinstance(w.group.deploytokens.list(), list),
    "group.access_tokens.list()": lambda w: isinstance(w.group.access_tokens.list(), list),
}

PROJECTS: dict[str, Call] = {
    "gl.projects.list()": lambda w: w.project.id in ids(w.mia.projects.list(get_all=True)),
    "gl.projects.list(search=)": lambda w: ids(w.mia.projects.list(search=w.path)) == [w.project.id],
    "gl.projects.list(membership=True)": lambda w: (
        w.project.id in ids(w.mia.projects.list(membership=True, get_all=True))
    ),
    "gl.projects.list(owned=True)": lambda w: w.project.id in ids(w.mia.projects.list(owned=True, get_all=True)),
    "gl.projects.list(visibility='public')": lambda w: all(
        each.visibility == "public" for each in w.mia.projects.list(visibility="public", get_all=True)
    ),
    "gl.projects.list(min_access_level=40)": lambda w: (
        w.project.id in ids(w.mia.projects.list(min_access_level=40, get_all=True))
    ),
    "gl.projects.list(simple=True)": lambda w: w.project.id in ids(w.mia.projects.list(simple=True, get_all=True)),
    "gl.projects.list(keyset)": lambda w: then(
        ids(w.mia.projects.list(pagination="keyset", order_by="id", per_page=1, get_all=True)),
        lambda found: found == sorted(found) and w.project.id in found,
    ),
    "gl.projects.list(per_page=1, page=2)": lambda w: len(w.mia.projects.list(per_page=1, page=2, get_all=False)) == 1,
    "gl.projects.list(iterator=True).total": lambda w: then(
        w.mia.projects.list(iterator=True, per_page=1), lambda found: len(list(found)) == found.total
    ),
    "gl.projects.list(unknown=)": lambda w: refused_with(
        lambda: w.mia.projects.list(no_such_parameter=1, get_all=False), 400, "no_such_parameter"
    ),
    "gl.projects.get(id)": lambda w: has(
        w.mia.projects.get(w.project.id),
        *PROJECT,
        name_with_namespace="Clients / Calls",
        archived=False,
        creator_id=w.me["id"],
    ),
    "gl.projects.get(path)": lambda w: w.mia.projects.get(f"{w.path}/calls").id == w.project.id,
    "gl.projects.get(id, statistics=True)": lambda w: (
        w.mia.projects.get(w.project.id, statistics=True).id == w.project.id
    ),
    "gl.projects.get(id).permissions": lambda w: (
        w.mia.projects.get(w.project.id).permissions["group_access"]["access_level"] == 50
    ),
    "gl.projects.get(absent)": lambda w: refused_with(lambda: w.mia.projects.get(f"{w.path}/absent"), 404),
    "project.save() description, topics": lambda w: then(
        w.mia.projects.get(w.project.id),
        lambda found: done(
            put(found, "description", "Changed."),
            put(found, "topics", ["iron"]),
            found.save(),
            has(w.mia.projects.get(w.project.id), description="Changed.", topics=["iron"]),
        ),
    ),
    "gl.projects.update(id) of nothing": lambda w: refused_with(
        lambda: w.mia.projects.update(w.project.id, {}), 400, "at least one parameter must be provided"
    ),
    "gl.projects.list(topic=)": lambda w: ids(w.mia.projects.list(topic="iron", search=w.path)) == [w.project.id],
    "project.star()": lambda w: done(w.project.star(), w.mia.projects.get(w.project.id).star_count == 1),
    "gl.projects.list(starred=True)": lambda w: ids(w.mia.projects.list(starred=True)) == [w.project.id],
    "project.unstar()": lambda w: done(w.project.unstar(), w.mia.projects.get(w.project.id).star_count == 0),
    "project.archive()": lambda w: done(w.project.archive(), w.mia.projects.get(w.project.id).archived is True),
    "gl.projects.list(archived=True)": lambda w: w.project.id in ids(w.mia.projects.list(archived=True, get_all=True)),
    "project.issues.create() in an archived one": lambda w: refused_with(
        lambda: w.project.issues.create({"title": "x"}), 403
    ),
    "project.unarchive()": lambda w: done(w.project.unarchive(), w.mia.projects.get(w.project.id).archived is False),
    "project.events.list()": lambda w: (
        {"First", "Calls"} <= {each.target_title for each in w.project.events.list(get_all=True)}
    ),
    "project.events.list(action=, target_type=)": lambda w: (
        {*(each.action_name for each in w.project.events.list(action="created", target_type="issue"))} == {"opened"}
    ),
    "project.search('issues')": lambda w: [each["title"] for each in w.project.search("issues", "first")] == ["First"],
    "project.search('merge_requests')": lambda w: (
        [each["title"] for each in w.project.search("merge_requests", "change")] == ["Change"]
    ),
    "project.search('milestones')": lambda w: (
        [each["title"] for each in w.project.search("milestones", "soon")] == ["Soon"]
    ),
    "project.members.create()": lambda w: has(
        w.project.members.create({"user_id": w.max_id, "access_level": 30, "expires_at": SOON}), expires_at=SOON
    ),
    "project.members.list()": lambda w: [each.username for each in w.project.members.list()] == ["max"],
    "project.members.get(id)": lambda w: has(w.project.members.get(w.max_id), *PERSON, access_level=30),
    "project.members_all.list()": lambda w: {each.username for each in w.project.members_all.list()} == {"mia", "max"},
    "project.members_all.get(id)": lambda w: w.project.members_all.get(w.me["id"]).access_level == 50,
    "project.members.update()": lambda w: then(
        w.project.members.get(w.max_id),
        lambda found: done(
            put(found, "access_level", 10), found.save(), w.project.members.get(w.max_id).access_level == 10
        ),
    ),
    "project.members.delete()": lambda w: done(w.project.members.delete(w.max_id), w.project.members.list() == []),
    "project.users.list()": lambda w: "mia" in [each.username for each in w.project.users.list()],
    "project.transfer()": lambda w: then(
        w.mia.projects.create({"name": "Movable", "namespace_id": w.group.id}),
        lambda found: done(
            found.transfer(f"{w.path}/inner"),
            w.mia.projects.get(found.id).path_with_namespace == f"{w.path}/inner/movable",
        ),
    ),
    "project.delete()": lambda w: then(
        w.mia.projects.get(f"{w.path}/inner/movable"),
        lambda found: done(found.delete(), refused_with(lambda: w.mia.projects.get(found.id), 404)),
    ),
    "project.labels.list()": lambda w: [each.name for each in w.project.labels.list()] == ["bug"],
    "project.labels.create()": lambda w: has(
        w.project.labels.create({"name": "ux", "color": "#00ff00", "description": "Looks"}), name="ux", color="#00ff00"
    ),
    "project.labels.get(id)": lambda w: w.project.labels.get(w.label.id).name == "bug",
    "project.labels.get(name)": lambda w: w.project.labels.get("bug").id == w.label.id,
    "project.labels.update()": lambda w: then(
        w.project.labels.get("ux"),
        lambda found: done(
            put(found, "new_name", "design"), found.save(), w.project.labels.get("design").color == "#00ff00"
        ),
    ),
    "project.labels.delete()": lambda w: done(
        w.project.labels.delete("design"), [each.name for each in w.project.labels.list()] == ["bug"]
    ),
    "project.milestones.list()": lambda w: titles(w.project.milestones.list()) == ["Soon"],
    "project.milestones.list(state=)": lambda w: w.project.milestones.list(state="closed") == [],
    "project.milestones.create()": lambda w: has(
        w.project.milestones.create({"title": "Later"}), iid=2, state="active"
    ),
    "project.milestones.get(id)": lambda w: has(
        w.project.milestones.get(w.milestone.id), "web_url", title="Soon", due_date="2030-01-31", expired=False
    ),
    "project.milestones.update()": lambda w: then(
        w.project.milestones.list(title="Later")[0],
        lambda found: done(
            put(found, "state_event", "close"),
            found.save(),
            w.project.milestones.get(found.id).state == "closed",
        ),
    ),
    "project.milestones.delete()": lambda w: done(
        w.project.milestones.delete(w.project.milestones.list(title="Later")[0].id),
        titles(w.project.milestones.list()) == ["Soon"],
    ),
    "project.branches.list()": lambda w: isinstance(w.project.branches.list(), list),
    "project.tags.list()": lambda w: isinstance(w.project.tags.list(), list),
    "project.commits.list()": lambda w: isinstance(w.project.commits.list(), list),
    "project.repository_tree()": lambda w: isinstance(w.project.repository_tree(), list),
    "project.files.get()": lambda w: has(w.project.files.get("README.md", "main"), "content"),
    "project.pipelines.list()": lambda w: isinstance(w.project.pipelines.list(), list),
    "project.jobs.list()": lambda w: isinstance(w.project.jobs.list(), list),
    "project.hooks.list()": lambda w: isinstance(w.project.hooks.list(), list),
    "project.variables.list()": lambda w: isinstance(w.project.variables.list(), list),
    "project.snippets.list()": lambda w: isinstance(w.project.snippets.list(), list),
    "project.wikis.list()": lambda w: isinstance(w.project.wikis.list(), list),
    "project.releases.list()": lambda w: isinstance(w.project.releases.list(), list),
    "project.environments.list()": lambda w: isinstance(w.project.environments.list(), list),
    "project.boards.list()": lambda w: isinstance(w.project.boards.list(), list),
    "project.forks.list()": lambda w: isinstance(w.project.forks.list(), list),
    "project.packages.list()": lambda w: isinstance(w.project.packages.list(), list),
    "project.runners.list()": lambda w: isinstance(w.project.runners.list(), list),
    "project.languages()": lambda w: isinstance(w.project.languages(), dict),
}

ISSUES: dict[str, Call] = {
    "project.issues.list()": lambda w: {*titles(w.project.issues.list())} == {"First", "Secret"},
    "project.issues.list(order_by=, sort=)": lambda w: (
        titles(w.project.issues.list(order_by="created_at", sort="asc")) == ["First", "Secret"]
    ),
    "project.issues.list(iterator=True).total": lambda w: w.project.issues.list(iterator=True).total == 2,
    "project.issues.list(confidential=True)": lambda w: titles(w.project.issues.list(confidential=True)) == ["Secret"],
    "project.issues.list() of a guest": lambda w: (
        titles(w.client("team-member").projects.get(w.project.id).issues.list()) == ["First"]
    ),
    "project.issues.get() of a guest": lambda w: refused_with(
        lambda: w.client("team-member").projects.get(w.project.id).issues.get(w.secret.iid), 404
    ),
    "project.issues.create()": lambda w: has(
        w.project.issues.create(
            {
                "title": "Second",
                "description": "x",
                "labels": ["bug", "new"],
                "assignee_ids": [w.max_id],
                "milestone_id": w.milestone.id,
                "due_date": "2030-01-01",
            }
        ),
        *ISSUE,
        labels=["bug", "new"],
        due_date="2030-01-01",
        state="opened",
    ),
    "project.issues.get()": lambda w: has(
        w.project.issues.get(w.issue.iid),
        *ISSUE,
        "_links",
        "subscribed",
        title="First",
        user_notes_count=2,
        references={"short": "#1", "relative": "#1", "full": f"{w.path}/calls#1"},
    ),
    "issue.assignees": lambda w: w.project.issues.list(search="Second")[0].assignees[0]["username"] == "max",
    "issue.milestone": lambda w: w.project.issues.list(search="Second")[0].milestone["title"] == "Soon",
    "project.issues.list(labels=)": lambda w: titles(w.project.issues.list(labels=["bug"])) == ["Second"],
    "project.issues.list(labels=None)": lambda w: (
        {*titles(w.project.issues.list(labels="None"))} == {"First", "Secret"}
    ),
    "project.issues.list(with_labels_details=True)": lambda w: (
        w.project.issues.list(labels="bug", with_labels_details=True)[0].labels[0]["color"] == "#ff0000"
    ),
    "project.issues.list(milestone=)": lambda w: titles(w.project.issues.list(milestone="Soon")) == ["Second"],
    "project.issues.list(assignee_id=)": lambda w: titles(w.project.issues.list(assignee_id=w.max_id)) == ["Second"],
    "project.issues.list(assignee_username=)": lambda w: (
        titles(w.project.issues.list(assignee_username="max")) == ["Second"]
    ),
    "project.issues.list(author_id=)": lambda w: len(w.project.issues.list(author_id=w.me["id"])) == 3,
    "project.issues.list(search=)": lambda w: titles(w.project.issues.list(search="first thing")) == ["First"],
    "project.issues.list(iids=)": lambda w: titles(w.project.issues.list(iids=[1])) == ["First"],
    "project.issues.list(updated_after=)": lambda w: w.project.issues.list(updated_after="2999-01-01T00:00:00Z") == [],
    "project.issues.list(created_before=)": lambda w: w.project.issues.list(created_before="2000-01-01") == [],
    "issue.save() title, labels": lambda w: then(
        w.project.issues.list(search="Second")[0],
        lambda found: done(
            put(found, "labels", ["ux"]),
            found.save(),
            has(w.project.issues.get(found.iid), title="Second", labels=["ux"]),
        ),
    ),
    "issues.update(add_labels, remove_labels)": lambda w: (
        w.project.issues.update(3, {"add_labels": "bug", "remove_labels": "ux"})["labels"] == ["bug"]
    ),
    "issues.update() of nothing": lambda w: refused_with(
        lambda: w.project.issues.update(3, {}), 400, "at least one parameter must be provided"
    ),
    "issue.state_event = 'close'": lambda w: has(
        w.project.issues.update(3, {"state_event": "close"}), "closed_at", "closed_by", state="closed"
    ),
    "project.issues.list(state='closed')": lambda w: titles(w.project.issues.list(state="closed")) == ["Second"],
    "issue.state_event = 'reopen'": lambda w: has(
        w.project.issues.update(3, {"state_event": "reopen"}), state="opened", closed_at=None
    ),
    "issue.unsubscribe()": lambda w: done(w.issue.unsubscribe(), not w.project.issues.get(w.issue.iid).subscribed),
    "issue.subscribe()": lambda w: done(w.issue.subscribe(), w.project.issues.get(w.issue.iid).subscribed),
    "issue.todo()": lambda w: done(w.issue.todo(), [each.target["title"] for each in w.mia.todos.list()] == ["First"]),
    "todo.mark_as_done()": lambda w: done(w.mia.todos.list()[0].mark_as_done(), w.mia.todos.list() == []),
    "gl.todos.list(state='done')": lambda w: (
        "First" in [each.target["title"] for each in w.mia.todos.list(state="done", get_all=False)]
    ),
    "issue.notes.list()": lambda w: "A comment." in [each.body for each in w.issue.notes.list()],
    "issue.notes.get()": lambda w: has(
        w.issue.notes.get(w.note.id), "author", "updated_at", body="A comment.", system=False, noteable_type="Issue"
    ),
    "issue.notes.create()": lambda w: w.issue.notes.create({"body": "Another."}).body == "Another.",
    "note.save()": lambda w: then(
        w.issue.notes.list()[-1],
        lambda found: done(
            put(found, "body", "Changed."), found.save(), w.issue.notes.get(found.id).body == "Changed."
        ),
    ),
    "note.delete()": lambda w: then(
        w.issue.notes.list()[-1],
        lambda found: done(found.delete(), refused_with(lambda: w.issue.notes.get(found.id), 404)),
    ),
    "issue.discussions.list()": lambda w: (
        [each.attributes["individual_note"] for each in w.issue.discussions.list()] == [True, False]
    ),
    "issue.discussions.get()": lambda w: (
        w.issue.discussions.get(w.thread.id).attributes["notes"][0]["body"] == "A question."
    ),
    "discussion.notes.create()": lambda w: w.thread.notes.create({"body": "An answer."}).body == "An answer.",
    "discussion.notes.update()": lambda w: then(
        w.issue.discussions.get(w.thread.id).attributes["notes"][1]["id"],
        lambda found: w.thread.notes.update(found, {"body": "Changed."})["body"] == "Changed.",
    ),
    "discussion.notes.delete()": lambda w: then(
        w.issue.discussions.get(w.thread.id).attributes["notes"][1]["id"],
        lambda found: done(
            w.thread.notes.delete(found), len(w.issue.discussions.get(w.thread.id).attributes["notes"]) == 1
        ),
    ),
    "milestone.issues()": lambda w: titles(w.milestone.issues()) == ["Second"],
    "milestone.merge_requests()": lambda w: list(w.milestone.merge_requests()) == [],
    "issue.delete()": lambda w: done(w.project.issues.delete(3), refused_with(lambda: w.project.issues.get(3), 404)),
    "issue.participants()": lambda w: isinstance(w.issue.participants(), list),
    "issue.links.list()": lambda w: isinstance(w.issue.links.list(), list),
    "issue.time_stats()": lambda w: has(w.issue.time_stats(), "time_estimate"),
    "issue.awardemojis.list()": lambda w: isinstance(w.issue.awardemojis.list(), list),
    "issue.resourcelabelevents.list()": lambda w: isinstance(w.issue.resourcelabelevents.list(), list),
    "issue.related_merge_requests()": lambda w: isinstance(w.issue.related_merge_requests(), list),
    "issue.move()": lambda w: done(w.issue.move(w.project.id), True),
}

MERGE_REQUESTS: dict[str, Call] = {
    "project.mergerequests.list()": lambda w: titles(w.project.mergerequests.list()) == ["Change"],
    "project.mergerequests.list(state='merged')": lambda w: w.project.mergerequests.list(state="merged") == [],
    "project.mergerequests.list(source_branch=)": lambda w: (
        titles(w.project.mergerequests.list(source_branch="change")) == ["Change"]
    ),
    "project.mergerequests.get()": lambda w: has(
        w.project.mergerequests.get(w.request.iid),
        *("updated_at", "labels", "assignees", "milestone", "user_notes_count", "draft", "web_url", "merged_at"),
        source_branch="change",
        target_branch="main",
        state="opened",
        references={"short": "!1", "relative": "!1", "full": f"{w.path}/calls!1"},
    ),
    "project.mergerequests.create()": lambda w: has(
        w.project.mergerequests.create(
            {"title": "Draft: Other", "source_branch": "other", "target_branch": "main", "labels": "bug"}
        ),
        draft=True,
        labels=["bug"],
    ),
    "mergerequest.save()": lambda w: then(
        w.project.mergerequests.get(2),
        lambda found: done(put(found, "title", "Other"), found.save(), w.project.mergerequests.get(2).draft is False),
    ),
    "mergerequest.notes.create()": lambda w: w.request.notes.create({"body": "Fine."}).noteable_type == "MergeRequest",
    "mergerequest.notes.list()": lambda w: [each.body for each in w.request.notes.list()] == ["Fine."],
    "mergerequest.discussions.create()": lambda w: (
        w.request.discussions.create({"body": "Why?"}).attributes["notes"][0]["body"] == "Why?"
    ),
    "mergerequest.discussions.list()": lambda w: len(w.request.discussions.list()) == 2,
    "mergerequest.todo()": lambda w: done(
        w.request.todo(), [each.target_type for each in w.mia.todos.list()] == ["MergeRequest"]
    ),
    "mergerequest.unsubscribe()": lambda w: done(
        w.request.unsubscribe(), not w.project.mergerequests.get(w.request.iid).subscribed
    ),
    "mergerequest.subscribe()": lambda w: done(
        w.request.subscribe(), w.project.mergerequests.get(w.request.iid).subscribed
    ),
    "mergerequest.state_event = 'close'": lambda w: (
        w.project.mergerequests.update(2, {"state_event": "close"})["state"] == "closed"
    ),
    "mergerequest.delete()": lambda w: done(
        w.project.mergerequests.delete(2), refused_with(lambda: w.project.mergerequests.get(2), 404)
    ),
    "mergerequest.changes()": lambda w: has(w.request.changes(), "changes"),
    "mergerequest.commits()": lambda w: isinstance(w.request.commits(), list),
    "mergerequest.diffs.list()": lambda w: isinstance(w.request.diffs.list(), list),
    "mergerequest.pipelines.list()": lambda w: isinstance(w.request.pipelines.list(), list),
    "mergerequest.approvals.get()": lambda w: has(w.request.approvals.get(), "approved"),
    "mergerequest.merge()": lambda w: done(w.request.merge(), True),
    "mergerequest.participants()": lambda w: isinstance(w.request.participants(), list),
}

CALLS: dict[str, dict[str, Call]] = {
    "instance and users": INSTANCE,
    "groups": GROUPS,
    "projects": PROJECTS,
    "issues": ISSUES,
    "merge requests": MERGE_REQUESTS,
}


def refused_with(call: Callable[[], Any], status: int, text: str = "") -> bool:
    """Whether a call that GitLab refuses is refused in the same way."""
    import gitlab  # noqa: PLC0415  (beside the names of calls, which say gl)

    try:
        call()
    except gitlab.GitlabError as error:
        return error.response_code == status and text in f"{error.error_message} {error.response_body!r}"
    return False
