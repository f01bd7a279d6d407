// Calls of @gitbeaker/rest, each with what makes its answer right. Calls of one group run in this order.

import { as, has, ids, names, refused, same, SOON, titles } from "./world.mjs";

const PERSON = ["id", "username", "name", "state", "web_url", "avatar_url"];
const GROUP = ["id", "name", "path", "full_name", "full_path", "description", "visibility", "parent_id", "web_url"];
const PROJECT = [
  ...["id", "name", "name_with_namespace", "path", "path_with_namespace", "default_branch", "archived"],
  ...["last_activity_at", "permissions", "creator_id", "topics", "_links", "namespace", "visibility", "web_url"],
];
const ISSUE = [
  ...["id", "iid", "project_id", "title", "description", "state", "created_at", "updated_at", "closed_at", "labels"],
  ...["milestone", "author", "assignee", "assignees", "user_notes_count", "references", "web_url", "confidential"],
];
const REQUEST = ["updated_at", "labels", "assignees", "milestone", "user_notes_count", "draft", "web_url", "merged_at"];
const NOTHING = "at least one parameter must be provided";

const INSTANCE = {
  "Users.showCurrentUser()": async (w) => has(await w.mia.Users.showCurrentUser(), PERSON, { username: "mia" }),
  "Users.showCurrentUser() camelized": async (w) =>
    has(await as(w.url, "mia", { camelize: true }).Users.showCurrentUser(), ["webUrl", "createdAt"]),
  "Metadata.show()": async (w) => has(await w.mia.Metadata.show(), ["version", "revision"], { enterprise: false }),
  "Users.all()": async (w) => names(await w.mia.Users.all()).includes("max"),
  "Users.all({ username })": async (w) => same(names(await w.mia.Users.all({ username: "max" })), "max"),
  "Users.all({ search })": async (w) => names(await w.mia.Users.all({ search: "ma" })).includes("max"),
  "Users.show()": async (w) => has(await w.mia.Users.show(w.max), PERSON, { username: "max" }),
  "PersonalAccessTokens.all()": async (w) =>
    (await w.mia.PersonalAccessTokens.all()).every((each) => each.user_id === w.me.id),
  "PersonalAccessTokens.show()": async (w) =>
    has(await w.mia.PersonalAccessTokens.show(), [], { scopes: ["api"], active: true, user_id: w.me.id }),
  "PersonalAccessTokens.show({ tokenId })": async (w) => {
    const { id } = await w.mia.PersonalAccessTokens.show();
    return has(await w.mia.PersonalAccessTokens.show({ tokenId: id }), [], { id, name: "demo" });
  },
  "Events.all()": async (w) =>
    (await w.mia.Events.all({ perPage: 20, maxPages: 1 })).some((each) => each.target_title === "First"),
  "Search.all('projects')": async (w) => ids(await w.mia.Search.all("projects", "calls")).includes(w.project.id),
  "Search.all('issues')": async (w) => titles(await w.mia.Search.all("issues", "first")).includes("First"),
  "Namespaces.all()": async (w) => (await w.mia.Namespaces.all()).some((each) => each.full_path === w.path),
  "Namespaces.all({ search })": async (w) =>
    same((await w.mia.Namespaces.all({ search: w.path })).map((each) => each.full_path), w.path),
  "Namespaces.show()": async (w) =>
    has(await w.mia.Namespaces.show(w.group.id), [], { kind: "group", full_path: w.path }),
  "TodoLists.all()": async (w) => Array.isArray(await w.mia.TodoLists.all()),
  "TodoLists.done()": async (w) => {
    await w.mia.TodoLists.done();
    return same(await w.mia.TodoLists.all());
  },
  "Issues.all()": async (w) =>
    (await w.mia.Issues.all({ perPage: 20, maxPages: 1 })).every((each) => each.state === "opened"),
  "Issues.all({ scope: 'all' })": async (w) =>
    titles(await w.mia.Issues.all({ scope: "all", perPage: 20, maxPages: 1 })).includes("First"),
  "Issues.all({ scope: 'created_by_me', state: 'all' })": async (w) =>
    titles(await w.mia.Issues.all({ scope: "created_by_me", state: "all" })).includes("Secret"),
  "MergeRequests.all({ scope: 'all' })": async (w) =>
    titles(await w.mia.MergeRequests.all({ scope: "all", perPage: 20, maxPages: 1 })).includes("Change"),
  "Markdown.render()": async (w) => (await w.mia.Markdown.render("**x**")).html.includes("<"),
  "Keys.show()": async (w) => has(await w.mia.Keys.show({ keyId: 1 }), ["key"]),
  "UserSSHKeys.all()": async (w) => Array.isArray(await w.mia.UserSSHKeys.all()),
  "UserEmails.all()": async (w) => Array.isArray(await w.mia.UserEmails.all()),
  "Topics.all()": async (w) => Array.isArray(await w.mia.Topics.all()),
  "Runners.all()": async (w) => Array.isArray(await w.mia.Runners.all()),
  "BroadcastMessages.all()": async (w) => Array.isArray(await w.mia.BroadcastMessages.all()),
  "SystemHooks.all()": async (w) => Array.isArray(await w.mia.SystemHooks.all()),
  "ApplicationSettings.show()": async (w) => has(await w.mia.ApplicationSettings.show(), ["id"]),
};

