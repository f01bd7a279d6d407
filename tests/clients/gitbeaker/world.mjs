// What the calls work on: a group in `my-organization` of the demo, which is deleted afterwards.

import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import { Gitlab } from "@gitbeaker/rest";

export const SOON = new Date(Date.now() + 9 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);

export const as = (host, username, options = {}) => new Gitlab({ host, token: `glpat-demo-${username}`, ...options });

/** Mia, who owns everything here, and what she has made. */
export async function worldAt(url) {
  const mia = as(url, "mia");
  const path = `clients-${randomBytes(4).toString("hex")}`;
  const group = await mia.Groups.create("Clients", path, { visibility: "internal" });
  const project = await mia.Projects.create({
    name: "Calls",
    namespaceId: group.id,
    visibility: "internal",
    description: "For clients.",
  });
  const at = project.id;
  const issue = await mia.Issues.create(at, "First", { description: "About the first thing." });
  return {
    url,
    mia,
    path,
    group,
    project,
    issue,
    guest: as(url, "team-member"),
    me: await mia.Users.showCurrentUser(),
    max: (await as(url, "max").Users.showCurrentUser()).id,
    secret: await mia.Issues.create(at, "Secret", { confidential: true }),
    request: await mia.MergeRequests.create(at, "change", "main", "Change"),
    note: await mia.IssueNotes.create(at, issue.iid, "A comment."),
    label: await mia.ProjectLabels.create(at, "bug", "#ff0000"),
    milestone: await mia.ProjectMilestones.create(at, "Soon", { dueDate: "2030-01-31" }),
    thread: await mia.IssueDiscussions.create(at, issue.iid, "A question."),
  };
}

/** Whether an object has these fields, and some of them these values. */
export const has = (found, names, values = {}) =>
  [...names, ...Object.keys(values)].every((name) => name in found) &&
  Object.entries(values).every(([name, value]) => isDeepStrictEqual(found[name], value));

export const same = (found, ...wanted) => isDeepStrictEqual(found, wanted);
export const ids = (found) => found.map((each) => each.id);
export const titles = (found) => found.map((each) => each.title);
export const names = (found) => found.map((each) => each.username ?? each.name);

/** Whether a call that GitLab refuses is refused in the same way. */
export async function refused(call, status, text = "") {
  try {
    await call();
  } catch (error) {
    return error.cause?.response?.status === status && `${error.cause.description}`.includes(text);
  }
  return false;
}
