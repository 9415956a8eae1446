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
  expect(standingOf({ lastDeployment, currentRelease })).toBe(standing);
});