const GROUPS = {
  "Groups.all()": async (w) => ids(await w.mia.Groups.all()).includes(w.group.id),
  "Groups.all({ search })": async (w) => same(ids(await w.mia.Groups.all({ search: w.path })), w.group.id),
  "Groups.all({ owned })": async (w) => ids(await w.mia.Groups.all({ owned: true })).includes(w.group.id),
  "Groups.all({ topLevelOnly })": async (w) =>
    (await w.mia.Groups.all({ topLevelOnly: true })).every((each) => each.parent_id === null),
  "Groups.all({ pagination: 'keyset' })": async (w) =>
    ids(await w.mia.Groups.all({ pagination: "keyset", perPage: 1 })).includes(w.group.id),
  "Groups.show() by id": async (w) =>
    has(await w.mia.Groups.show(w.group.id), GROUP, { full_path: w.path, full_name: "Clients" }),
  "Groups.show() by path": async (w) => (await w.mia.Groups.show(w.path)).id === w.group.id,
  "Groups.show({ withProjects })": async (w) =>
    (await w.mia.Groups.show(w.group.id, { withProjects: false })).id === w.group.id,
  "Groups.show() of what is absent": (w) => refused(() => w.mia.Groups.show(`${w.path}-absent`), 404),
  "Groups.create({ parentId })": async (w) =>
    has(await w.mia.Groups.create("Inner", "inner", { parentId: w.group.id }), [], {
      parent_id: w.group.id,
      full_path: `${w.path}/inner`,
      full_name: "Clients / Inner",
    }),
  "Groups.allSubgroups()": async (w) => same(names(await w.mia.Groups.allSubgroups(w.group.id)), "Inner"),
  "Groups.allDescendantGroups()": async (w) =>
    same(names(await w.mia.Groups.allDescendantGroups(w.group.id)), "Inner"),
  "Groups.edit()": async (w) => {
    await w.mia.Groups.edit(w.group.id, { description: "Calls of clients." });
    return has(await w.mia.Groups.show(w.group.id), [], { description: "Calls of clients." });
  },
  "Groups.edit() of nothing": (w) => refused(() => w.mia.Groups.edit(w.group.id), 400, NOTHING),
  "Groups.allProjects()": async (w) => same(ids(await w.mia.Groups.allProjects(w.group.id)), w.project.id),
  "Groups.allProjects({ includeSubgroups })": async (w) =>
    same(ids(await w.mia.Groups.allProjects(w.group.id, { includeSubgroups: true })), w.project.id),
  "Groups.allProjects({ archived })": async (w) =>
    same(await w.mia.Groups.allProjects(w.group.id, { archived: true })),
  "Issues.all({ groupId })": async (w) =>
    same(titles(await w.mia.Issues.all({ groupId: w.group.id })), "Secret", "First"),
  "MergeRequests.all({ groupId })": async (w) =>
    same(titles(await w.mia.MergeRequests.all({ groupId: w.group.id })), "Change"),
  "Search.all('issues', { groupId })": async (w) =>
    same(titles(await w.mia.Search.all("issues", "first", { groupId: w.group.id })), "First"),
  "Search.all('projects', { groupId })": async (w) =>
    same(ids(await w.mia.Search.all("projects", "calls", { groupId: w.group.id })), w.project.id),
  "GroupMembers.all()": async (w) => same(names(await w.mia.GroupMembers.all(w.group.id)), "mia"),
  "GroupMembers.add()": async (w) =>
    has(await w.mia.GroupMembers.add(w.group.id, 30, { userId: w.max, expiresAt: SOON }), [], {
      username: "max",
      access_level: 30,
      expires_at: SOON,
    }),
  "GroupMembers.show()": async (w) =>
    has(await w.mia.GroupMembers.show(w.group.id, w.max), PERSON, { access_level: 30, expires_at: SOON }),
  "GroupMembers.edit()": async (w) =>
    has(await w.mia.GroupMembers.edit(w.group.id, w.max, 40), [], { access_level: 40 }),
  "GroupMembers.all({ includeInherited })": async (w) =>
    same(names(await w.mia.GroupMembers.all(w.group.id, { includeInherited: true })).toSorted(), "max", "mia"),
  "GroupMembers.show({ includeInherited })": async (w) =>
    has(await w.mia.GroupMembers.show(w.group.id, w.max, { includeInherited: true }), [], { username: "max" }),
  "GroupMembers.remove()": async (w) => {
    await w.mia.GroupMembers.remove(w.group.id, w.max);
    return same(names(await w.mia.GroupMembers.all(w.group.id)), "mia");
  },
  "Groups.transfer()": async (w) => {
    const { id } = await w.mia.Groups.create("Moved", `moved-${w.path}`);
    await w.mia.Groups.transfer(id, { groupId: w.group.id });
    return has(await w.mia.Groups.show(id), [], { full_path: `${w.path}/moved-${w.path}` });
  },
  "Groups.remove()": async (w) => {
    const { id } = await w.mia.Groups.show(`${w.path}/moved-${w.path}`);
    await w.mia.Groups.remove(id);
    return refused(() => w.mia.Groups.show(id), 404);
  },
  "GroupLabels.all()": async (w) => Array.isArray(await w.mia.GroupLabels.all(w.group.id)),
  "GroupMilestones.all()": async (w) => Array.isArray(await w.mia.GroupMilestones.all(w.group.id)),
  "GroupVariables.all()": async (w) => Array.isArray(await w.mia.GroupVariables.all(w.group.id)),
  "GroupHooks.all()": async (w) => Array.isArray(await w.mia.GroupHooks.all(w.group.id)),
  "GroupBadges.all()": async (w) => Array.isArray(await w.mia.GroupBadges.all(w.group.id)),
  "GroupIssueBoards.all()": async (w) => Array.isArray(await w.mia.GroupIssueBoards.all(w.group.id)),
};

