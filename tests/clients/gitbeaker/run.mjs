// `node run.mjs URL`: make every call of calls.mjs to a running demo cluster, and print a line of JSON for each answer.

import { CALLS } from "./calls.mjs";
import { worldAt } from "./world.mjs";

const world = await worldAt(process.argv[2]);
try {
  for (const [group, calls] of Object.entries(CALLS)) {
    for (const [name, call] of Object.entries(calls)) {
      const [verdict, told] = await judged(call);
      console.log(JSON.stringify({ group, name, verdict, told }));
    }
  }
} finally {
  await world.mia.Groups.remove(world.group.id);
}

async function judged(call) {
  try {
    return [(await call(world)) ? "right" : "wrong", ""];
  } catch (error) {
    const status = error.cause?.response?.status;
    return status ? ["refused", `${status}`] : ["wrong", `${error}`];
  }
}
