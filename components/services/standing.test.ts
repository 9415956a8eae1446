import { expect, test } from "vitest";
import { standingOf } from "./standing";

const release = { id: "r", number: 1 };
const last = (state: string) => ({
  id: "d",
  number: 2,
  kind: "deploy",
  state,
  finishedAt: null,
  queuedAt: "2026-11-20T12:00:00Z",
});

test.each([
  [null, null, "idle"],
  [last("cancelled"), null, "idle"],
  [last("succeeded"), release, "serving"],
  [last("cancelled"), release, "serving"],
  [last("failed"), release, "failed"],
  [last("stuck"), release, "failed"],
  [last("queued"), null, "changing"],
  [last("undoing"), release, "changing"],
] as const)("%j with release %j is %s", (lastDeployment, currentRelease, standing) => {
  expect(standingOf({ lastDeployment, currentRelease, check: null })).toBe(standing);
});

test.each([
  ["succeeded", "down", "down"],
  ["failed", "down", "down"],
  ["stuck", "down", "down"],
  ["running", "down", "changing"],
  ["succeeded", "unsteady", "serving"],
  ["succeeded", "unknown", "serving"],
  ["failed", "good", "failed"],
] as const)("after one that %s, a look that saw it %s makes it %s", (state, condition, standing) => {
  const check = {
    condition,
    since: "2026-11-20T12:00:00Z",
    checkedAt: "2026-11-20T12:00:00Z",
    differences: [],
    exitCode: null,
    restarts: 0,
    problem: null,
    restored: [],
    restoredAt: null,
    tries: 0,
    triedAt: null,
    givenUp: false,
  };
  expect(standingOf({ lastDeployment: last(state), currentRelease: release, check })).toBe(standing);
});