const PROJECTS = {
  "Projects.all()": async (w) => ids(await w.mia.Projects.all()).includes(w.project.id),
  "Projects.all({ search })": async (w) => same(ids(await w.mia.Projects.all({ search: w.path })), w.project.id),
  "Projects.all({ membership })": async (w) =>
    ids(await w.mia.Projects.all({ membership: true })).includes(w.project.id),
  "Projects.all({ owned })": async (w) => ids(await w.mia.Projects.all({ owned: true })).includes(w.project.id),
  "Projects.all({ visibility })": async (w) =>
    (await w.mia.Projects.all({ visibility: "public" })).every((each) => each.visibility === "public"),
  "Projects.all({ minAccessLevel })": async (w) =>
    ids(await w.mia.Projects.all({ minAccessLevel: 40 })).includes(w.project.id),
  "Projects.all({ simple })": async (w) => ids(await w.mia.Projects.all({ simple: true })).includes(w.project.id),
  "Projects.all({ pagination: 'keyset' })": async (w) => {
    const found = ids(await w.mia.Projects.all({ pagination: "keyset", orderBy: "id", sort: "asc", perPage: 1 }));
    return found.includes(w.project.id) && same(found, ...found.toSorted((one, other) => one - other));
  },
  "Projects.all({ perPage, maxPages })": async (w) =>
    (await w.mia.Projects.all({ perPage: 1, maxPages: 1 })).length === 1,
  "Projects.all({ showExpanded })": async (w) => {
    const found = await w.mia.Projects.all({ search: w.path, perPage: 20, maxPages: 1, showExpanded: true });
    return has(found.paginationInfo, [], { total: 1, current: 1, next: null, perPage: 20 });
  },
  "Projects.all() of an unknown parameter": (w) =>
    refused(() => w.mia.Projects.all({ noSuchParameter: 1 }), 400, "no_such_parameter"),
  "Projects.search()": async (w) => same(ids(await w.mia.Projects.search(w.path)), w.project.id),
  "Projects.show() by id": async (w) =>
    has(await w.mia.Projects.show(w.project.id), PROJECT, {
      name_with_namespace: "Clients / Calls",
      archived: false,
      creator_id: w.me.id,
    }),
  "Projects.show() by path": async (w) => (await w.mia.Projects.show(`${w.path}/calls`)).id === w.project.id,
  "Projects.show({ statistics })": async (w) =>
    (await w.mia.Projects.show(w.project.id, { statistics: true })).id === w.project.id,
  "Projects.show().permissions": async (w) =>
    (await w.mia.Projects.show(w.project.id)).permissions.group_access.access_level === 50,
  "Projects.show() of what is absent": (w) => refused(() => w.mia.Projects.show(`${w.path}/absent`), 404),
  "Projects.edit()": async (w) => {
    await w.mia.Projects.edit(w.project.id, { description: "Changed.", topics: ["iron"] });
    return has(await w.mia.Projects.show(w.project.id), [], { description: "Changed.", topics: ["iron"] });
  },
  "Projects.edit() of nothing": (w) => refused(() => w.mia.Projects.edit(w.project.id), 400, NOTHING),
  "Projects.all({ topic })": async (w) =>
    same(ids(await w.mia.Projects.all({ topic: "iron", search: w.path })), w.project.id),
  "Projects.star()": async (w) => has(await w.mia.Projects.star(w.project.id), [], { star_count: 1 }),
  "Projects.all({ starred })": async (w) => same(ids(await w.mia.Projects.all({ starred: true })), w.project.id),
  "Projects.unstar()": async (w) => has(await w.mia.Projects.unstar(w.project.id), [], { star_count: 0 }),
  "Projects.archive()": async (w) => has(await w.mia.Projects.archive(w.project.id), [], { archived: true }),
  "Projects.all({ archived })": async (w) => ids(await w.mia.Projects.all({ archived: true })).includes(w.project.id),
  "Issues.create() in an archived project": (w) => refused(() => w.mia.Issues.create(w.project.id, "Late"), 403),
  "Projects.unarchive()": async (w) => has(await w.mia.Projects.unarchive(w.project.id), [], { archived: false }),
  "Events.all({ projectId })": async (w) =>
    (await w.mia.Events.all({ projectId: w.project.id })).some((each) => each.target_title === "First"),
  "Search.all('issues', { projectId })": async (w) =>
    same(titles(await w.mia.Search.all("issues", "first", { projectId: w.project.id })), "First"),
  "Search.all('milestones', { projectId })": async (w) =>
    same(titles(await w.mia.Search.all("milestones", "soon", { projectId: w.project.id })), "Soon"),
  "ProjectMembers.add()": async (w) =>
    has(await w.mia.ProjectMembers.add(w.project.id, 30, { userId: w.max, expiresAt: SOON }), [], {
      expires_at: SOON,
    }),
  "ProjectMembers.all()": async (w) => same(names(await w.mia.ProjectMembers.all(w.project.id)), "max"),
  "ProjectMembers.show()": async (w) =>
    has(await w.mia.ProjectMembers.show(w.project.id, w.max), PERSON, { access_level: 30 }),
  "ProjectMembers.all({ includeInherited })": async (w) =>
    same(names(await w.mia.ProjectMembers.all(w.project.id, { includeInherited: true })).toSorted(), "max", "mia"),
  "ProjectMembers.show({ includeInherited })": async (w) =>
    has(await w.mia.ProjectMembers.show(w.project.id, w.me.id, { includeInherited: true }), [], {
      access_level: 50,
    }),
  "ProjectMembers.edit()": async (w) =>
    has(await w.mia.ProjectMembers.edit(w.project.id, w.max, 10), [], { access_level: 10 }),
  "ProjectMembers.remove()": async (w) => {
    await w.mia.ProjectMembers.remove(w.project.id, w.max);
    return same(await w.mia.ProjectMembers.all(w.project.id));
  },
  "Projects.allUsers()": async (w) => names(await w.mia.Projects.allUsers(w.project.id)).includes("mia"),
  "Projects.transfer()": async (w) => {
    const { id } = await w.mia.Projects.create({ name: "Movable", namespaceId: w.group.id });
    await w.mia.Projects.transfer(id, `${w.path}/inner`);
    return has(await w.mia.Projects.show(id), [], { path_with_namespace: `${w.path}/inner/movable` });
  },
  "Projects.remove()": async (w) => {
    const { id } = await w.mia.Projects.show(`${w.path}/inner/movable`);
    await w.mia.Projects.remove(id);
    return refused(() => w.mia.Projects.show(id), 404);
  },
  "ProjectLabels.all()": async (w) => same(names(await w.mia.ProjectLabels.all(w.project.id)), "bug"),
  "ProjectLabels.all({ withCounts })": async (w) =>
    has((await w.mia.ProjectLabels.all(w.project.id, { withCounts: true }))[0], ["open_issues_count"]),
  "ProjectLabels.create()": async (w) =>
    has(await w.mia.ProjectLabels.create(w.project.id, "ux", "#00ff00", { description: "Looks" }), [], {
      name: "ux",
      color: "#00ff00",
    }),
  "ProjectLabels.show() by id": async (w) =>
    has(await w.mia.ProjectLabels.show(w.project.id, w.label.id), [], { name: "bug" }),
  "ProjectLabels.show() by name": async (w) =>
    has(await w.mia.ProjectLabels.show(w.project.id, "bug"), [], { id: w.label.id }),
  "ProjectLabels.edit()": async (w) =>
    has(await w.mia.ProjectLabels.edit(w.project.id, "ux", { newName: "design" }), [], {
      name: "design",
      color: "#00ff00",
    }),
  "ProjectLabels.remove()": async (w) => {
    await w.mia.ProjectLabels.remove(w.project.id, "design");
    return same(names(await w.mia.ProjectLabels.all(w.project.id)), "bug");
  },
  "ProjectMilestones.all()": async (w) => same(titles(await w.mia.ProjectMilestones.all(w.project.id)), "Soon"),
  "ProjectMilestones.all({ state })": async (w) =>
    same(await w.mia.ProjectMilestones.all(w.project.id, { state: "closed" })),
  "ProjectMilestones.create()": async (w) =>
    has(await w.mia.ProjectMilestones.create(w.project.id, "Later"), [], { iid: 2, state: "active" }),
  "ProjectMilestones.show()": async (w) =>
    has(await w.mia.ProjectMilestones.show(w.project.id, w.milestone.id), ["web_url"], {
      title: "Soon",
      due_date: "2030-01-31",
      expired: false,
    }),
  "ProjectMilestones.edit()": async (w) => {
    const [{ id }] = await w.mia.ProjectMilestones.all(w.project.id, { title: "Later" });
    return has(await w.mia.ProjectMilestones.edit(w.project.id, id, { stateEvent: "close" }), [], {
      state: "closed",
    });
  },
  "ProjectMilestones.remove()": async (w) => {
    const [{ id }] = await w.mia.ProjectMilestones.all(w.project.id, { title: "Later" });
    await w.mia.ProjectMilestones.remove(w.project.id, id);
    return same(titles(await w.mia.ProjectMilestones.all(w.project.id)), "Soon");
  },
  "Branches.all()": async (w) => Array.isArray(await w.mia.Branches.all(w.project.id)),
  "Tags.all()": async (w) => Array.isArray(await w.mia.Tags.all(w.project.id)),
  "Commits.all()": async (w) => Array.isArray(await w.mia.Commits.all(w.project.id)),
  "Repositories.allRepositoryTrees()": async (w) =>
    Array.isArray(await w.mia.Repositories.allRepositoryTrees(w.project.id)),
  "RepositoryFiles.show()": async (w) =>
    has(await w.mia.RepositoryFiles.show(w.project.id, "README.md", "main"), ["content"]),
  "Pipelines.all()": async (w) => Array.isArray(await w.mia.Pipelines.all(w.project.id)),
  "Jobs.all()": async (w) => Array.isArray(await w.mia.Jobs.all(w.project.id)),
  "ProjectHooks.all()": async (w) => Array.isArray(await w.mia.ProjectHooks.all(w.project.id)),
  "ProjectVariables.all()": async (w) => Array.isArray(await w.mia.ProjectVariables.all(w.project.id)),
  "ProjectSnippets.all()": async (w) => Array.isArray(await w.mia.ProjectSnippets.all(w.project.id)),
  "ProjectWikis.all()": async (w) => Array.isArray(await w.mia.ProjectWikis.all(w.project.id)),
  "ProjectReleases.all()": async (w) => Array.isArray(await w.mia.ProjectReleases.all(w.project.id)),
  "Environments.all()": async (w) => Array.isArray(await w.mia.Environments.all(w.project.id)),
  "ProjectIssueBoards.all()": async (w) => Array.isArray(await w.mia.ProjectIssueBoards.all(w.project.id)),
  "Projects.allForks()": async (w) => Array.isArray(await w.mia.Projects.allForks(w.project.id)),
  "Packages.all({ projectId })": async (w) => Array.isArray(await w.mia.Packages.all({ projectId: w.project.id })),
  "Projects.showLanguages()": async (w) => has(await w.mia.Projects.showLanguages(w.project.id), []),
};

const ISSUES = {
  "Issues.all({ projectId })": async (w) =>
    same(titles(await w.mia.Issues.all({ projectId: w.project.id })), "Secret", "First"),
  "Issues.all({ orderBy, sort })": async (w) =>
    same(
      titles(await w.mia.Issues.all({ projectId: w.project.id, orderBy: "created_at", sort: "asc" })),
      "First",
      "Secret",
    ),
  "Issues.all({ showExpanded })": async (w) => {
    const found = await w.mia.Issues.all({ projectId: w.project.id, perPage: 1, maxPages: 1, showExpanded: true });
    return has(found.paginationInfo, [], { total: 2, current: 1, next: 2, perPage: 1, totalPages: 2 });
  },
  "Issues.all({ perPage: 1 }) of every page": async (w) =>
    same(titles(await w.mia.Issues.all({ projectId: w.project.id, perPage: 1 })), "Secret", "First"),
  "Issues.all({ confidential })": async (w) =>
    same(titles(await w.mia.Issues.all({ projectId: w.project.id, confidential: true })), "Secret"),
  "Issues.all() of a guest": async (w) =>
    same(titles(await w.guest.Issues.all({ projectId: w.project.id })), "First"),
  "Issues.show() of a guest": (w) =>
    refused(() => w.guest.Issues.show(w.secret.iid, { projectId: w.project.id }), 404),
  "Issues.create()": async (w) =>
    has(
      await w.mia.Issues.create(w.project.id, "Second", {
        description: "x",
        labels: "bug,new",
        assigneeIds: [w.max],
        milestoneId: w.milestone.id,
        dueDate: "2030-01-01",
      }),
      ISSUE,
      { labels: ["bug", "new"], due_date: "2030-01-01", state: "opened" },
    ),
  "Issues.show()": async (w) =>
    has(await w.mia.Issues.show(w.issue.iid, { projectId: w.project.id }), [...ISSUE, "_links", "subscribed"], {
      title: "First",
      user_notes_count: 2,
      references: { short: "#1", relative: "#1", full: `${w.path}/calls#1` },
    }),
  "Issues.all({ search }).assignees, milestone": async (w) => {
    const [found] = await w.mia.Issues.all({ projectId: w.project.id, search: "Second" });
    return found.assignees[0].username === "max" && found.milestone.title === "Soon";
  },
  "Issues.all({ labels })": async (w) =>
    same(titles(await w.mia.Issues.all({ projectId: w.project.id, labels: "bug" })), "Second"),
  "Issues.all({ labels: 'None' })": async (w) =>
    same(titles(await w.mia.Issues.all({ projectId: w.project.id, labels: "None" })), "Secret", "First"),
  "Issues.all({ withLabelsDetails })": async (w) => {
    const [found] = await w.mia.Issues.all({ projectId: w.project.id, labels: "bug", withLabelsDetails: true });
    return found.labels[0].color === "#ff0000";
  },
  "Issues.all({ milestone })": async (w) =>
    same(titles(await w.mia.Issues.all({ projectId: w.project.id, milestone: "Soon" })), "Second"),
  "Issues.all({ assigneeId })": async (w) =>
    same(titles(await w.mia.Issues.all({ projectId: w.project.id, assigneeId: w.max })), "Second"),
  "Issues.all({ assigneeUsername })": async (w) =>
    same(titles(await w.mia.Issues.all({ projectId: w.project.id, assigneeUsername: ["max"] })), "Second"),
  "Issues.all({ authorId })": async (w) =>
    (await w.mia.Issues.all({ projectId: w.project.id, authorId: w.me.id })).length === 3,
  "Issues.all({ iids })": async (w) =>
    same(titles(await w.mia.Issues.all({ projectId: w.project.id, iids: [1] })), "First"),
  "Issues.all({ updatedAfter })": async (w) =>
    same(await w.mia.Issues.all({ projectId: w.project.id, updatedAfter: "2999-01-01T00:00:00Z" })),
  "Issues.all({ createdBefore })": async (w) =>
    same(await w.mia.Issues.all({ projectId: w.project.id, createdBefore: "2000-01-01" })),
  "Issues.edit({ labels })": async (w) =>
    has(await w.mia.Issues.edit(w.project.id, 3, { labels: "ux" }), [], { title: "Second", labels: ["ux"] }),
  "Issues.edit({ addLabels, removeLabels })": async (w) =>
    has(await w.mia.Issues.edit(w.project.id, 3, { addLabels: "bug", removeLabels: "ux" }), [], { labels: ["bug"] }),
  "Issues.edit() of nothing": (w) => refused(() => w.mia.Issues.edit(w.project.id, 3), 400, NOTHING),
  "Issues.edit({ stateEvent: 'close' })": async (w) =>
    has(await w.mia.Issues.edit(w.project.id, 3, { stateEvent: "close" }), ["closed_at", "closed_by"], {
      state: "closed",
    }),
  "Issues.all({ state })": async (w) =>
    same(titles(await w.mia.Issues.all({ projectId: w.project.id, state: "closed" })), "Second"),
  "Issues.edit({ stateEvent: 'reopen' })": async (w) =>
    has(await w.mia.Issues.edit(w.project.id, 3, { stateEvent: "reopen" }), [], { state: "opened", closed_at: null }),
  "Issues.unsubscribe()": async (w) =>
    has(await w.mia.Issues.unsubscribe(w.project.id, w.issue.iid), [], { subscribed: false }),
  "Issues.subscribe()": async (w) =>
    has(await w.mia.Issues.subscribe(w.project.id, w.issue.iid), [], { subscribed: true }),
  "Issues.createTodo()": async (w) =>
    (await w.mia.Issues.createTodo(w.project.id, w.issue.iid)).target.title === "First",
  "TodoLists.done({ todoId })": async (w) => {
    const [{ id }] = await w.mia.TodoLists.all();
    await w.mia.TodoLists.done({ todoId: id });
    return same(await w.mia.TodoLists.all());
  },
  "TodoLists.all({ state })": async (w) =>
    (await w.mia.TodoLists.all({ state: "done", perPage: 20, maxPages: 1 }))[0].target.title === "First",
  "IssueNotes.all()": async (w) =>
    (await w.mia.IssueNotes.all(w.project.id, w.issue.iid)).some((each) => each.body === "A comment."),
  "IssueNotes.show()": async (w) =>
    has(await w.mia.IssueNotes.show(w.project.id, w.issue.iid, w.note.id), ["author", "updated_at"], {
      body: "A comment.",
      system: false,
      noteable_type: "Issue",
    }),
  "IssueNotes.create()": async (w) =>
    has(await w.mia.IssueNotes.create(w.project.id, w.issue.iid, "Another."), [], { body: "Another." }),
  "IssueNotes.edit()": async (w) => {
    const { id } = (await w.mia.IssueNotes.all(w.project.id, w.issue.iid)).at(-1);
    const changed = await w.mia.IssueNotes.edit(w.project.id, w.issue.iid, id, { body: "Changed." });
    return has(changed, [], { body: "Changed." });
  },
  "IssueNotes.remove()": async (w) => {
    const { id } = (await w.mia.IssueNotes.all(w.project.id, w.issue.iid)).at(-1);
    await w.mia.IssueNotes.remove(w.project.id, w.issue.iid, id);
    return refused(() => w.mia.IssueNotes.show(w.project.id, w.issue.iid, id), 404);
  },
  "IssueDiscussions.all()": async (w) => {
    const found = await w.mia.IssueDiscussions.all(w.project.id, w.issue.iid);
    return same(found.map((each) => each.individual_note), true, false);
  },
  "IssueDiscussions.show()": async (w) =>
    (await w.mia.IssueDiscussions.show(w.project.id, w.issue.iid, w.thread.id)).notes[0].body === "A question.",
  "IssueDiscussions.addNote()": async (w) =>
    has(await w.mia.IssueDiscussions.addNote(w.project.id, w.issue.iid, w.thread.id, "An answer."), [], {
      body: "An answer.",
    }),
  "IssueDiscussions.editNote()": async (w) => {
    const { notes } = await w.mia.IssueDiscussions.show(w.project.id, w.issue.iid, w.thread.id);
    const at = [w.project.id, w.issue.iid, w.thread.id, notes[1].id];
    return has(await w.mia.IssueDiscussions.editNote(...at, { body: "Changed." }), [], { body: "Changed." });
  },
  "IssueDiscussions.removeNote()": async (w) => {
    const { notes } = await w.mia.IssueDiscussions.show(w.project.id, w.issue.iid, w.thread.id);
    await w.mia.IssueDiscussions.removeNote(w.project.id, w.issue.iid, w.thread.id, notes[1].id);
    return (await w.mia.IssueDiscussions.show(w.project.id, w.issue.iid, w.thread.id)).notes.length === 1;
  },
  "ProjectMilestones.allAssignedIssues()": async (w) =>
    same(titles(await w.mia.ProjectMilestones.allAssignedIssues(w.project.id, w.milestone.id)), "Second"),
  "ProjectMilestones.allAssignedMergeRequests()": async (w) =>
    same(await w.mia.ProjectMilestones.allAssignedMergeRequests(w.project.id, w.milestone.id)),
  "Issues.remove()": async (w) => {
    await w.mia.Issues.remove(w.project.id, 3);
    return refused(() => w.mia.Issues.show(3, { projectId: w.project.id }), 404);
  },
  "Issues.allParticipants()": async (w) =>
    Array.isArray(await w.mia.Issues.allParticipants(w.project.id, w.issue.iid)),
  "IssueLinks.all()": async (w) => Array.isArray(await w.mia.IssueLinks.all(w.project.id, w.issue.iid)),
  "Issues.showTimeStats()": async (w) =>
    has(await w.mia.Issues.showTimeStats(w.project.id, w.issue.iid), ["time_estimate"]),
  "IssueAwardEmojis.all()": async (w) => Array.isArray(await w.mia.IssueAwardEmojis.all(w.project.id, w.issue.iid)),
  "IssueLabelEvents.all()": async (w) => Array.isArray(await w.mia.IssueLabelEvents.all(w.project.id, w.issue.iid)),
  "Issues.allRelatedMergeRequests()": async (w) =>
    Array.isArray(await w.mia.Issues.allRelatedMergeRequests(w.project.id, w.issue.iid)),
  "Issues.move()": async (w) => has(await w.mia.Issues.move(w.project.id, w.issue.iid, w.project.id), ["id"]),
};

const MERGE_REQUESTS = {
  "MergeRequests.all({ projectId })": async (w) =>
    same(titles(await w.mia.MergeRequests.all({ projectId: w.project.id })), "Change"),
  "MergeRequests.all({ state: 'merged' })": async (w) =>
    same(await w.mia.MergeRequests.all({ projectId: w.project.id, state: "merged" })),
  "MergeRequests.all({ sourceBranch })": async (w) =>
    same(titles(await w.mia.MergeRequests.all({ projectId: w.project.id, sourceBranch: "change" })), "Change"),
  "MergeRequests.show()": async (w) =>
    has(await w.mia.MergeRequests.show(w.project.id, w.request.iid), REQUEST, {
      source_branch: "change",
      target_branch: "main",
      state: "opened",
      references: { short: "!1", relative: "!1", full: `${w.path}/calls!1` },
    }),
  "MergeRequests.create()": async (w) =>
    has(await w.mia.MergeRequests.create(w.project.id, "other", "main", "Draft: Other", { labels: "bug" }), [], {
      draft: true,
      labels: ["bug"],
    }),
  "MergeRequests.edit()": async (w) =>
    has(await w.mia.MergeRequests.edit(w.project.id, 2, { title: "Other" }), [], { title: "Other", draft: false }),
  "MergeRequestNotes.create()": async (w) =>
    has(await w.mia.MergeRequestNotes.create(w.project.id, w.request.iid, "Fine."), [], {
      noteable_type: "MergeRequest",
    }),
  "MergeRequestNotes.all()": async (w) => {
    const found = await w.mia.MergeRequestNotes.all(w.project.id, w.request.iid);
    return same(found.map((each) => each.body), "Fine.");
  },
  "MergeRequestDiscussions.create()": async (w) =>
    (await w.mia.MergeRequestDiscussions.create(w.project.id, w.request.iid, "Why?")).notes[0].body === "Why?",
  "MergeRequestDiscussions.all()": async (w) =>
    (await w.mia.MergeRequestDiscussions.all(w.project.id, w.request.iid)).length === 2,
  "MergeRequests.createTodo()": async (w) =>
    has(await w.mia.MergeRequests.createTodo(w.project.id, w.request.iid), [], { target_type: "MergeRequest" }),
  "MergeRequests.unsubscribe()": async (w) =>
    has(await w.mia.MergeRequests.unsubscribe(w.project.id, w.request.iid), [], { subscribed: false }),
  "MergeRequests.subscribe()": async (w) =>
    has(await w.mia.MergeRequests.subscribe(w.project.id, w.request.iid), [], { subscribed: true }),
  "MergeRequests.edit({ stateEvent })": async (w) =>
    has(await w.mia.MergeRequests.edit(w.project.id, 2, { stateEvent: "close" }), [], { state: "closed" }),
  "MergeRequests.remove()": async (w) => {
    await w.mia.MergeRequests.remove(w.project.id, 2);
    return refused(() => w.mia.MergeRequests.show(w.project.id, 2), 404);
  },
  "MergeRequests.showChanges()": async (w) =>
    has(await w.mia.MergeRequests.showChanges(w.project.id, w.request.iid), ["changes"]),
  "MergeRequests.allCommits()": async (w) =>
    Array.isArray(await w.mia.MergeRequests.allCommits(w.project.id, w.request.iid)),
  "MergeRequests.allDiffs()": async (w) =>
    Array.isArray(await w.mia.MergeRequests.allDiffs(w.project.id, w.request.iid)),
  "MergeRequests.allPipelines()": async (w) =>
    Array.isArray(await w.mia.MergeRequests.allPipelines(w.project.id, w.request.iid)),
  "MergeRequestApprovals.showConfiguration()": async (w) =>
    has(await w.mia.MergeRequestApprovals.showConfiguration(w.project.id), ["approvals_before_merge"]),
  "MergeRequests.merge()": async (w) => has(await w.mia.MergeRequests.merge(w.project.id, w.request.iid), ["state"]),
  "MergeRequests.allParticipants()": async (w) =>
    Array.isArray(await w.mia.MergeRequests.allParticipants(w.project.id, w.request.iid)),
};

export const CALLS = {
  "instance and users": INSTANCE,
  groups: GROUPS,
  projects: PROJECTS,
  issues: ISSUES,
  "merge requests": MERGE_REQUESTS,
};
